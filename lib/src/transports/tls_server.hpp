// The server's side of a TLS connection, for listeners.
#pragma once

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
    transports::Openssl<SSL> accept();

    transports::TicketKeys& tickets() { return *tickets_; }

private:
    using Certificates = std::vector<transports::ServedCertificate>;
    using Stamps = std::vector<transports::FileStamp>;

    Stamps look() const;
    Certificates load() const;
    bool reload(Stamps stamps);   // with mutex_
    void use(Certificates certificates);
    void tell();
    void warn(std::time_t now);

    TlsServerOptions options_;
    std::shared_ptr<transports::TicketKeys> tickets_;

    std::mutex mutex_;   // of what reloads
    Stamps seen_;
    Certificates certificates_;
    std::time_t warned_at_ = 0;

    std::mutex context_mutex_;
    transports::Openssl<SSL_CTX> context_;
};

}   // namespace wsxmpp
