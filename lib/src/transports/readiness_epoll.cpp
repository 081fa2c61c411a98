#include <sys/epoll.h>

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>
#include <memory>
#include <utility>

#include "transports/polled_socket.hpp"
#include "transports/readiness.hpp"

namespace wsxmpp::transports {

namespace {

int make_epoll() {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) throw std::system_error{errno, asio::error::get_system_category(), "epoll_create1"};
    return fd;
}

}   // namespace

struct Readiness::Handler {
    using allocator_type = SlotAllocator<Handler>;

    Readiness* readiness;

    allocator_type get_allocator() const { return allocator_type{readiness->slot_}; }
    void operator()(std::error_code = {}) const { readiness->on_ready(); }
};

Readiness::Readiness(asio::io_context& io) : epoll_{io.get_executor(), make_epoll()} {}

std::error_code Readiness::change(PolledSocket& who, int fd, std::uint32_t before, std::uint32_t wanted) {
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = &who;
    const int operation = before == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (::epoll_ctl(epoll_.native_handle(), operation, fd, &event) != 0)
        return {errno, asio::error::get_system_category()};
    if (before == 0) ++watched_;
    if (wanted == 0) {
        --watched_;
        forget(who);
    }
    if (watched_ > 0)
        wait();
    else if (waiting_)
        epoll_.cancel();
    return {};
}

void Readiness::hand_over(const PolledSocket& from, PolledSocket& who, int fd, std::uint32_t wanted) {
    forget(from);
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = &who;
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

// What was reported and not yet told: `who` may be destroyed next.
void Readiness::forget(const PolledSocket& who) {
    std::for_each(events_.begin() + next_, events_.begin() + count_, [&](epoll_event& told) {
        if (told.data.ptr == &who) told.data.ptr = nullptr;
    });
}

void Readiness::wait() {
    if (std::exchange(waiting_, true)) return;
    epoll_.async_wait(Descriptor::wait_read, Handler{this});
}

// Also when a callback throws, and whoever runs the io_context goes on: what was not told is reported again.
struct Readiness::EndOfBatch {
    explicit EndOfBatch(Readiness& r) : readiness{r} {}
    ~EndOfBatch() {
        readiness.next_ = readiness.count_ = 0;
        readiness.waiting_ = false;
        if (readiness.watched_ > 0) readiness.wait();
    }
    EndOfBatch(const EndOfBatch&) = delete;
    EndOfBatch& operator=(const EndOfBatch&) = delete;

    Readiness& readiness;
};

void Readiness::on_ready() {
    const EndOfBatch end{*this};
    count_ = std::max(0, ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0));
    while (next_ < count_) {
        const epoll_event& event = events_[static_cast<std::size_t>(next_++)];
        if (event.data.ptr == nullptr) continue;
        auto& socket = *static_cast<PolledSocket*>(event.data.ptr);
        const auto alive = socket.self();
        socket.on_events(event.events);
    }
}

}   // namespace wsxmpp::transports
