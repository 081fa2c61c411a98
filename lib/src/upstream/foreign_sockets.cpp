#include "upstream/foreign_sockets.hpp"

#include <system_error>
#include <utility>

namespace wsxmpp::upstream {

ForeignSockets::ForeignSockets(asio::io_context& io, Handler handler) : io_{io}, handler_{std::move(handler)} {}

ForeignSockets::~ForeignSockets() {
    for (const auto& [fd, socket] : sockets_) socket->forget();
}

void ForeignSockets::Socket::forget() {
    owner = nullptr;
    if (descriptor.is_open()) descriptor.release();
}

void ForeignSockets::watch(int fd, bool readable, bool writable) {
    const auto found = sockets_.find(fd);
    if (!readable && !writable) {
        if (found == sockets_.end()) return;
        found->second->forget();
        sockets_.erase(found);
        return;
    }
    auto socket = found != sockets_.end() ? found->second : nullptr;
    if (!socket) {
        socket = std::make_shared<Socket>(io_, *this);
        std::error_code ec;
        socket->descriptor.assign(fd, ec);
        if (ec) return;   // not watched: the library's own timeout ends it
        sockets_.emplace(fd, socket);
    }
    socket->wants[0] = readable;
    socket->wants[1] = writable;
    wait(socket, false);
    wait(socket, true);
}

void ForeignSockets::wait(const std::shared_ptr<Socket>& socket, bool write) {
    const int which = write ? 1 : 0;
    if (socket->owner == nullptr || !socket->wants[which] || std::exchange(socket->waits[which], true)) return;
    const auto type = write ? asio::posix::stream_descriptor::wait_write : asio::posix::stream_descriptor::wait_read;
    socket->descriptor.async_wait(type, [socket, write, which](std::error_code ec) {
        socket->waits[which] = false;
        if (ec || socket->owner == nullptr) return;
        if (socket->wants[which]) socket->owner->handler_(socket->descriptor.native_handle(), write);
        wait(socket, write);
    });
}

}   // namespace wsxmpp::upstream
