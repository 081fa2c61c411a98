#include "transports/line_throttle.hpp"

#include <utility>

namespace wsxmpp::transports {

LineThrottle::Verdict LineThrottle::ask(Clock::time_point now) {
    const std::lock_guard lock{mutex_};
    if (now >= ends_) {
        ends_ = now + window;
        written_ = 0;
    }
    if (written_ < most) {
        ++written_;
        return Verdict::write;
    }
    return ++left_out_ == 1 ? Verdict::first_left_out : Verdict::left_out;
}

std::uint64_t LineThrottle::take_left_out() {
    const std::lock_guard lock{mutex_};
    return std::exchange(left_out_, 0);
}

}   // namespace wsxmpp::transports
