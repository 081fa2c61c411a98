// Limits before the upgrade, through real sockets.
#include "listener_support.hpp"
#include "transports/admission.hpp"

using namespace test;
using wsxmpp::Admission;
using wsxmpp::AdmissionLimits;
using wsxmpp::TrustedProxy;

namespace {

wsxmpp::WebSocketListenerOptions limited(const AdmissionLimits& limits) {
    auto options = local_options();
    options.admission = std::make_shared<Admission>(limits);
    // The address of the one who connects is loopback, which is not limited; that of the client is.
    options.trusted_proxies = {{asio::ip::make_address("127.0.0.1"), 32, false, {}}};
    return options;
}

// Without a proxy.
wsxmpp::WebSocketListenerOptions directly(const AdmissionLimits& limits) {
    auto options = limited(limits);
    options.trusted_proxies.clear();
    return options;
}

// The listener closed the connection, and not only its half of it: what is sent is answered with RST.
bool is_reset(Peer& peer) {
    std::error_code ec;
    for (int i = 0; i < 2 && !ec; ++i) asio::write(peer.socket, asio::buffer("x", 1), ec);
    return static_cast<bool>(ec);
}

std::string from(const std::string& client) { return request("X-Forwarded-For: " + client + "\r\n"); }

bool accepted(const std::string& answer) { return answer.find("HTTP/1.1 101 ") == 0; }

bool refused(const std::string& answer, const std::string& status, const std::string& text) {
    INFO(answer);
    CHECK(answer.find("HTTP/1.1 " + status + " ") == 0);
    CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);
    CHECK(answer.find(text) != std::string::npos);
    return answer.find("HTTP/1.1 " + status + " ") == 0;
}

}   // namespace

TEST_CASE("with as many sessions as there may be, the next hears 503, until one has ended") {
    AdmissionLimits limits;
    limits.max_sessions = 2;
    ListenerFixture f{limited(limits)};
    CHECK(accepted(f.answer_to(request())));
    CHECK(accepted(f.answer_to(request())));
    CHECK(refused(f.answer_to(request()), "503", "as many sessions as it may have"));
    CHECK(f.counters().over_max_sessions.value() == 1);
    CHECK(f.counters().answers.of(503).value() == 1);
    CHECK(f.counters().answers.of(101).value() == 2);
    CHECK(f.listener.admission()->sessions() == 2);

    f.accepts[0]->abort();
    f.accepts.erase(f.accepts.begin());
    CHECK(f.listener.admission()->sessions() == 1);
    CHECK(accepted(f.answer_to(request())));
}

TEST_CASE("pages are shown when there may be no more sessions") {
    AdmissionLimits limits;
    limits.max_sessions = 1;
    ListenerFixture f{limited(limits)};
    CHECK(accepted(f.answer_to(request())));
    CHECK(f.answer_to("GET / HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1 200 ") == 0);
}

TEST_CASE("with as many sessions as one address may have, its next hears 429, and others do not") {
    AdmissionLimits limits;
    limits.max_sessions_per_address = 1;
    ListenerFixture f{limited(limits)};
    CHECK(accepted(f.answer_to(from("203.0.113.7"))));
    CHECK(refused(f.answer_to(from("203.0.113.7")), "429", "from your address"));
    CHECK(accepted(f.answer_to(from("203.0.113.8"))));
    CHECK(accepted(f.answer_to(from("2001:db8::1"))));
    CHECK(refused(f.answer_to(from("2001:db8::2")), "429", "from your address"));
    CHECK(f.counters().over_max_sessions_per_address.value() == 2);
    f.accepts[0]->abort();
    f.accepts.erase(f.accepts.begin());
    CHECK(accepted(f.answer_to(from("203.0.113.7"))));
}

TEST_CASE("the proxy's own connections are not limited by address") {
    auto limits = one_a_second();
    limits.max_sessions_per_address = 1;
    ListenerFixture f{limited(limits)};
    for (int i = 0; i < 3; ++i) CHECK(accepted(f.answer_to(request())));
}

TEST_CASE("an address that connects too fast hears 429") {
    AdmissionLimits limits;
    limits.connection_rate = 1;
    limits.connection_burst = 1;
    ListenerFixture f{limited(limits)};
    CHECK(accepted(f.answer_to(from("203.0.113.7"))));
    CHECK(f.answer_to("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n").find("HTTP/1.1 200 ") == 0);
    CHECK(refused(f.answer_to(from("203.0.113.7")), "429", "at once"));
    CHECK(accepted(f.answer_to(from("203.0.113.8"))));
    CHECK(f.counters().over_connection_rate.value() == 1);
}

