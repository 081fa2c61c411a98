// What is counted while sessions run: the numbers behind the status page and the Prometheus text (prometheus.hpp).
//
// One Metrics a thread: the bridge, the listener and the upstream of one io_context write to it, on its thread, with
// plain loads and stores; any thread may read it at any time. What is read is each number by itself: sums of several
// may be a moment apart.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace wsxmpp {

// Only grows.
class Counter {
public:
    void add(std::uint64_t n = 1) noexcept { value_.store(value() + n, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};   // one thread writes: no locked instruction is needed
};

// Goes up and down.
class Gauge {
public:
    void add(std::int64_t n) noexcept { value_.store(value() + n, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

}   // namespace wsxmpp
