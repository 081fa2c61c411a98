// The counters themselves, and what threads see of them.
#include "wsxmpp/metrics.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "bridge/session_context.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;

TEST_CASE("a value is in the first bucket whose bound it does not exceed") {
    WaitHistogram h;
    for (const std::uint64_t value : {0U, 1'000U, 1'001U, 10'000'000U, 10'000'001U}) h.add(value);
    CHECK(h.count(0) == 2);
    CHECK(h.count(1) == 1);
    CHECK(h.count(WaitHistogram::buckets - 2) == 1);
    CHECK(h.count(WaitHistogram::buckets - 1) == 1);
    CHECK(h.sum() == 20'002'002);
}

TEST_CASE("sizes counted by their highest bit are in the buckets where Histogram::add puts them") {
    SizeCounts counts;
    SizeHistogram expected;
    SizeHistogram h;
    for (std::size_t bound = 1; bound <= (1U << 20U); bound *= 2) {
        for (const std::size_t size : {bound, bound + 1, bound + bound / 2}) {
            counts.add(size);
            expected.add(size);
        }
    }
    counts.publish(h);
    for (std::size_t i = 0; i < SizeHistogram::buckets; ++i) {
        INFO(i);
        CHECK(h.count(i) == expected.count(i));
    }
    CHECK(h.sum() == expected.sum());
}

TEST_CASE("the first hundred names have a group each, all later ones share one") {
    SessionGroups groups;
    CHECK(groups.size() == 0);
    for (int i = 0; i < 100; ++i) CHECK(groups.find_or_add("d" + std::to_string(i)) == i);
    CHECK(groups.size() == 100);
    CHECK(groups.find_or_add("d7") == 7);
    CHECK(groups.find_or_add("x") == 100);
    CHECK(groups.find_or_add("y") == 100);
    REQUIRE(groups.size() == 101);
    CHECK(groups[100].name == "other");
    CHECK(groups.find_or_add("d99") == 99);
}

TEST_CASE("every error code has a counter of its own, those of the system share one") {
    static_assert(static_cast<std::size_t>(errc::closed_by_operator) < Metrics::error_codes, "the last one");
    Metrics metrics;
    metrics.count_error(errc::closed_by_operator);
    metrics.count_error(std::make_error_code(std::errc::connection_reset));
    CHECK(metrics.errors[static_cast<std::size_t>(errc::closed_by_operator)].value() == 1);
    CHECK(metrics.errors[0].value() == 1);
}

TEST_CASE("the names of states and limits are all there, and no two are the same") {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < session_states; ++i) names.push_back(to_string(static_cast<SessionState>(i)));
    for (std::size_t i = 0; i < session_limits; ++i) names.push_back(to_string(static_cast<Limit>(i)));
    std::sort(names.begin(), names.end());
    CHECK(!names.front().empty());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("one thread writes, another reads at any time") {
    constexpr int rounds = 20'000;
    Metrics metrics;
    std::thread writer{[&] {
        for (int i = 1; i <= rounds; ++i) {
            metrics.sessions_accepted.add();
            metrics.connect.add(static_cast<std::uint64_t>(i));
            metrics.domains[metrics.domains.find_or_add("d" + std::to_string(i % 150))].sessions_total.add();
        }
    }};
    std::uint64_t last = 0;
    while (last < rounds) {
        const std::uint64_t now = metrics.sessions_accepted.value();
        if (now < last) FAIL("a counter fell");
        last = now;
        for (std::size_t i = 0; i < metrics.domains.size(); ++i)
            if (metrics.domains[i].name.empty()) FAIL("a group without a name");
    }
    writer.join();
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < metrics.domains.size(); ++i) all += metrics.domains[i].sessions_total.value();
    CHECK(all == rounds);
}