TEST_CASE("whose address is known as it connects is answered before it has said anything") {
    ListenerFixture f{directly(one_a_second())};
    CHECK(accepted(f.answer_to(request())));
    Peer silent{f.io, f.listener.endpoints()[0]};
    CHECK(refused(silent.take_all(), "429", "at once"));
}

TEST_CASE("with as many handshakes as there may be, the one that has taken longest makes room for the next") {
    AdmissionLimits limits;
    limits.max_handshakes = 2;
    ListenerFixture f{directly(limits)};
    Peer first{f.io, f.listener.endpoints()[0]};
    first.send("GET / HT");
    run_until(f.io, [&] { return f.counters().accepted.value() == 1; });
    Peer second{f.io, f.listener.endpoints()[0]};
    run_until(f.io, [&] { return f.counters().accepted.value() == 2; });
    CHECK(f.counters().handshakes.value() == 2);
    CHECK(accepted(f.answer_to(request())));
    CHECK(refused(first.take_all(), "503", "busy"));
    CHECK(f.counters().over_max_handshakes.value() == 1);
    CHECK(f.counters().handshakes.value() == 1);
    CHECK(f.listener.admission()->handshakes() == 1);
    second.send(request());
    CHECK(accepted(second.take_through("\r\n\r\n")));
    CHECK(f.listener.admission()->handshakes() == 0);
}

TEST_CASE("many silent connections do not shut out one that speaks") {
    AdmissionLimits limits;
    limits.max_handshakes = 4;
    ListenerFixture f{directly(limits)};
    std::vector<std::unique_ptr<Peer>> silent;
    for (int i = 0; i < 20; ++i) {
        silent.push_back(std::make_unique<Peer>(f.io, f.listener.endpoints()[0]));
        if (i % 5 == 0) CHECK(accepted(f.answer_to(request())));
    }
    CHECK(accepted(f.answer_to(request())));
    CHECK(f.listener.admission()->handshakes() <= 4);
}

TEST_CASE("a listener without handshakes of its own, when those of others are as many as may be, says 503") {
    AdmissionLimits limits;
    limits.max_handshakes = 1;
    auto options = directly(limits);
    ListenerFixture busy{options};
    Peer silent{busy.io, busy.listener.endpoints()[0]};
    run_until(busy.io, [&] { return busy.counters().accepted.value() == 1; });
    ListenerFixture f{options};
    CHECK(refused(f.answer_to(request()), "503", "busy"));
    CHECK(f.counters().over_max_handshakes.value() == 1);
    CHECK(f.counters().handshakes.value() == 0);
    CHECK(options.admission->handshakes() == 1);
}

TEST_CASE("a refused connection is no handshake any more, however long it stays") {
    ListenerFixture f{directly(one_a_second())};
    CHECK(accepted(f.answer_to(request())));
    Peer fast{f.io, f.listener.endpoints()[0]};
    CHECK(refused(fast.take_all(), "429", "at once"));
    CHECK(f.listener.admission()->handshakes() == 0);
    CHECK(f.counters().handshakes.value() == 0);
}

TEST_CASE("who connects too fast ends no handshake of another") {
    auto limits = one_a_second();
    limits.max_handshakes = 1;
    ListenerFixture f{directly(limits)};
    Peer first{f.io, f.listener.endpoints()[0]};
    run_until(f.io, [&] { return f.counters().accepted.value() == 1; });
    Peer fast{f.io, f.listener.endpoints()[0]};
    CHECK(refused(fast.take_all(), "429", "at once"));
    first.send(request());
    CHECK(accepted(first.take_through("\r\n\r\n")));
}

TEST_CASE("refused connections that stay open are closed when there are too many of them") {
    AdmissionLimits limits;
    limits.max_handshakes = 2;
    auto options = directly(limits);
    options.close_timeout = 1h;
    ListenerFixture f{options};
    std::vector<std::unique_ptr<Peer>> refusals;
    for (int i = 0; i < 3; ++i) {
        refusals.push_back(std::make_unique<Peer>(f.io, f.listener.endpoints()[0]));
        refusals.back()->send("0");
        CHECK(refusals.back()->take_all().find("HTTP/1.1 400 ") == 0);
    }
    CHECK(is_reset(*refusals[0]));
    CHECK_FALSE(is_reset(*refusals[1]));
    CHECK_FALSE(is_reset(*refusals[2]));
}

