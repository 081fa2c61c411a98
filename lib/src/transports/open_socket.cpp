#include "transports/open_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/error.hpp>
#include <cerrno>

namespace wsxmpp::transports {

int begin_connect(const StreamEndpoint& to, std::error_code& ec) {
    const auto failed = [&ec](int fd) {
        ec = {errno, asio::error::get_system_category()};
        if (fd >= 0) ::close(fd);
        return -1;
    };
    const int fd = ::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return failed(fd);
    // No Nagle delay: each send is whole. Keepalive, for a peer that vanished while nothing is sent.
    const int on = 1;
    if (to.protocol().family() != AF_UNIX) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    // Interrupted, it goes on by itself (POSIX).
    if (::connect(fd, to.data(), static_cast<socklen_t>(to.size())) != 0 && errno != EINPROGRESS && errno != EINTR)
        return failed(fd);
    return fd;
}

std::error_code pending_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    return {error, asio::error::get_system_category()};
}

}   // namespace wsxmpp::transports
