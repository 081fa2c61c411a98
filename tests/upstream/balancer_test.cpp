// In which order targets are tried.
#include "upstream/balancer.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using wsxmpp::Balance;
using wsxmpp::upstream::Balancer;
using Order = std::vector<std::size_t>;

namespace {
constexpr Balancer::Clock::time_point now{1h};
}

TEST_CASE("in order: always the same, and one that failed comes last until it is tried again") {
    Balancer balancer{Balance::in_order, 3, 10s};
    CHECK(balancer.order(now) == Order{0, 1, 2});
    CHECK(balancer.order(now) == Order{0, 1, 2});
    balancer.failed(0, now);
    CHECK(balancer.order(now) == Order{1, 2, 0});
    CHECK(balancer.order(now + 9'999ms) == Order{1, 2, 0});
    CHECK(balancer.order(now + 10s) == Order{0, 1, 2});
}

TEST_CASE("one that works again is as good as the others at once") {
    Balancer balancer{Balance::in_order, 2, 10s};
    balancer.failed(0, now);
    balancer.worked(0);
    CHECK(balancer.order(now) == Order{0, 1});
}

TEST_CASE("when all are down, all are tried") {
    Balancer balancer{Balance::in_order, 2, 10s};
    balancer.failed(0, now);
    balancer.failed(1, now);
    CHECK(balancer.order(now) == Order{0, 1});
}

TEST_CASE("round robin: each is the first in turn") {
    Balancer balancer{Balance::round_robin, 3, 10s};
    CHECK(balancer.order(now) == Order{0, 1, 2});
    CHECK(balancer.order(now) == Order{1, 2, 0});
    balancer.failed(2, now);
    CHECK(balancer.order(now) == Order{0, 1, 2});
    CHECK(balancer.order(now) == Order{0, 1, 2});
}

TEST_CASE("least connections: the one with the fewest first, for as long as they live") {
    Balancer balancer{Balance::least_connections, 3, 10s};
    auto first = balancer.count(0);
    const auto other = balancer.count(0);
    const auto second = balancer.count(1);
    CHECK(first);   // whoever holds it asks
    CHECK(balancer.order(now).front() == 2);
    const auto third = balancer.count(2);
    const auto fourth = balancer.count(2);
    CHECK(balancer.order(now).front() == 1);
    const auto fifth = balancer.count(1);
    first.reset();
    CHECK(balancer.order(now).front() == 0);
}

TEST_CASE("a count may outlive its balancer") {
    std::shared_ptr<void> token;
    {
        Balancer balancer{Balance::least_connections, 1, 10s};
        token = balancer.count(0);
    }
    token.reset();
    CHECK_FALSE(token);
}

TEST_CASE("nobody counts where it does not matter") {
    Balancer balancer{Balance::round_robin, 1, 10s};
    CHECK_FALSE(balancer.count(0));
}
