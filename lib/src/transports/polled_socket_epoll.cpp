#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>
#include <utility>

#include "transports/io_shared.hpp"
#include "transports/open_socket.hpp"
#include "transports/polled_socket.hpp"
#include "transports/sanitized.hpp"
#include "transports/tls_layer.hpp"

namespace wsxmpp::transports {

namespace {

std::error_code last_error() { return {errno, asio::error::get_system_category()}; }

// No Nagle delay: each send is whole. Keepalive, for a peer that vanished while nothing is sent. Errors show at the
// first read.
void set_options(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

template <typename Call>
ssize_t uninterrupted(Call call) {
    ssize_t taken = call();
    while (taken < 0 && errno == EINTR) taken = call();
    return taken;
}

Transfer result(ssize_t taken) {
    if (taken < 0) return {0, errno};
    return {static_cast<std::size_t>(taken), 0};
}

template <typename GetName>
asio::ip::tcp::endpoint endpoint_of(GetName get_name, int fd) {
    asio::ip::tcp::endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    if (fd < 0 || get_name(fd, endpoint.data(), &size) != 0) return {};
    const auto family = endpoint.data()->sa_family;
    if (family != AF_INET && family != AF_INET6) return {};
    endpoint.resize(size);
    return endpoint;
}

// The C library's recv() and send() are cancellation points, which costs 50 instructions a call once there are threads.
// Nobody cancels a thread of ours. The system calls themselves say the same, and set the same errno. ThreadSanitizer
// must see the functions: it takes what was sent to have happened before what was received.
ssize_t receive(int fd, void* into, std::size_t size) {
    if (thread_sanitized) return ::recv(fd, into, size, 0);
    return ::syscall(SYS_recvfrom, fd, into, size, 0, nullptr, nullptr);
}
ssize_t send(int fd, const void* from, std::size_t size) {
    if (thread_sanitized) return ::send(fd, from, size, MSG_NOSIGNAL);
    return ::syscall(SYS_sendto, fd, from, size, MSG_NOSIGNAL, nullptr, 0);
}

}   // namespace

// --- FreshSocket

FreshSocket::FreshSocket(asio::io_context& io, int fd) : io_{&io}, fd_{fd} {}

FreshSocket FreshSocket::accept(Acceptor& acceptor, asio::ip::tcp::endpoint& remote, std::error_code& ec) {
    auto size = static_cast<socklen_t>(remote.capacity());
    const int fd = static_cast<int>(uninterrupted(
        [&] { return ::accept4(acceptor.native_handle(), remote.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC); }));
    asio::io_context& io = acceptor.get_executor().context();
    if (fd < 0) {
        ec = last_error();
        return {io, -1};
    }
    ec.clear();
    if (remote.data()->sa_family == AF_INET || remote.data()->sa_family == AF_INET6)
        remote.resize(size);
    else
        remote = {};
    return {io, fd};
}

void FreshSocket::prepare(Acceptor& acceptor) {
    acceptor.non_blocking(true);
    set_options(acceptor.native_handle());   // Linux: what accept() returns inherits them
}

FreshSocket::FreshSocket(FreshSocket&& other) noexcept : io_{other.io_}, fd_{other.release()} {}

FreshSocket::~FreshSocket() {
    if (fd_ >= 0) ::close(fd_);
}

int FreshSocket::release() noexcept { return std::exchange(fd_, -1); }

// --- PolledSocket

PolledSocket::PolledSocket(FreshSocket socket) : Registered{IoShared::of(socket.io())}, fd_{socket.release()} {}

PolledSocket::PolledSocket(PolledSocket& from)
    : Registered{*from.shared()},
      tls_{std::move(from.tls_)},
      watched_{std::exchange(from.watched_, std::uint8_t{0})},
      awaited_{std::exchange(from.awaited_, std::uint8_t{0})},
      fd_{std::exchange(from.fd_, -1)} {
    if (awaited_ != 0) shared()->readiness().hand_over(from, *this, fd_, to_events(awaited_));
}

PolledSocket::~PolledSocket() { close_socket(); }

std::uint32_t PolledSocket::to_events(std::uint8_t which) {
    std::uint32_t events = 0;
    if ((which & reading) != 0) events |= EPOLLIN;
    if ((which & writing) != 0) events |= EPOLLOUT;
    return events;
}

std::error_code PolledSocket::watch(bool readable, bool writable) {
    const auto wanted = static_cast<std::uint8_t>((readable ? reading : 0) | (writable ? writing : 0));
    if (wanted == watched_ || fd_ < 0 || shared() == nullptr) return {};
    const auto before = std::exchange(watched_, wanted);
    const std::error_code ec = wait_for(directions());
    if (ec) watched_ = before;
    return ec;
}

std::error_code PolledSocket::wait_for(std::uint8_t directions) {
    if (directions == awaited_ || fd_ < 0 || shared() == nullptr) return {};
    const std::error_code ec = shared()->readiness().change(*this, fd_, to_events(awaited_), to_events(directions));
    if (!ec) awaited_ = directions;
    return ec;
}

// EPOLLERR and EPOLLHUP are told to whoever waits: the next read or write says what they are.
void PolledSocket::on_events(std::uint32_t events) { tell((events & ~EPOLLOUT) != 0, (events & ~EPOLLIN) != 0); }

void PolledSocket::tell(bool readable, bool writable) {
    if (tls_) return tell_tls(readable, writable);
    if (readable && watches_reading()) on_readable();
    if (writable && watches_writing()) on_writable();
}

Transfer PolledSocket::raw_read(asio::mutable_buffer into) {
    return result(uninterrupted([&] { return receive(fd_, into.data(), into.size()); }));
}

Transfer PolledSocket::raw_write(asio::const_buffer from) {
    return result(uninterrupted([&] { return send(fd_, from.data(), from.size()); }));
}

Transfer PolledSocket::peek_some(asio::mutable_buffer into) {
    return result(uninterrupted([&] { return ::recv(fd_, into.data(), into.size(), MSG_PEEK); }));
}

Transfer PolledSocket::read_some(asio::mutable_buffer into) { return tls_ ? tls_read(into) : raw_read(into); }
Transfer PolledSocket::write_some(asio::const_buffer from) { return tls_ ? tls_write(from) : raw_write(from); }

Transfer PolledSocket::write_some(const std::vector<asio::const_buffer>& from) {
    if (tls_) return tls_write(from);
    std::array<iovec, SharedOutput::max_parts> parts{};
    const std::size_t count = std::min(from.size(), parts.size());
    for (std::size_t i = 0; i < count; ++i) parts[i] = {const_cast<void*>(from[i].data()), from[i].size()};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    return result(uninterrupted([&] { return ::sendmsg(fd_, &message, MSG_NOSIGNAL); }));
}

void PolledSocket::shutdown_send() {
    if (tls_) tls_->shutdown(*this);
    ::shutdown(fd_, SHUT_WR);
}

void PolledSocket::shutdown_receive() { ::shutdown(fd_, SHUT_RD); }
void PolledSocket::shutdown_both() { ::shutdown(fd_, SHUT_RDWR); }

void PolledSocket::close_socket() {
    if (fd_ < 0) return;
    watch(false, false);
    if (tls_) tls_->close();
    ::close(std::exchange(fd_, -1));
}

bool PolledSocket::is_open() const { return fd_ >= 0; }

std::error_code PolledSocket::connect_error() const { return pending_error(fd_); }

asio::ip::tcp::endpoint PolledSocket::remote_endpoint() const { return endpoint_of(::getpeername, fd_); }
asio::ip::tcp::endpoint PolledSocket::local_endpoint() const { return endpoint_of(::getsockname, fd_); }

}   // namespace wsxmpp::transports
