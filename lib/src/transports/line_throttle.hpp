// Lines of the log that anybody causes as often as he likes: those of a second are written up to a number, the others
// counted, so that no scanner fills the disk. Threads share one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace wsxmpp::transports {

class LineThrottle {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t most = 10;
    static constexpr std::chrono::seconds window{1};   // from the first of them

    // Asked for each line. Who hears first_left_out is to tell of left_out() when a window has passed.
    enum class Verdict : std::uint8_t { write, first_left_out, left_out };
    Verdict ask(Clock::time_point now = Clock::now());

    // How many were left out since it was asked last.
    std::uint64_t take_left_out();

private:
    std::mutex mutex_;
    Clock::time_point ends_{};
    std::size_t written_ = 0;
    std::uint64_t left_out_ = 0;
};

}   // namespace wsxmpp::transports
