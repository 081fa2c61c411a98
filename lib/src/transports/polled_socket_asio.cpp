#include <sys/socket.h>

#include <asio/error.hpp>
#include <memory>
#include <utility>

#include "transports/io_shared.hpp"
#include "transports/open_socket.hpp"
#include "transports/polled_socket.hpp"
#include "transports/tls_layer.hpp"

namespace wsxmpp::transports {

namespace {

// No Nagle delay: each send is whole. Keepalive, for a peer that vanished while nothing is sent. Errors show at the
// first read.
void set_options(Socket& socket) {
    std::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
    socket.set_option(asio::socket_base::keep_alive{true}, ignored);
}

// Asio's own cannot hold the address of a Unix-domain socket, and throws.
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

}   // namespace

// --- FreshSocket

// Asio asks for no more of the protocol than a family to make new sockets with.
FreshSocket::FreshSocket(asio::io_context& io, int fd) : io_{&io}, socket_{io.get_executor()} {
    std::error_code ignored;
    if (fd >= 0) socket_.assign(asio::ip::tcp::v4(), fd, ignored);
    if (socket_.is_open()) socket_.non_blocking(true, ignored);
}

FreshSocket FreshSocket::accept(Acceptor& acceptor, asio::ip::tcp::endpoint& remote, std::error_code& ec) {
    Socket socket{acceptor.get_executor()};
    acceptor.accept(socket, ec);
    remote = ec ? asio::ip::tcp::endpoint{} : endpoint_of(::getpeername, socket.native_handle());
    return FreshSocket{std::move(socket)};
}

void FreshSocket::prepare(Acceptor& acceptor) { acceptor.non_blocking(true); }

FreshSocket::FreshSocket(Socket accepted) : io_{&accepted.get_executor().context()}, socket_{std::move(accepted)} {
    if (socket_.is_open()) set_options(socket_);
}

// --- PolledSocket

PolledSocket::PolledSocket(FreshSocket socket)
    : Registered{IoShared::of(socket.io())}, socket_{std::move(socket.socket())} {}

PolledSocket::PolledSocket(PolledSocket& from)
    : Registered{*from.shared()},
      tls_{std::move(from.tls_)},
      watched_{std::exchange(from.watched_, std::uint8_t{0})},
      socket_{std::move(from.socket_)} {}

PolledSocket::~PolledSocket() { close_socket(); }

struct PolledSocket::Handler {
    using allocator_type = SlotAllocator<Handler>;

    std::shared_ptr<Registered> alive;
    PolledSocket* socket;
    std::uint8_t which;

    allocator_type get_allocator() const {
        return allocator_type{which == reading ? socket->read_slot_ : socket->write_slot_};
    }
    void operator()(std::error_code = {}) const { socket->on_ready(which); }
};

std::error_code PolledSocket::watch(bool readable, bool writable) {
    watched_ = static_cast<std::uint8_t>((readable ? reading : 0) | (writable ? writing : 0));
    arm();
    return {};
}

// arm() asks for the directions itself.
std::error_code PolledSocket::wait_for(std::uint8_t) {
    arm();
    return {};
}

// async_wait() asks for the level each time it is armed. A wait that is no longer wanted runs out by itself.
void PolledSocket::arm() {
    if (!socket_.is_open() || shared() == nullptr) return;
    const auto wait = [this, wanted = directions()](std::uint8_t which, Socket::wait_type type) {
        if ((wanted & which) == 0 || (waits_ & which) != 0) return;
        waits_ |= which;
        socket_.async_wait(type, Handler{self(), this, which});
    };
    wait(reading, Socket::wait_read);
    wait(writing, Socket::wait_write);
}

void PolledSocket::on_ready(std::uint8_t which) {
    if (socket_.is_open()) tell(which == reading, which == writing);
    waits_ &= static_cast<std::uint8_t>(~which);
    arm();
}

void PolledSocket::tell(bool readable, bool writable) {
    if (tls_) return tell_tls(readable, writable);
    if (readable && watches_reading()) on_readable();
    if (writable && watches_writing()) on_writable();
}

Transfer PolledSocket::raw_read(asio::mutable_buffer into) {
    std::error_code ec;
    const std::size_t size = socket_.read_some(asio::buffer(into), ec);
    return {size, ec == asio::error::eof ? 0 : ec.value()};
}

Transfer PolledSocket::raw_write(asio::const_buffer from) {
    std::error_code ec;
    const std::size_t size = socket_.write_some(asio::buffer(from), ec);
    return {size, ec.value()};
}

Transfer PolledSocket::peek_some(asio::mutable_buffer into) {
    std::error_code ec;
    const std::size_t size = socket_.receive(asio::buffer(into), Socket::message_peek, ec);
    return {size, ec == asio::error::eof ? 0 : ec.value()};
}

Transfer PolledSocket::read_some(asio::mutable_buffer into) { return tls_ ? tls_read(into) : raw_read(into); }
Transfer PolledSocket::write_some(asio::const_buffer from) { return tls_ ? tls_write(from) : raw_write(from); }

Transfer PolledSocket::write_some(const std::vector<asio::const_buffer>& from) {
    if (tls_) return tls_write(from);
    std::error_code ec;
    const std::size_t size = socket_.write_some(from, ec);
    return {size, ec.value()};
}

void PolledSocket::shutdown_receive() {
    std::error_code ignored;
    socket_.shutdown(Socket::shutdown_receive, ignored);
}

void PolledSocket::shutdown_send() {
    if (tls_) tls_->shutdown(*this);
    std::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void PolledSocket::shutdown_both() {
    std::error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
}

void PolledSocket::close_socket() {
    watched_ = 0;
    if (tls_) tls_->close();
    std::error_code ignored;
    socket_.close(ignored);
}

bool PolledSocket::is_open() const { return socket_.is_open(); }

std::error_code PolledSocket::connect_error() const {
    return pending_error(const_cast<Socket&>(socket_).native_handle());
}

asio::ip::tcp::endpoint PolledSocket::remote_endpoint() const {
    return endpoint_of(::getpeername, const_cast<Socket&>(socket_).native_handle());
}
asio::ip::tcp::endpoint PolledSocket::local_endpoint() const {
    return endpoint_of(::getsockname, const_cast<Socket&>(socket_).native_handle());
}

}   // namespace wsxmpp::transports
