// The token buckets of a client, and what is counted by them. The time is what the test says.
#include "bridge/session_counts.hpp"

#include <catch2/catch.hpp>

using namespace wsxmpp;
using namespace std::chrono_literals;

namespace {

constexpr RateLimits rate(std::size_t messages, std::size_t bytes, std::chrono::milliseconds burst = 1s) {
    return {messages, bytes, burst};
}

void take(SessionCounts& counts, int messages, std::size_t bytes) {
    for (int i = 0; i < messages; ++i) counts.take(bytes);
}

// How many messages pass at `now`, one after the other, before the client has to wait.
int burst(SessionCounts& counts, const RateLimits& limits, std::chrono::microseconds now) {
    for (int passed = 0;; ++passed) {
        counts.take(1);
        if (counts.used_up() && counts.refill(limits, now) > 0s) return passed;
    }
}

}   // namespace

TEST_CASE("a burst may come at once, and one message more has to wait for its time") {
    constexpr auto limits = rate(10, 0);
    SessionCounts counts{limits};
    CHECK(burst(counts, limits, 0s) == 10);
    REQUIRE(counts.used_up());
    CHECK(counts.lacks_messages());
    CHECK(counts.refill(limits, 0s) == 100ms);
    CHECK(counts.refill(limits, 99ms) > 0s);
    CHECK(counts.refill(limits, 100ms) == 0s);
    CHECK(!counts.used_up());
}

TEST_CASE("no more than a burst passes at once, however long the client was idle before") {
    constexpr auto limits = rate(10, 0, 3s);
    const auto idle = GENERATE(0s, 1s, 4s, 3'600s);
    SessionCounts counts{limits};
    CHECK(burst(counts, limits, idle) == 30);
}

TEST_CASE("what is sent after a login within the burst is of the same burst") {
    constexpr auto limits = rate(1'000, 0, 10s);
    SessionCounts counts{limits};
    take(counts, 12, 1);
    REQUIRE(!counts.used_up());
    CHECK(burst(counts, limits, 1h) == 10'000 - 12);
}

TEST_CASE("a client that keeps to its rate never waits") {
    constexpr auto limits = rate(10, 0, 1s);
    SessionCounts counts{limits};
    for (auto now = 0ms; now < 100s; now += 100ms) {
        counts.take(1);
        if (counts.used_up()) REQUIRE(counts.refill(limits, now) == 0s);
    }
}

TEST_CASE("nor does one that sends most of a burst at once, and then rests") {
    constexpr auto limits = rate(80, 0, 1s);
    SessionCounts counts{limits};
    for (auto now = 0s; now < 100s; now += 1s) {
        for (int i = 0; i < 70; ++i) {
            counts.take(1);
            if (counts.used_up()) REQUIRE(counts.refill(limits, now) == 0s);
        }
    }
}

TEST_CASE("what is owed of bytes is waited for as a whole") {
    constexpr auto limits = rate(0, 1'000);
    SessionCounts counts{limits};
    take(counts, 1, 3'500);
    REQUIRE(counts.used_up());
    CHECK(!counts.lacks_messages());
    CHECK(counts.refill(limits, 0s) == 2'500ms);
    CHECK(counts.refill(limits, 2'500ms) == 0s);
}

TEST_CASE("of both buckets the longer wait counts") {
    constexpr auto limits = rate(10, 1'000);
    SessionCounts counts{limits};
    take(counts, 12, 300);
    CHECK(counts.refill(limits, 0s) == 2'600ms);
}

TEST_CASE("no more than a burst is saved up") {
    constexpr auto limits = rate(10, 0);
    SessionCounts counts{limits};
    CHECK(burst(counts, limits, 0s) == 10);
    CHECK(counts.refill(limits, 1h) == 0s);
    CHECK(burst(counts, limits, 1h) == 10);
    CHECK(counts.refill(limits, 1h) == 100ms);
}

TEST_CASE("parts of a token are not lost, however often the time is asked for") {
    constexpr auto limits = rate(3, 0);
    SessionCounts counts{limits};
    CHECK(burst(counts, limits, 0s) == 3);
    std::chrono::microseconds now{0};
    while (counts.refill(limits, now) > 0s) now += 1ms;
    CHECK(now == 334ms);   // a third of a second
    take(counts, 3, 1);
    while (counts.refill(limits, now) > 0s) now += 1ms;
    CHECK(now == 1'334ms);
}

TEST_CASE("a burst of less than a message is one") {
    constexpr auto limits = rate(1, 0, 1ms);
    SessionCounts counts{limits};
    take(counts, 1, 1);
    CHECK(!counts.used_up());
    take(counts, 1, 1);
    CHECK(counts.used_up());
}

TEST_CASE("without a rate nothing is ever waited for, and all is counted") {
    constexpr auto limits = rate(0, 0);
    SessionCounts counts{limits};
    constexpr std::size_t gib = 1U << 30U;
    for (int i = 0; i < 5; ++i) {
        take(counts, 1, gib);
        if (counts.used_up()) CHECK(counts.refill(limits, 0s) == 0s);
        CHECK(!counts.used_up());
    }
    CHECK(counts.traffic(limits).bytes_from_clients == 5 * gib);
    CHECK(counts.traffic(limits).messages_from_clients == 5);
}

TEST_CASE("what was taken is counted across refills") {
    constexpr auto limits = rate(10, 1'000);
    SessionCounts counts{limits};
    take(counts, 7, 11);
    CHECK(counts.traffic(limits).messages_from_clients == 7);
    take(counts, 8, 100);
    counts.refill(limits, 350ms);
    take(counts, 1, 1);
    CHECK(counts.traffic(limits).messages_from_clients == 16);
    CHECK(counts.traffic(limits).bytes_from_clients == 7 * 11 + 8 * 100 + 1);
}

TEST_CASE("numbers of what goes to the client do not wrap") {
    constexpr auto limits = rate(0, 0);
    SessionCounts counts{limits};
    constexpr std::size_t large = 0xFFFF'FFFF;
    counts.came_from_server(large);
    counts.came_from_server(large);
    counts.came_from_server(large);
    CHECK(counts.traffic(limits).bytes_from_servers == 3 * large);
    CHECK(!counts.sent_to_client());
    counts.carry(1);
    CHECK(counts.traffic(limits).messages_to_clients == 0x1'0000'0001);
}
