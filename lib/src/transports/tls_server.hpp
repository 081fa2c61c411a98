// The server's side of a TLS connection, for listeners.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "transports/openssl.hpp"
#include "transports/tls_layer.hpp"
#include "transports/tls_server_context.hpp"
#include "transports/tls_server_files.hpp"
#include "transports/tls_server_tickets.hpp"
#include "wsxmpp/tls_server.hpp"

namespace wsxmpp::transports {

// For PolledSocket::start_tls(), and then TlsLayer::handshake() until it is done. Keeps what it needs of the server: a
// reload, or the end of the server, does not touch it. Throws std::bad_alloc.
std::unique_ptr<TlsLayer> accept_tls(TlsServer& server);

// Why handshake() failed, for the log: "the client does not accept the certificate: unknown CA (alert 48)".
std::string server_handshake_failure(const TlsLayer& layer);
// It failed because the client sent an HTTP request, and no TLS: PolledSocket::end_tls(), and it can be answered.
bool is_plain_http(const TlsLayer& layer);

}   // namespace wsxmpp::transports

namespace wsxmpp {

class TlsServer::Impl {
public:
    explicit Impl(TlsServerOptions options);

    bool reload() noexcept;
    bool reload_if_changed() noexcept;
    std::vector<TlsCertificateStatus> certificates() const;
    std::uint64_t reload_failures() const { return reload_failures_; }
    transports::Openssl<SSL> accept();

    transports::TicketKeys& tickets() { return *tickets_; }

private:
    using Certificates = transports::ServedCertificates;
    using Stamps = std::vector<transports::FileStamp>;

    Stamps look() const;
    bool reload(Stamps stamps);   // with mutex_, as what follows
    bool load(const std::vector<std::size_t>& which);
    void use(Certificates certificates);
    void fail(std::size_t which, std::string reason);
    std::vector<std::size_t> all() const;
    std::vector<std::size_t> broken() const;
    void tell(const std::vector<std::size_t>& which);
    void warn(std::time_t now);

    TlsServerOptions options_;
    std::shared_ptr<transports::TicketKeys> tickets_;

    std::mutex mutex_;   // of what reloads
    Stamps seen_;
    std::vector<std::string> faults_;   // of each pair: why the latest of it was not loaded; empty: it was
    std::time_t warned_at_ = 0;
    std::atomic<std::uint64_t> reload_failures_{0};

    mutable std::mutex context_mutex_;   // not held while files are read
    Certificates certificates_;          // of each pair, as in the options; what reloads alone writes it
    transports::Openssl<SSL_CTX> context_;
};

}   // namespace wsxmpp