TEST_CASE("handshakes of a trusted proxy that speaks HTTP are not limited, those behind PROXY headers are") {
    AdmissionLimits limits;
    limits.max_handshakes = 1;
    auto options = limited(limits);
    {
        ListenerFixture f{options};
        std::vector<std::unique_ptr<Peer>> clients;
        for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<Peer>(f.io, f.listener.endpoints()[0]));
        run_until(f.io, [&] { return f.counters().accepted.value() == 3; });
        for (const auto& client : clients) {
            client->send(request());
            CHECK(accepted(client->take_through("\r\n\r\n")));
        }
        CHECK(f.counters().over_max_handshakes.value() == 0);
    }
    options.trusted_proxies[0].tells = TrustedProxy::Tells::proxy_protocol;
    ListenerFixture f{options};
    Peer first{f.io, f.listener.endpoints()[0]};
    first.send("PROXY TCP4 203.0.113.7 192.0.2.80 4711 443\r\n");
    run_until(f.io, [&] { return options.admission->handshakes() == 1; });
    Peer second{f.io, f.listener.endpoints()[0]};
    second.send("PROXY TCP4 203.0.113.8 192.0.2.80 4711 443\r\n" + request());
    CHECK(accepted(second.take_through("\r\n\r\n")));
    CHECK(refused(first.take_all(), "503", "busy"));
}

TEST_CASE("a limit that is hit is logged at debug for each connection") {
    AdmissionLimits limits;
    limits.max_sessions_per_address = 1;
    ListenerFixture f{limited(limits)};
    for (int i = 0; i < 3; ++i) f.answer_to(from("203.0.113.7"));
    const auto lines = f.logged.with("WebSocket handshake refused");
    REQUIRE(lines.size() == 2);
    const std::string debug = std::to_string(static_cast<int>(wsxmpp::LogLevel::debug));
    for (const auto& line : lines) CHECK(line.substr(0, debug.size() + 1) == debug + " ");
}

TEST_CASE("listeners that share their endpoints are counted together") {
    AdmissionLimits limits;
    limits.max_sessions = 3;
    ListenerFixture f{limited(limits)};
    wsxmpp::WebSocketListener second{f.io, f.listener};
    std::vector<std::shared_ptr<wsxmpp::Connection>> others;
    second.start([&](std::shared_ptr<wsxmpp::Connection> connection) { others.push_back(std::move(connection)); });
    CHECK(second.admission() == f.listener.admission());
    std::vector<std::unique_ptr<Peer>> clients;
    int refusals = 0;
    for (int i = 0; i < 8; ++i) {
        auto& client = clients.emplace_back(std::make_unique<Peer>(f.io, f.listener.endpoints()[0]));
        client->send(request());
        refusals += client->take_through("\r\n\r\n").find("HTTP/1.1 503 ") == 0 ? 1 : 0;
    }
    CHECK(refusals == 5);
    CHECK(f.accepts.size() + others.size() == 3);
    others.clear();
    f.accepts.clear();
    CHECK(f.listener.admission()->sessions() == 0);
}

TEST_CASE("a limit that is hit again and again is logged once, with the client's address") {
    AdmissionLimits limits;
    limits.max_sessions_per_address = 1;
    ListenerFixture f{limited(limits)};
    for (int i = 0; i < 4; ++i) f.answer_to(from("203.0.113.7"));
    const auto lines = f.logged.with("over a limit");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0] == "3 connections refused: over a limit limit=max-sessions-per-address peer=203.0.113.7 times=1");
    CHECK(f.counters().over_max_sessions_per_address.value() == 3);
}

TEST_CASE("a session that was never started, and one that an io_context takes along, make room") {
    AdmissionLimits limits;
    limits.max_sessions = 5;
    const auto options = directly(limits);
    {
        ListenerFixture f{options};
        f.answer_to(request());
        f.answer_to(request());
        f.accepts[0]->start(std::make_shared<Recorder>(), 1'000);
        CHECK(options.admission->sessions() == 2);
        Peer waiting{f.io, f.listener.endpoints()[0]};
        f.settle();
        CHECK(options.admission->handshakes() == 1);
    }
    CHECK(options.admission->sessions() == 0);
    CHECK(options.admission->handshakes() == 0);
}
