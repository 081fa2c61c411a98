// Lines that anybody can cause are written up to a number a second.
#include "transports/line_throttle.hpp"

#include "listener_support.hpp"

using namespace test;
using wsxmpp::transports::LineThrottle;
using Verdict = LineThrottle::Verdict;

namespace {

const LineThrottle::Clock::time_point start{1h};

void fill(LineThrottle& throttle, LineThrottle::Clock::time_point now) {
    for (std::size_t i = 0; i < LineThrottle::most; ++i) REQUIRE(throttle.ask(now) == Verdict::write);
}

}   // namespace

TEST_CASE("of the lines of a second so many are written, and the others counted") {
    LineThrottle throttle;
    fill(throttle, start);
    CHECK(throttle.ask(start) == Verdict::first_left_out);
    CHECK(throttle.ask(start + 500ms) == Verdict::left_out);
    CHECK(throttle.ask(start + 999ms) == Verdict::left_out);
    CHECK(throttle.take_left_out() == 3);
    CHECK(throttle.take_left_out() == 0);
}

TEST_CASE("the next second has lines of its own, and its first that is left out is told of, too") {
    LineThrottle throttle;
    fill(throttle, start);
    throttle.ask(start);
    fill(throttle, start + 1s);
    CHECK(throttle.ask(start + 1s) == Verdict::left_out);   // nobody has told of the one before
    CHECK(throttle.take_left_out() == 2);
    CHECK(throttle.ask(start + 1999ms) == Verdict::first_left_out);
    CHECK(throttle.ask(start + 2s) == Verdict::write);
}

TEST_CASE("lines that are far apart are all written") {
    LineThrottle throttle;
    for (int i = 0; i < 100; ++i) CHECK(throttle.ask(start + i * 100ms) == Verdict::write);
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

TEST_CASE("refusals beyond those of a second are lines at debug, and one at info says how many there were") {
    Logged logged;
    auto options = local_options();
    options.log = logged.log();
    ListenerFixture f{options};
    CHECK(scan(f, logged) > static_cast<int>(LineThrottle::most));
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

TEST_CASE("listeners that share their endpoints have the lines of a second together") {
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
