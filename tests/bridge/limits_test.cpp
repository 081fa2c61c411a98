// The limits of a session: time and size until login, and how much a client may send.
#include "bridge/harness.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using namespace std::chrono_literals;

namespace {

const std::string stanza = "<message xmlns='jabber:client'>x</message>";

std::size_t received(const Harness& h) { return h.server->bytes / stanza.size(); }

void send(Peer& client, int count) {
    for (int i = 0; i < count; ++i) client.connection->write({stanza});
    client.connection->flush();
}

std::uint64_t hit(const Harness& h, Limit limit) {
    return h.bridge->metrics()->limits[static_cast<std::size_t>(limit)].value();
}

// Ten at once; the eleventh after a second.
BridgeOptions ten() {
    BridgeOptions options;
    options.client_rate = {1, 0, 10s};
    return options;
}

}   // namespace

TEST_CASE("a client that does not log in is told so, and closed") {
    BridgeOptions options;
    options.login_timeout = 1ms;
    Harness h{options};
    const auto client = h.connect_and_open();
    h.run_until([&] { return h.bridge->sessions() == 0; });
    REQUIRE(client->got.size() == 2);
    CHECK(client->got[0].find("<connection-timeout ") != std::string::npos);
    CHECK(client->got[0].find("no login within 0.001 s") != std::string::npos);
    CHECK(h.server->end == errc::peer_closed);
    CHECK(hit(h, Limit::login_timeout) == 1);
    CHECK(h.bridge->metrics()->errors[static_cast<std::size_t>(errc::login_timeout)].value() == 1);
}

