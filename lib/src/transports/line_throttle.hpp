// Lines of the log that anybody causes as often as he likes: so many a second are written in the long run, and the
// others counted, so that no scanner fills the disk. What people do, and their monitoring, is all there. Threads share
// one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace wsxmpp::transports {

class LineThrottle {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t a_second = 10;
    static constexpr std::size_t at_once = 100;
    static constexpr std::chrono::seconds until_told{1};

    // Asked for each line. Who hears first_left_out is to tell how many there were, after `until_told`.
    enum class Verdict : std::uint8_t { write, first_left_out, left_out };
    Verdict ask(Clock::time_point now = Clock::now());

    // How many were left out since the last call.
    std::uint64_t take_left_out();

private:
    std::mutex mutex_;
    Clock::time_point full_at_{};   // when `at_once` may be written again (GCRA)
    std::uint64_t left_out_ = 0;
};

}   // namespace wsxmpp::transports
