#include "admin/history.hpp"

#include <utility>

namespace wsxmpp::app {
namespace {

std::uint64_t grown(std::uint64_t before, std::uint64_t after) { return after > before ? after - before : 0; }

}   // namespace

std::optional<double> quantile_ms(const Durations& before, const Durations& after, double share) {
    std::vector<std::uint64_t> counts;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < after.counts.size(); ++i) {
        counts.push_back(grown(i < before.counts.size() ? before.counts[i] : 0, after.counts[i]));
        total += counts.back();
    }
    if (total == 0 || after.bounds.empty()) return std::nullopt;
    const double rank = share * static_cast<double>(total);
    double below = 0;
    for (std::size_t i = 0; i < after.bounds.size() && i < counts.size(); ++i) {
        const auto here = static_cast<double>(counts[i]);
        if (here > 0 && below + here >= rank) {
            const double from = i == 0 ? 0 : after.bounds[i - 1];
            return 1'000 * (from + (after.bounds[i] - from) * (rank - below) / here);
        }
        below += here;
    }
    return 1'000 * after.bounds.back();   // longer than that: nobody knows how long
}

void AdminHistory::add(AdminSample sample, std::chrono::steady_clock::time_point now,
                       std::chrono::system_clock::time_point time) {
    if (!taken_.empty()) {
        const auto& last = taken_.back();
        const double elapsed = std::chrono::duration<double>{now - last.at}.count();
        if (elapsed <= 0) return;
        const auto rate = [&](std::uint64_t AdminSample::*member) {
            return static_cast<double>(grown(last.sample.*member, sample.*member)) / elapsed;
        };
        AdminSecond second;
        second.number = next_++;
        second.time = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
        second.sessions = sample.sessions;
        second.messages_from_clients = rate(&AdminSample::messages_from_clients);
        second.messages_from_servers = rate(&AdminSample::messages_from_servers);
        second.bytes_from_clients = rate(&AdminSample::bytes_from_clients);
        second.bytes_from_servers = rate(&AdminSample::bytes_from_servers);
        second.accepted = rate(&AdminSample::accepted);
        second.failed = rate(&AdminSample::failed);
        const auto& first = taken_.front().sample;
        second.connect_ms = quantile_ms(first.connect, sample.connect, 0.5);
        second.connect_ms_95 = quantile_ms(first.connect, sample.connect, 0.95);
        second.answer_ms = quantile_ms(first.answer, sample.answer, 0.5);
        second.answer_ms_95 = quantile_ms(first.answer, sample.answer, 0.95);
        seconds_.push_back(second);
        if (seconds_.size() > capacity) seconds_.pop_front();
    }
    taken_.push_back({std::move(sample), now});
    if (taken_.size() > window) taken_.pop_front();
}

}   // namespace wsxmpp::app