TEST_CASE("the transport takes larger messages once the client has logged in, and not before") {
    BridgeOptions options;
    options.max_element_before_login = 1'000;
    Harness h{options};
    const std::string large = "<message xmlns='jabber:client'>" + std::string(2'000, 'x') + "</message>";
    const bool logged_in = GENERATE(false, true);
    const auto client = logged_in ? h.connect_and_log_in() : h.connect_and_open();
    client->send(large);
    h.run();
    if (logged_in) {
        CHECK(h.server->text() == large);
        CHECK(hit(h, Limit::max_element_before_login) == 0);
        return;
    }
    CHECK(client->got[0].find("<policy-violation ") != std::string::npos);
    CHECK(client->got[0].find("the limit is 1000 before login") != std::string::npos);
    CHECK(hit(h, Limit::max_element_before_login) == 1);
    CHECK(hit(h, Limit::max_element) == 0);
}

TEST_CASE("a limit before login that is larger than that after it changes nothing") {
    BridgeOptions options;
    options.client_limits.max_element = 1'000;
    Harness h{options};
    const auto client = h.connect_and_open();
    client->send("<message xmlns='jabber:client'>" + std::string(2'000, 'x') + "</message>");
    h.run();
    CHECK(client->got[0].find("the limit is 1000") != std::string::npos);
}

TEST_CASE("with raw framing there is no smaller limit, because nobody knows of a login") {
    BridgeOptions options;
    options.framing = Framing::raw;
    options.max_element_before_login = 1'000;
    Harness h{options};
    const auto client = h.connect("");
    client->send(std::string(2'000, 'x'));
    h.run();
    REQUIRE(h.server);
    CHECK(h.server->bytes == 2'000);
}

TEST_CASE("each limit that a client goes over is counted by its name") {
    const auto [text, limit] = GENERATE(table<std::string, Limit>(
        {{"<a xmlns='jabber:client'><b><c><d/></c></b></a>", Limit::max_depth},
         {"<a xmlns='jabber:client' b='1' c='2' d='3'/>", Limit::max_attributes},
         {"<a xmlns='jabber:client'>" + std::string(300'000, 'x') + "</a>", Limit::max_element}}));
    BridgeOptions options;
    options.client_limits.max_depth = options.client_limits.max_attributes = 3;
    Harness h{options, 1 << 20};
    const auto client = h.connect_and_log_in();
    client->send(text);
    h.run();
    CHECK(hit(h, limit) == 1);
    CHECK(h.bridge->metrics()->sessions_failed.value() == 1);
}

TEST_CASE("a limit that a server breaks is counted by its own name") {
    const auto [text, limit] = GENERATE(table<std::string, Limit>({
        {"<a><b><c/></b></a>", Limit::max_depth},
        {"<x a='' b='' c='' d='' e='' f='' g='' h='' i=''/>", Limit::max_attributes},
        {"<a>" + std::string(2'000, 'x') + "</a>", Limit::max_server_element},
    }));
    BridgeOptions options;
    options.server_limits.max_depth = 2;
    options.server_limits.max_attributes = 8;
    options.server_limits.max_element = 1'000;
    Harness h{options};
    const auto client = h.connect_and_log_in();
    h.server->send(text);
    h.run();
    CHECK(hit(h, limit) == 1);
    CHECK(hit(h, Limit::max_element) == 0);
}

TEST_CASE("a client over its rate is not read for a while, and loses nothing") {
    Harness h{ten()};
    const auto client = h.connect_and_log_in();   // one message of the ten is <open/>
    send(*client, 20);                            // one read: all of it is passed on
    h.run();
    CHECK(received(h) == 20);
    CHECK(h.bridge->sessions() == 1);
    send(*client, 5);
    h.run();
    CHECK(received(h) == 20);
    CHECK(hit(h, Limit::rate_messages) == 1);
    CHECK(hit(h, Limit::rate_bytes) == 0);
}

TEST_CASE("when its time has come the client is read again") {
    BridgeOptions options;
    options.client_rate = {1'000, 0, 10ms};
    Harness h{options};
    const auto client = h.connect_and_log_in();
    for (int i = 0; i < 3; ++i) {
        send(*client, 20);
        h.run();
    }
    h.run_until([&] { return received(h) == 60; });
    CHECK(hit(h, Limit::rate_messages) >= 1);
    h.run_until([&] { return h.bridge->session_views().front().messages_from_client == 61; });
}

TEST_CASE("bytes have a rate of their own") {
    BridgeOptions options;
    options.client_rate = {0, 100, 10s};
    Harness h{options};
    const auto client = h.connect_and_log_in();
    send(*client, 30);
    h.run();
    send(*client, 1);
    h.run();
    CHECK(received(h) == 30);
    CHECK(hit(h, Limit::rate_bytes) == 1);
}

TEST_CASE("without rates a client sends as much as it can") {
    BridgeOptions options;
    options.client_rate = {0, 0};
    Harness h{options, 1 << 20};
    const auto client = h.connect_and_log_in();
    send(*client, 10'000);
    h.run();
    CHECK(received(h) == 10'000);
    CHECK(hit(h, Limit::rate_messages) == 0);
}

TEST_CASE("what comes from the server goes on while its client is slowed down") {
    Harness h{ten()};
    const auto client = h.connect_and_log_in();
    send(*client, 20);
    h.run();
    h.server->send("<message/>");
    h.run();
    CHECK(client->text() == "<message xmlns='jabber:client'/>");
}

TEST_CASE("a client that is slowed down still has its time to log in, and no more") {
    BridgeOptions options = ten();
    options.login_timeout = 1ms;
    Harness h{options};
    const auto client = h.connect_and_open();
    send(*client, 20);
    h.run_until([&] { return h.bridge->sessions() == 0; });
    CHECK(client->got[0].find("<connection-timeout ") != std::string::npos);
}

TEST_CASE("the end comes at once to a client that is slowed down") {
    Harness h{ten()};
    const auto client = h.connect_and_log_in();
    send(*client, 20);
    h.run();
    SECTION("by stop()") {
        bool done = false;
        h.bridge->stop([&] { done = true; });
        h.run();
        CHECK(done);
    }
    SECTION("by the server") {
        h.server->connection->abort();
        h.run();
        CHECK(h.bridge->sessions() == 0);
    }
    SECTION("by the bridge's own") {
        h.bridge.reset();
        h.run();
        CHECK(client->end == errc::connection_lost);
    }
}
