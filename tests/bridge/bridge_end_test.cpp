// Bounded waits, drain and stop.
#include "bridge/harness.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using namespace std::chrono_literals;

TEST_CASE("a client that says nothing is told so, and closed") {
    BridgeOptions options;
    options.open_timeout = 1ms;
    Harness h{options};
    const auto client = h.connect();
    h.run_until([&] { return h.bridge->sessions() == 0; });
    REQUIRE(client->got.size() == 3);
    CHECK(client->got[1].find("<connection-timeout ") != std::string::npos);
    CHECK(client->got[1].find("within 0.001 s") != std::string::npos);
}

TEST_CASE("a server that does not answer the header is a remote-server-timeout") {
    BridgeOptions options;
    options.answer_timeout = 1ms;
    Harness h{options};
    const auto client = h.connect();
    client->send(Harness::open);
    h.run_until([&] { return h.bridge->sessions() == 0; });
    REQUIRE(client->got.size() == 3);
    CHECK(client->got[1].find("<remote-server-timeout ") != std::string::npos);
}

TEST_CASE("a server that does not answer the end of the stream is waited for no longer than the close timeout") {
    BridgeOptions options;
    options.close_timeout = 1ms;
    Harness h{options};
    const auto client = h.connect_and_open();
    client->send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    h.run_until([&] { return h.bridge->sessions() == 0; });
    CHECK(client->got.back() == "<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />");
}

TEST_CASE("a session that has logged in has no timer of the bridge left") {
    BridgeOptions options;
    options.open_timeout = options.answer_timeout = options.login_timeout = 1h;
    Harness h{options};
    const auto client = h.connect_and_log_in();
    h.io.restart();
    CHECK(h.io.run() == 0);   // returns at once: nothing is waited for
}

TEST_CASE("drain accepts no more, and is done when the sessions have ended by themselves") {
    Harness h;
    const auto client = h.connect_and_open();
    bool done = false;
    h.bridge->drain(1h, [&] { done = true; });
    h.run();
    CHECK(!done);
    CHECK(!h.listener->connect());
    client->send("<message xmlns='jabber:client'/>");   // the session goes on
    h.run();
    CHECK(h.server->text() == "<message xmlns='jabber:client'/>");
    client->connection->abort();
    h.run();
    CHECK(done);
}

TEST_CASE("drain ends the sessions that are left after its grace time") {
    Harness h;
    const auto client = h.connect_and_open();
    bool done = false;
    h.bridge->drain(1ms, [&] { done = true; });
    h.run_until([&] { return done; });
    CHECK(client->got[0].find("<system-shutdown ") != std::string::npos);
    CHECK(h.server->text().empty());   // no end tag: the session can be resumed
}

TEST_CASE("drain without sessions is done at once, but not from inside the call") {
    Harness h;
    bool done = false;
    h.bridge->drain(1h, [&] { done = true; });
    CHECK(!done);
    h.run();
    CHECK(done);
}

TEST_CASE("stop after drain ends the sessions now, and both are done") {
    Harness h;
    const auto client = h.connect_and_open();
    int done = 0;
    h.bridge->drain(1h, [&] { ++done; });
    h.bridge->stop([&] { ++done; });
    h.run();
    CHECK(done == 2);
    CHECK(client->got.size() == 2);
    CHECK(client->end == errc::peer_closed);
}

TEST_CASE("on_many_gone is called when three quarters of the sessions have gone, not from inside one of them") {
    std::size_t calls = 0;
    std::size_t left = 0;
    Harness* harness = nullptr;
    BridgeOptions options;
    options.on_many_gone = [&] {
        ++calls;
        left = harness->bridge->sessions();
    };
    Harness h{options};
    harness = &h;
    std::vector<std::shared_ptr<Peer>> clients;
    for (int i = 0; i < 16; ++i) clients.push_back(h.connect());
    REQUIRE(h.bridge->sessions() == 16);
    for (; clients.size() > 5; clients.pop_back()) {
        clients.back()->connection->close(1000, "");
        h.run();
    }
    CHECK(calls == 0);
    for (; !clients.empty(); clients.pop_back()) {
        clients.back()->connection->close(1000, "");
        h.run();
    }
    CHECK(calls == 1);
    CHECK(left == 4);
}

TEST_CASE("stop while the server is being connected ends the session") {
    Harness h;
    const auto client = h.connect();
    client->connection->write({Harness::open});
    client->connection->flush();
    h.io.restart();
    h.io.poll_one();   // the message has come, the connection has not
    bool done = false;
    h.bridge->stop([&] { done = true; });
    h.run();
    CHECK(done);
    CHECK(client->got.size() == 3);
}

TEST_CASE("destroying the bridge aborts its sessions") {
    Harness h;
    const auto client = h.connect_and_open();
    h.bridge.reset();
    h.run();
    CHECK(client->end == errc::connection_lost);
    CHECK(h.server->end == errc::connection_lost);
}

TEST_CASE("a filter or receiver that ends a session from inside a callback leaves nothing behind") {
    struct Stopper final : Filter {
        Verdict on_element(const SessionInfo&, Direction, const Element&) override {
            bridge->stop();
            return Verdict::pass;
        }
        Bridge* bridge = nullptr;
    };
    const auto stopper = std::make_shared<Stopper>();
    BridgeOptions options;
    options.filters = {stopper};
    Harness h{options};
    stopper->bridge = h.bridge.get();
    const auto client = h.connect_and_open();
    client->send("<message xmlns='jabber:client'/>");
    h.run();
    CHECK(h.bridge->sessions() == 0);
}
