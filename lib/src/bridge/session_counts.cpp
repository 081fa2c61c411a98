#include "bridge/session_counts.hpp"

#include <algorithm>
#include <cmath>

namespace wsxmpp {

namespace {

using std::chrono::microseconds;

constexpr double second = 1e6;   // microseconds

microseconds time_for(std::int32_t left, std::size_t a_second) {
    if (left >= 0 || a_second == 0) return microseconds{0};
    return microseconds{
        static_cast<std::int64_t>(std::ceil(-static_cast<double>(left) * second / static_cast<double>(a_second)))};
}

}   // namespace

std::int32_t SessionCounts::capacity(std::size_t a_second, const RateLimits& rate) {
    if (a_second == 0) return most;
    const double tokens = static_cast<double>(a_second) * static_cast<double>(rate.burst.count()) / 1e3;
    return static_cast<std::int32_t>(std::clamp(tokens, 1.0, static_cast<double>(most)));
}

// An eighth: so much less than a burst may be there for a client that has sent little.
std::int32_t SessionCounts::part(std::size_t a_second, const RateLimits& rate) {
    constexpr std::int32_t parts = 8;
    return a_second == 0 ? most : std::max(capacity(a_second, rate) / parts, 1);
}

// When in this time its part was used is not known; it is taken to be just now. For a bucket that is full before, what
// was earned in this time does not count then: however long a client was idle, a burst is all that it can send at once.
void SessionCounts::fill(std::int32_t& left, Given& given, std::size_t a_second, const RateLimits& rate,
                         microseconds now) {
    if (a_second == 0) {
        given.tokens += static_cast<std::uint64_t>(std::int64_t{most} - left);
        left = most;
        return;
    }
    const std::int64_t room = std::int64_t{capacity(a_second, rate)} - given.part - given.saved;
    const double elapsed = static_cast<double>((now - given.at).count());
    const double earned = std::floor(static_cast<double>(a_second) * elapsed / second);
    const bool full = earned >= static_cast<double>(room);
    const auto more = full ? room : static_cast<std::int64_t>(earned);
    // What is left of a token stays in the time: `at` moves on by what the tokens earned took.
    given.at = full ? now
                    : given.at + microseconds{static_cast<std::int64_t>(static_cast<double>(more) * second /
                                                                        static_cast<double>(a_second))};
    const std::int64_t all = given.saved + more + left;
    given.part = static_cast<std::int32_t>(std::min<std::int64_t>(all, part(a_second, rate)));
    given.saved = all - given.part;
    given.tokens += static_cast<std::uint64_t>(std::int64_t{given.part} - left);
    left = given.part;
}

SessionCounts::Given SessionCounts::first_part(std::size_t a_second, const RateLimits& rate) {
    Given given;
    given.part = part(a_second, rate);
    given.saved = std::int64_t{capacity(a_second, rate)} - given.part;
    given.tokens = static_cast<std::uint64_t>(given.part);
    return given;
}

SessionCounts::More& SessionCounts::more() {
    if (!more_) more_ = std::make_unique<More>();
    return *more_;
}

void SessionCounts::carry(std::uint64_t messages, std::uint64_t bytes) {
    more().messages_to_client += messages;
    more().bytes_from_server += bytes;
}

microseconds SessionCounts::refill(const RateLimits& rate, microseconds now) {
    More& m = more();
    if (!m.is_filled) {
        m.is_filled = true;
        m.messages = first_part(rate.messages, rate);
        m.bytes = first_part(rate.bytes, rate);
    }
    fill(messages_, m.messages, rate.messages, rate, now);
    fill(bytes_, m.bytes, rate.bytes, rate, now);
    return std::max(time_for(messages_, rate.messages), time_for(bytes_, rate.bytes));
}

TrafficSum SessionCounts::traffic(const RateLimits& rate) const {
    const bool filled = more_ && more_->is_filled;
    const auto taken = [&](const Given& given, std::size_t a_second, std::int32_t left) {
        const std::int64_t all = filled ? static_cast<std::int64_t>(given.tokens) : std::int64_t{part(a_second, rate)};
        return static_cast<std::uint64_t>(all - left);
    };
    const More none;
    const More& m = more_ ? *more_ : none;
    constexpr unsigned low = 32;
    return {taken(m.messages, rate.messages, messages_), (m.messages_to_client << low) + messages_to_client_,
            taken(m.bytes, rate.bytes, bytes_), (m.bytes_from_server << low) + bytes_from_server_};
}

}   // namespace wsxmpp
