// The values of the options that say where to listen, and whom to believe there, as a person writes them. Pure.
// Each function throws std::invalid_argument; its what() says what is wrong with the text and what would be right.
#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options/values.hpp"
#include "wsxmpp/trusted_proxy.hpp"

namespace wsxmpp::app {

// A value of --listen; what it stands for on this machine is found out by ListenPlan (listen.hpp).
struct ListenAddress {
    enum class Kind {
        loopback,      // 127.0.0.1 and ::1
        every,         // every address of the machine, IPv4 and IPv6
        address,       // the one in `address`
        unix_socket,   // the path in `name`
        systemd,       // sockets that were handed over (sd_listen_fds(3)): of the name in `name`; empty: all
        descriptor     // one that is open already
    };

    Kind kind = Kind::loopback;
    asio::ip::address address;
    std::uint16_t port = default_listen_port;
    bool tls = false;
    std::string name = {};
    unsigned mode = 0666;   // of a Unix-domain socket
    int descriptor = -1;
};

// "6222", "localhost:6222", "127.0.0.1:6222", "[::1]:6222", "*:6222": the port may be left out, and may be 0.
// "unix:/run/wsxmpp.sock", "unix:/run/wsxmpp.sock;mode=660", "systemd", "systemd:NAME", "fd:3". Before each of them
// "ws://", or "wss://" for TLS, where the port is that of the scheme if it is left out.
ListenAddress parse_listen(std::string_view text);

// Where the admin listener listens: the same without a scheme, with a port, and without sockets that are open already.
// A Unix-domain socket is for owner and group unless its mode is named, as there is no password.
ListenAddress parse_admin(std::string_view text);

// "10.0.0.0/8", "2001:db8::1=forwarded", "192.0.2.1=proxy-protocol", "unix:".
TrustedProxy parse_trusted_proxy(std::string_view text);

// To those that were named before. One network tells in one way.
void add(const TrustedProxy& proxy, std::string_view text, std::vector<TrustedProxy>& proxies);

// TLS is spoken if there are certificates, and the other way round; on one port, path or descriptor either is, and
// nothing else, such as `admin`.
void check_listen(const std::vector<ListenAddress>& addresses, bool has_certificates,
                  const std::optional<ListenAddress>& admin);

}   // namespace wsxmpp::app
