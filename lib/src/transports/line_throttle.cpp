#include "transports/line_throttle.hpp"

#include <algorithm>
#include <utility>

namespace wsxmpp::transports {

LineThrottle::Verdict LineThrottle::ask(Clock::time_point now) {
    constexpr Clock::duration interval = Clock::duration{std::chrono::seconds{1}} / a_second;
    const std::lock_guard lock{mutex_};
    const auto full_at = std::max(full_at_, now) + interval;
    if (full_at - now <= interval * at_once) {
        full_at_ = full_at;
        return Verdict::write;
    }
    return ++left_out_ == 1 ? Verdict::first_left_out : Verdict::left_out;
}

std::uint64_t LineThrottle::take_left_out() {
    const std::lock_guard lock{mutex_};
    return std::exchange(left_out_, 0);
}

}   // namespace wsxmpp::transports
