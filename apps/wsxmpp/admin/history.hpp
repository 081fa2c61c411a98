// What happened in each of the last seconds: for the graphs of the status page. Pure: it is told the time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "admin/source.hpp"

namespace wsxmpp::app {

// The time within which `share` (0.95) of those that were added between two samples were done, in milliseconds: found
// by drawing a line through the bucket, as Prometheus's histogram_quantile does. Nothing: there were none.
std::optional<double> quantile_ms(const Durations& before, const Durations& after, double share);

struct AdminSecond {
    std::uint64_t number = 0;   // 1, 2, 3 …
    std::int64_t time = 0;      // seconds since 1970
    std::uint64_t sessions = 0;
    double messages_from_clients = 0;   // a second, as all that follow
    double messages_from_servers = 0;
    double bytes_from_clients = 0;
    double bytes_from_servers = 0;
    double accepted = 0;
    double failed = 0;
    std::optional<double> connect_ms;   // half of those in `window` took no longer
    std::optional<double> connect_ms_95;
    std::optional<double> answer_ms;
    std::optional<double> answer_ms_95;
};

class AdminHistory {
public:
    static constexpr std::size_t capacity = 600;   // ten minutes
    static constexpr std::size_t window =
        10;   // seconds that times are taken from: connections are rarer than messages

    // The first sample is what the second is compared with: it makes no entry.
    void add(AdminSample sample, std::chrono::steady_clock::time_point now, std::chrono::system_clock::time_point time);

    const std::deque<AdminSecond>& seconds() const noexcept { return seconds_; }

private:
    struct Taken {
        AdminSample sample;
        std::chrono::steady_clock::time_point at;
    };
    std::deque<Taken> taken_;   // at most `window` of them
    std::deque<AdminSecond> seconds_;
    std::uint64_t next_ = 1;
};

}   // namespace wsxmpp::app
