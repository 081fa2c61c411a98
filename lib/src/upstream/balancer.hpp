// In which order the targets of a route are tried, with passive health: one that failed comes last for a while. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::upstream {

class Balancer {
public:
    using Clock = std::chrono::steady_clock;

    Balancer(Balance balance, std::size_t targets, std::chrono::milliseconds retry_down);

    // Each target once. Those that are down are not left out: they are what is left when no other works.
    std::vector<std::size_t> order(Clock::time_point now);

    void failed(std::size_t target, Clock::time_point now);
    void worked(std::size_t target);

    // Counts a connection for as long as the token lives. Empty when nobody counts.
    std::shared_ptr<void> count(std::size_t target);

private:
    struct Target {
        Clock::time_point down_until{};
        std::size_t connections = 0;
    };

    Balance balance_;
    std::chrono::milliseconds retry_down_;
    std::shared_ptr<std::vector<Target>> targets_;   // the tokens hold it
    std::size_t turn_ = 0;
};

}   // namespace wsxmpp::upstream
