// How the sockets of one io_context are waited for: one level-triggered epoll of our own, which Asio waits for as for a
// socket. Linux alone, and an implementation detail of PolledSocket; elsewhere Asio waits for each socket itself, and
// this is empty.
//
// Why: arming one of Asio's waits takes an epoll_ctl() an event, 170 bytes of state a socket, and some 700 instructions
// (measured: tests/bench/exact.sh with WSXMPP_EPOLL=OFF).
#pragma once

#include <asio/io_context.hpp>

#if WSXMPP_EPOLL

#include <sys/epoll.h>

#include <array>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "transports/handler_slot.hpp"

namespace wsxmpp::transports {

class PolledSocket;

class Readiness {
public:
    explicit Readiness(asio::io_context& io);

    // `before` and `wanted` are what epoll_ctl() takes as events; 0: not in the epoll at all, because it would report
    // EPOLLERR and EPOLLHUP even so, again and again.
    std::error_code change(PolledSocket& who, int fd, std::uint32_t before, std::uint32_t wanted);
    // The same, when `who` takes over the socket of `from`.
    void hand_over(const PolledSocket& from, PolledSocket& who, int fd, std::uint32_t wanted);

private:
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
    struct Handler;
    struct EndOfBatch;

    void forget(const PolledSocket& who);
    void wait();
    void on_ready();

    Descriptor epoll_;
    // Asio's own wait is pending only while there is something to wait for: it would keep run() from returning.
    std::size_t watched_ = 0;
    bool waiting_ = false;
    HandlerSlot slot_;

    // Those that one epoll_wait() reported; the rest of them waits for the next. Other handlers have their turn then.
    std::array<epoll_event, 64> events_{};
    int next_ = 0;   // the first that was not yet told
    int count_ = 0;
};

}   // namespace wsxmpp::transports

#else

namespace wsxmpp::transports {

struct Readiness {
    explicit Readiness(asio::io_context&) {}
};

}   // namespace wsxmpp::transports

#endif
