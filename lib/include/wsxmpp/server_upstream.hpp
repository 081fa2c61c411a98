// Finds, secures and verifies the connection to the XMPP server of the domain that a client asks for (RFC 6120 §3.2,
// XEP-0368, RFC 8305, RFC 7590): the Upstream of the wsxmpp program.
//
//     wsxmpp::ServerUpstream local{io, {"localhost", 5222}};   // plain TCP: it is this machine
//
//     wsxmpp::ServerUpstreamOptions options;
//     options.routes.push_back({"example.org"});              // by SRV records, TLS required
//     options.routes.push_back({"example.net", {{"10.0.0.1", 5223, wsxmpp::Security::tls}}});
//     auto upstream = std::make_shared<wsxmpp::ServerUpstream>(io, options);
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wsxmpp/log.hpp"
#include "wsxmpp/tls.hpp"
#include "wsxmpp/upstream.hpp"

namespace wsxmpp {

// A place where an XMPP server is.
struct ServerTarget {
    std::string host =
        "localhost";             // a name or an address (IPv6 without brackets); or "/path" of a Unix-domain socket
    std::uint16_t port = 5222;   // not of a Unix-domain socket
    // Empty: none for loopback, Unix-domain sockets and private addresses, starttls for everything else.
    std::optional<Security> security;
};

enum class Balance {
    in_order,            // the first that works
    round_robin,         // each is the first in turn
    least_connections,   // the one with the fewest connections of this upstream
};

// The PROXY protocol, in which the server is told who the client is before anything else is sent.
enum class ProxyProtocol { none, v1, v2 };

// Where the clients of one domain go.
struct Route {
    std::string domain;                  // Unicode or ASCII; empty in ServerUpstreamOptions::otherwise
    std::vector<ServerTarget> targets;   // empty: found by SRV records, then the domain's own addresses, port 5222
    Balance balance = Balance::in_order;
    TlsClientOptions tls;
    ProxyProtocol proxy_protocol = ProxyProtocol::none;
    // A SOCKS5 proxy (RFC 1928) that the connection goes through; names are resolved there, and SRV records not asked
    // for. TLS is the default for every target then. An empty host: none.
    ServerTarget socks5{{}, 1080, {}};
};

struct ServerUpstreamOptions {
    std::vector<Route> routes;   // of the domains that are served
    // For every other domain, and for clients that name none. Without it they hear host-unknown; a client that names no
    // domain gets the only one there is, if there is only one. A route without targets here makes an open proxy.
    std::optional<Route> otherwise;
    // Let `otherwise` find servers at loopback, private, link-local and multicast addresses, at this machine's own, and
    // at ports below 1024 (80 and 443 it finds anyway). The targets of a route, and what a named
    // domain's records lead to, are the operator's choice, and are never refused.
    bool allow_private = false;

    std::vector<asio::ip::udp::endpoint> dns_servers;    // empty: the system's
    std::chrono::milliseconds connect_timeout{15'000};   // DNS, all addresses, TLS: everything together
    std::chrono::milliseconds attempt_delay{
        250};   // to the next address beside one that has not answered (RFC 8305 §5)
    std::chrono::milliseconds retry_down{10'000};     // for so long a target that failed comes after all the others
    std::chrono::milliseconds close_timeout{5'000};   // wait for the server's FIN after ours; then the socket closes
    std::uint16_t posh_port = 443;                    // of websites (TlsClientOptions::posh); another one is for tests
    bool verbose_errors = false;                      // clients hear addresses and the names of targets, too
    // debug: each step of an attempt (README, "How it finds the server"); warning: STARTTLS that was wished for, and
    // not offered.
    Log log;
};

// Runs on the io_context it was made with, which one thread runs. One connection is made for each connect().
//
// What connect() can fail with: the codes of error.hpp from host_unknown to certificate_pin_mismatch, and
// connect_timeout. A failure of one address or target leads to the next; what is told is the failure that says most.
class ServerUpstream final : public Upstream {
public:
    // Reads the files of the options; throws TlsFileError, std::system_error or std::invalid_argument that name what is
    // wrong.
    ServerUpstream(asio::io_context& io, ServerUpstreamOptions options);
    // For every client, whatever domain it names, the server at `target`.
    ServerUpstream(asio::io_context& io, ServerTarget target);
    ~ServerUpstream() override;

    [[nodiscard]] std::shared_ptr<void> connect(const UpstreamRequest& request, ConnectHandler handler) override;
    std::string name() const override;   // "localhost:5222", "example.org, example.net", "any domain"

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}   // namespace wsxmpp
