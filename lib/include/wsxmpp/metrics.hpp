// What is counted while sessions run: the numbers behind the status page and the Prometheus text (prometheus.hpp).
//
// One Metrics a thread: the bridge of one io_context writes to it, on its thread, with plain loads and stores; any
// thread may read it at any time. What is read is each number by itself: sums of several may be a moment apart.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace wsxmpp {

// Only grows.
class Counter {
public:
    void add(std::uint64_t n = 1) noexcept { set(value() + n); }
    void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }   // no less than it was
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};   // one thread writes: no locked instruction is needed
};

// Goes up and down.
class Gauge {
public:
    void add(std::int64_t n) noexcept { set(value() + n); }
    void set(std::int64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

// How often a value was at most each of some bounds, which are in order; the last bucket is for what is above them all.
template <const auto& bounds>
class Histogram {
public:
    static constexpr std::size_t buckets = std::size(bounds) + 1;
    static constexpr const auto& upper = bounds;

    void add(std::uint64_t value) noexcept {
        std::size_t i = 0;
        while (i < std::size(bounds) && value > bounds[i]) ++i;
        counts_[i].add();
        sum_.add(value);
    }
    void set(std::size_t bucket, std::uint64_t count) noexcept { counts_[bucket].set(count); }
    void set_sum(std::uint64_t sum) noexcept { sum_.set(sum); }

    std::uint64_t count(std::size_t bucket) const noexcept { return counts_[bucket].value(); }   // of it alone
    std::uint64_t sum() const noexcept { return sum_.value(); }                                  // of all values

private:
    std::array<Counter, buckets> counts_;
    Counter sum_;
};

// Bytes: powers of two, so that the bucket of a size is where its highest bit is.
inline constexpr std::array<std::uint64_t, 13> size_bounds{64,    128,    256,    512,    1'024,   2'048,  4'096,
                                                           8'192, 16'384, 32'768, 65'536, 131'072, 262'144};
using SizeHistogram = Histogram<size_bounds>;

// Microseconds: of what a client waits for, and of whole sessions (1 s to 1 day).
inline constexpr std::array<std::uint64_t, 13> wait_bounds{1'000,     2'500,     5'000,     10'000,  25'000,
                                                           50'000,    100'000,   250'000,   500'000, 1'000'000,
                                                           2'500'000, 5'000'000, 10'000'000};
using WaitHistogram = Histogram<wait_bounds>;
inline constexpr std::array<std::uint64_t, 8> duration_bounds{
    1'000'000, 10'000'000, 60'000'000, 600'000'000, 3'600'000'000, 21'600'000'000, 43'200'000'000, 86'400'000'000};
using DurationHistogram = Histogram<duration_bounds>;

// What a session does now; the name of each is in SessionView::state.
enum class SessionState : std::uint8_t {
    waiting,       // for the client's stream header
    connecting,    // to the server
    negotiating,   // both are connected, the client has not logged in yet
    logged_in,     // and with Framing::raw, where nobody knows, from the connection to the server on
    closing,
};
inline constexpr std::size_t session_states = 5;
std::string_view to_string(SessionState state) noexcept;   // "logged in"

// The limits that a session can hit, each named as the option of the program that sets it.
enum class Limit : std::uint8_t {
    open_timeout,
    login_timeout,
    max_element,
    max_element_before_login,
    max_depth,
    max_attributes,
    max_fragments,
    rate_messages,   // hit: the client was no longer read for a while
    rate_bytes,      // likewise
    answer_timeout,
    pong_timeout,
    max_server_element,   // or its depth or attributes
};
inline constexpr std::size_t session_limits = 12;
std::string_view to_string(Limit limit) noexcept;   // "max-element"

// What passed between clients and servers.
struct Traffic {
    Counter messages_from_clients;   // WebSocket messages
    Counter messages_to_clients;
    Counter bytes_from_clients;   // payload of messages
    Counter bytes_from_servers;   // of the stream
};

// The sessions with one server, or of one domain.
struct SessionGroup {
    std::string name;
    Gauge sessions;
    Counter sessions_total;
    Counter errors;   // sessions that ended by a failure, those that could not be connected included
    Traffic traffic;
    WaitHistogram connect;   // microseconds to connect to the server
};

// Sessions by a name that comes from outside, of which there may be any number: the first `most` have a group of their
// own, all others share the last one, "other". A group once made stays, so that its counters never fall.
class SessionGroups {
public:
    static constexpr std::size_t most = 100;

    SessionGroups();

    std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    const SessionGroup& operator[](std::size_t i) const noexcept { return *groups_[i]; }
    SessionGroup& operator[](std::size_t i) noexcept { return *groups_[i]; }   // the writer's
    // The index of the group of this name, which is made if there is room. The writer's.
    std::uint8_t find_or_add(std::string_view name);
    // The group of its own that this name has; null: none.
    SessionGroup* find(std::string_view name) noexcept;

private:
    std::array<std::unique_ptr<SessionGroup>, most + 1> groups_;
    std::atomic<std::size_t> size_{0};
};

struct Metrics {
    std::array<Gauge, session_states> sessions;   // by SessionState
    Counter sessions_accepted;
    Counter sessions_ended;
    Counter sessions_failed;   // ended by an error
    Traffic traffic;
    // First-level elements, stanzas and others; none with Framing::raw.
    SizeHistogram elements_from_clients;
    SizeHistogram elements_from_servers;

    WaitHistogram connect;        // microseconds: to connect to the server, with DNS and TLS; of what succeeded
    WaitHistogram answer;         // microseconds: from the client's first stream header to the server's answer
    DurationHistogram duration;   // microseconds: of sessions that have ended

    // Sessions that ended by an error, by the value of errc; those of the operating system at 0.
    static constexpr std::size_t error_codes = 96;
    std::array<Counter, error_codes> errors;
    std::array<Counter, session_limits> limits;   // hit, by Limit

    // Of sessions that were connected, and failures to connect: by UpstreamResult::target, and by the domain that the
    // client named, ASCII in lower case. A domain that could not be connected is there if the operator has named it
    // (UpstreamResult::domain_is_served) or it was connected before: clients cannot fill these up with names.
    SessionGroups servers;
    SessionGroups domains;

    void count_error(std::error_code ec) noexcept;
    Gauge& sessions_in(SessionState state) noexcept { return sessions[static_cast<std::size_t>(state)]; }
    Counter& limit(Limit limit) noexcept { return limits[static_cast<std::size_t>(limit)]; }
};

}   // namespace wsxmpp
