#include "options/listen_options.hpp"

#include <string>

namespace wsxmpp::app {
namespace {

// So that sums, and times of many connections, cannot overflow.
constexpr std::size_t most_sessions = 10'000'000;
constexpr std::size_t most_connections = 1'000'000;

}   // namespace

void declare_listen_options(OptionSet& set, std::vector<ListenAddress>& listen, Options& options) {
    set.add_list(
        "--listen", "[SCHEME://]ADDR:PORT",
        "Where WebSocket clients connect; may be repeated. '*:6222' is every address of this machine, "
        "[::1]:6222 is IPv6, 6222 alone is localhost:6222. Port 0: one is chosen; it is printed. "
        "Instead of ADDR:PORT: unix:/PATH[;mode=660] is a Unix-domain socket, systemd[:NAME] the sockets that systemd "
        "hands over, fd:N an open one. SCHEME: ws, or wss for TLS (--tls-cert)",
        "localhost:" + std::to_string(default_listen_port),
        [&listen](const std::string& text) { listen.push_back(parse_listen(text)); });
    set.add_list("--trusted-proxy", "NETWORK[=HOW]",
                 "Believe the proxies of this network (ADDR, ADDR/BITS, or unix: for Unix-domain sockets) who a client "
                 "is; may be repeated. HOW they tell: x-forwarded-for, forwarded (RFC 7239), or proxy-protocol (v1 or "
                 "v2, which is then required). From anywhere else such headers are ignored",
                 "none, x-forwarded-for", [&options](const std::string& text) {
                     add(parse_trusted_proxy(text), text, options.websocket.trusted_proxies);
                 });
}

void declare_admission_options(OptionSet& set, AdmissionLimits& limits) {
    set.add(
        "--max-sessions", "COUNT", "Sessions in all; more hear 503", "half of the open files there may be",
        [&limits](const std::string& text) { limits.max_sessions = parse_count(text, 1, most_sessions, "sessions"); });
    set.add_count("--max-sessions-per-address", "COUNT",
                  "Sessions of one client's address (IPv6: of its /64); more hear 429. 0: no limit",
                  {&limits.max_sessions_per_address}, 0, most_sessions, "sessions");
    set.add_count("--connection-rate", "COUNT",
                  "New connections a second of one address; more hear 429, or with TLS are closed; not of loopback and "
                  "trusted proxies. 0: no limit",
                  {&limits.connection_rate}, 0, most_connections, "connections");
    set.add_count("--connection-burst", "COUNT", "How many more than that at once", {&limits.connection_burst}, 0,
                  most_connections, "connections");
    set.add_count("--max-handshakes", "COUNT",
                  "Connections that have not finished their TLS and HTTP handshakes; with one more, the one that has "
                  "taken longest hears 503, or is closed",
                  {&limits.max_handshakes}, 1, most_connections, "connections");
}

}   // namespace wsxmpp::app
