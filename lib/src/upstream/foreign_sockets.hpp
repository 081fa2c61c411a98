// The sockets of a C library that opens and closes them itself, watched on an io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <functional>
#include <map>
#include <memory>

namespace wsxmpp::upstream {

class ForeignSockets {
public:
    // `fd` can be read from, or (`write`) written to. Must keep this object alive for the call.
    using Handler = std::function<void(int fd, bool write)>;

    ForeignSockets(asio::io_context& io, Handler handler);
    ~ForeignSockets();
    ForeignSockets(const ForeignSockets&) = delete;
    ForeignSockets& operator=(const ForeignSockets&) = delete;

    // What the library waits for; nothing: it is about to close the socket.
    void watch(int fd, bool readable, bool writable);

private:
    struct Socket {
        Socket(asio::io_context& io, ForeignSockets& its_owner) : descriptor{io}, owner{&its_owner} {}
        void forget();

        asio::posix::stream_descriptor descriptor;
        ForeignSockets* owner;   // null: forgotten
        bool wants[2] = {};      // read, write
        bool waits[2] = {};      // for which a wait is under way
    };
    static void wait(const std::shared_ptr<Socket>& socket, bool write);

    asio::io_context& io_;
    Handler handler_;
    std::map<int, std::shared_ptr<Socket>> sockets_;
};

}   // namespace wsxmpp::upstream
