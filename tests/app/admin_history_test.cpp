#include "admin/history.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using wsxmpp::app::AdminHistory;
using wsxmpp::app::AdminSample;
using wsxmpp::app::Durations;
using wsxmpp::app::quantile_ms;

namespace {

constexpr std::chrono::steady_clock::time_point start{};
constexpr std::chrono::system_clock::time_point date{1'000'000s};

Durations durations(std::vector<std::uint64_t> counts) { return {{0.1, 0.2, 1.0}, std::move(counts)}; }

}   // namespace

TEST_CASE("a quantile lies on a line through its bucket") {
    const auto none = durations({0, 0, 0, 0});
    CHECK(quantile_ms(none, durations({0, 10, 0, 0}), 0.5) == Approx(150));
    CHECK(quantile_ms(none, durations({5, 5, 0, 0}), 0.5) == Approx(100));
    CHECK(quantile_ms(none, durations({10, 0, 0, 0}), 0.95) == Approx(95));
    CHECK(quantile_ms(none, durations({1, 0, 1, 0}), 0.75) == Approx(600));
}

TEST_CASE("a quantile beyond all bounds is the last bound") {
    CHECK(quantile_ms(durations({0, 0, 0, 0}), durations({0, 0, 0, 3}), 0.5) == Approx(1000));
}

TEST_CASE("a quantile is of what was added alone, and of nothing there is none") {
    CHECK(quantile_ms(durations({90, 0, 0, 0}), durations({90, 10, 0, 0}), 0.5) == Approx(150));
    CHECK_FALSE(quantile_ms(durations({90, 0, 0, 0}), durations({90, 0, 0, 0}), 0.5));
    CHECK_FALSE(quantile_ms({}, {}, 0.5));
}

TEST_CASE("a second of the history has what grew, by the time that has passed") {
    AdminHistory history;
    AdminSample sample;
    sample.messages_from_clients = 100;
    history.add(sample, start, date);
    CHECK(history.seconds().empty());
    sample.sessions = 7;
    sample.messages_from_clients = 130;
    sample.bytes_from_servers = 3'000;
    sample.accepted = 3;
    history.add(sample, start + 2s, date + 2s);
    REQUIRE(history.seconds().size() == 1);
    const auto& second = history.seconds().front();
    CHECK(second.number == 1);
    CHECK(second.time == 1'000'002);
    CHECK(second.sessions == 7);
    CHECK(second.messages_from_clients == Approx(15));
    CHECK(second.bytes_from_servers == Approx(1'500));
    CHECK(second.accepted == Approx(1.5));
    CHECK(second.messages_from_servers == 0);
    CHECK_FALSE(second.connect_ms);
}

TEST_CASE("ten minutes are kept, numbered on") {
    AdminHistory history;
    for (std::size_t i = 0; i <= AdminHistory::capacity + 5; ++i)
        history.add({}, start + std::chrono::seconds(i), date + std::chrono::seconds(i));
    CHECK(history.seconds().size() == AdminHistory::capacity);
    CHECK(history.seconds().front().number == 6);
    CHECK(history.seconds().back().number == AdminHistory::capacity + 5);
}

TEST_CASE("times are those of the last ten seconds") {
    AdminHistory history;
    AdminSample sample;
    sample.connect = durations({0, 0, 0, 0});
    history.add(sample, start, date);
    sample.connect = durations({0, 1, 0, 0});
    for (int i = 1; i <= 12; ++i) history.add(sample, start + std::chrono::seconds(i), date + std::chrono::seconds(i));
    const auto& seconds = history.seconds();
    CHECK(seconds[0].connect_ms == Approx(150));
    CHECK(seconds[0].connect_ms_95 == Approx(195));
    CHECK(seconds[9].connect_ms == Approx(150));   // compared with the first sample, ten seconds before
    CHECK_FALSE(seconds[10].connect_ms);
}

TEST_CASE("a sample of the same moment makes no second") {
    AdminHistory history;
    history.add({}, start, date);
    history.add({}, start, date);
    CHECK(history.seconds().empty());
}
