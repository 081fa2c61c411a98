// Where a listener listens: at a TCP endpoint, at a Unix-domain socket, or on a socket that listens already.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace wsxmpp {

class TlsServer;

// Made by the listener, and unlinked when it stops. A socket there that nobody listens on, as a process that was killed
// leaves it, is replaced; one that somebody listens on is EADDRINUSE, and so is whatever is no socket.
struct UnixSocketPath {
    std::string path;
    unsigned mode = 0666;   // who may connect: write permission does (unix(7)); as with TCP, everyone on the machine
};

// Listens there as a listener does, for a server of another kind. The socket it returns is non-blocking, and the
// caller's to close; so is the file to unlink in the end. Throws std::system_error.
int listen_at(const UnixSocketPath& place);

// A stream socket that somebody else has made, and that listens: of systemd (sd_listen_fds(3)), inetd or a parent.
// The listener duplicates it: the descriptor stays the caller's.
struct ListeningDescriptor {
    int descriptor = -1;
};

struct ListenPlace {
    // Port 0: one is chosen. An IPv6 endpoint takes IPv6 only, except `::`, which takes IPv4 as well.
    ListenPlace(asio::ip::tcp::endpoint endpoint, std::shared_ptr<TlsServer> with_tls = {})
        : at{std::move(endpoint)}, tls{std::move(with_tls)} {}
    ListenPlace(const asio::ip::address& address, std::uint16_t port)
        : ListenPlace{asio::ip::tcp::endpoint{address, port}} {}
    ListenPlace(UnixSocketPath path, std::shared_ptr<TlsServer> with_tls = {})
        : at{std::move(path)}, tls{std::move(with_tls)} {}
    ListenPlace(ListeningDescriptor socket, std::shared_ptr<TlsServer> with_tls = {})
        : at{socket}, tls{std::move(with_tls)} {}

    std::variant<asio::ip::tcp::endpoint, UnixSocketPath, ListeningDescriptor> at;
    std::shared_ptr<TlsServer> tls;   // empty: plain
};

}   // namespace wsxmpp
