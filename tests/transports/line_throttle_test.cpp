// Lines that anybody can cause: of so many a second it is told how many there were.
#include "transports/line_throttle.hpp"

#include "listener_support.hpp"

using namespace test;
using wsxmpp::transports::LineThrottle;
using Verdict = LineThrottle::Verdict;

namespace {

const LineThrottle::Clock::time_point start{1h};

void fill(LineThrottle& throttle, LineThrottle::Clock::time_point now, std::size_t lines) {
    for (std::size_t i = 0; i < lines; ++i) REQUIRE(throttle.ask(now) == Verdict::write);
}

}   // namespace

TEST_CASE("so many lines are written at once, and the others counted") {
    LineThrottle throttle;
    fill(throttle, start, LineThrottle::at_once);
    CHECK(throttle.ask(start) == Verdict::first_left_out);
    CHECK(throttle.ask(start) == Verdict::left_out);
    CHECK(throttle.ask(start + 99ms) == Verdict::left_out);
    CHECK(throttle.take_left_out() == 3);
    CHECK(throttle.take_left_out() == 0);
}

TEST_CASE("in the long run so many lines are written a second") {
    LineThrottle throttle;
    fill(throttle, start, LineThrottle::at_once);
    for (int second = 1; second <= 60; ++second) {
        fill(throttle, start + second * 1s, LineThrottle::a_second);
        CHECK(throttle.ask(start + second * 1s) == Verdict::first_left_out);
        CHECK(throttle.take_left_out() == 1);
    }
}

TEST_CASE("after a pause as many lines as ever are written at once") {
    LineThrottle throttle;
    fill(throttle, start, LineThrottle::at_once);
    fill(throttle, start + 1h, LineThrottle::at_once);
    CHECK(throttle.ask(start + 1h) == Verdict::first_left_out);
}

TEST_CASE("as long as nobody has told of lines that were left out, no other is the first") {
    LineThrottle throttle;
    fill(throttle, start, LineThrottle::at_once);
    throttle.ask(start);
    fill(throttle, start + 1s, LineThrottle::a_second);
    CHECK(throttle.ask(start + 1s) == Verdict::left_out);
    CHECK(throttle.take_left_out() == 2);
    CHECK(throttle.ask(start + 1s) == Verdict::first_left_out);
}

namespace {

const std::string info = std::to_string(static_cast<int>(wsxmpp::LogLevel::info)) + ' ';
const std::string debug = std::to_string(static_cast<int>(wsxmpp::LogLevel::debug)) + ' ';

// Requests that are refused, until one of them is no line for who does not debug.
int scan(ListenerFixture& f, const Logged& logged) {
    int sent = 0;
    while (!logged.has(debug + "WebSocket handshake refused")) {
        REQUIRE(++sent < 1'000);
        f.answer_to("0");
    }
    return sent;
}

}   // namespace

TEST_CASE("refusals beyond what is written are lines at debug, and one at info says how many there were") {
    Logged logged;
    auto options = local_options();
    options.log = logged.log();
    ListenerFixture f{options};
    CHECK(scan(f, logged) > static_cast<int>(LineThrottle::at_once));
    CHECK(logged.has(info + "WebSocket handshake refused"));
    run_until(f.io, [&] { return logged.has("more connections"); });
    CHECK(logged.has(info + "more connections were refused or failed in the last second times="));
}

TEST_CASE("a listener that stops says how many refusals were not told of") {
    Logged logged;
    auto options = local_options();
    options.log = logged.log();
    ListenerFixture f{options};
    scan(f, logged);
    f.listener.stop();
    CHECK(logged.has("more connections were refused or failed in the last second times=1"));
}

TEST_CASE("listeners that share their endpoints have their lines together") {
    Logged logged;
    auto options = local_options();
    options.log = logged.log();
    ListenerFixture f{options};
    wsxmpp::WebSocketListener second{f.io, f.listener};
    second.start([](const std::shared_ptr<wsxmpp::Connection>&) {});
    scan(f, logged);
    second.stop();
    CHECK(logged.has("more connections were refused or failed in the last second times=1"));
}
