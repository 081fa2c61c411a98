// Sockets on loopback, the clock, and epoll, as little as the load generator and the sink need.
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace bench {

// Ends the run: what was measured is worth nothing.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_{fd} {}
    Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { reset(); }
    void reset();
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

std::uint64_t now_ns();

Fd listen_on_loopback(std::uint16_t port);   // non-blocking; port 0: one is chosen
std::uint16_t local_port(const Fd& socket);
Fd start_connect(std::uint16_t port);   // non-blocking: writable once connected
void no_delay(int fd);
void throw_errno(const char* what);
int pending_error(int fd);   // SO_ERROR

// As many descriptors as the hard limit allows; the child dies with its parent.
void prepare_process();

class Poller {
public:
    Poller();
    void add(int fd, std::uint32_t events, void* who);
    void modify(int fd, std::uint32_t events, void* who);

    // Calls handle(who, events) for what is ready; returns the number of events. Waits at most `timeout_ns`.
    template <typename Handle>
    int wait(std::uint64_t timeout_ns, Handle handle) {
        const int count = wait_raw(timeout_ns);
        for (int i = 0; i < count; ++i) handle(events_[i].data.ptr, static_cast<std::uint32_t>(events_[i].events));
        return count;
    }

private:
    int wait_raw(std::uint64_t timeout_ns);

    static constexpr int max_events = 256;
    Fd epoll_;
    epoll_event events_[max_events];
};

// What a non-blocking socket, or a Wire, has not taken yet.
class Outbox {
public:
    // Sends what it can, by `send`, which is like send(); false: some is left, wait until the socket is writable.
    template <typename Send>
    bool send(std::string_view bytes, Send send) {
        if (empty()) {
            const auto taken = send(bytes);
            if (taken > 0) bytes.remove_prefix(static_cast<std::size_t>(taken));
            if (taken < 0 && errno != EAGAIN) throw_errno("send");
        }
        if (bytes.empty()) return true;
        append(bytes);
        return false;
    }
    template <typename Send>
    bool flush(Send send) {
        while (!empty()) {
            const auto taken = send(std::string_view{bytes_}.substr(sent_));
            if (taken < 0) {
                if (errno == EAGAIN) return false;
                throw_errno("send");
            }
            sent_ += static_cast<std::size_t>(taken);
        }
        bytes_.clear();
        sent_ = 0;
        return true;
    }
    void append(std::string_view bytes) { bytes_.append(bytes); }
    bool empty() const { return bytes_.size() == sent_; }
    std::string& bytes() { return bytes_; }

private:
    std::string bytes_;
    std::size_t sent_ = 0;
};

}   // namespace bench
