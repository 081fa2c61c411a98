// A session from end to end, over the in-memory transports.
#include <algorithm>

#include "bridge/harness.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

TEST_CASE("a session opens, relays both ways, and closes") {
    Harness h;
    const auto client = h.connect();
    CHECK(!h.server);   // not before the client has said for which domain
    client->send(Harness::open);
    h.run();
    REQUIRE(h.server);
    CHECK(h.domains == std::vector<std::string>{"example.org"});
    CHECK(h.server->text().find("to='example.org'") != std::string::npos);
    h.server->send(Harness::server_header);
    h.server->send("<message><body>to client</body></message>");
    h.run();
    REQUIRE(client->got.size() == 2);
    CHECK(client->got[0].find("<open ") == 0);
    CHECK(client->got[1] == "<message xmlns='jabber:client'><body>to client</body></message>");

    h.server->got.clear();
    client->send("<message xmlns='jabber:client'><body>to server</body></message>");
    client->send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    h.run();
    CHECK(h.server->text() == "<message xmlns='jabber:client'><body>to server</body></message></stream:stream>");
    h.server->send("</stream:stream>");
    h.run();
    CHECK(client->got.back() == "<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />");
    CHECK(client->end == errc::peer_closed);
    CHECK(h.server->end == errc::peer_closed);
    CHECK(h.bridge->sessions() == 0);
    CHECK(h.bridge->stats().sessions_accepted == 1);
    CHECK(h.bridge->stats().sessions_failed == 0);
}

TEST_CASE("what a client sends before the server is connected arrives first, and in order") {
    Harness h;
    const auto client = h.connect();
    client->connection->write({Harness::open});
    for (int i = 0; i < 10; ++i) client->connection->write({"<iq id='" + std::to_string(i) + "'/>"});
    client->connection->flush();
    h.run();
    REQUIRE(h.server);
    std::string expected;
    for (int i = 0; i < 10; ++i) expected += "<iq id='" + std::to_string(i) + "'/>";
    const std::string text = h.server->text();
    REQUIRE(text.size() > expected.size());
    CHECK(text.substr(text.size() - expected.size()) == expected);
}

TEST_CASE("elements that the server's bytes cut anywhere arrive whole") {
    const std::string stream =
        std::string{Harness::server_header} + "<message><body>\xC3\xA4/&gt;</body></message><iq/>";
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        Harness h;
        const auto client = h.connect();
        client->send(Harness::open);
        h.run();
        h.server->send(stream.substr(0, cut));
        h.run();
        h.server->send(stream.substr(cut));
        h.run();
        REQUIRE(client->got.size() == 3);
        CHECK(client->got[1] == "<message xmlns='jabber:client'><body>\xC3\xA4/&gt;</body></message>");
        CHECK(client->got[2] == "<iq xmlns='jabber:client'/>");
    }
}

TEST_CASE("an unreachable server is told to the client, then the connection closes with the reason") {
    Harness h;
    h.upstream->fail_with(make_error_code(std::errc::connection_refused), "localhost:5222: Connection refused");
    const auto client = h.connect();
    client->send(Harness::open);
    h.run();
    REQUIRE(client->got.size() == 3);
    CHECK(client->got[0].find("<open ") == 0);
    CHECK(client->got[1].find("<remote-connection-failed ") != std::string::npos);
    CHECK(client->got[1].find(">localhost:5222: Connection refused<") != std::string::npos);
    CHECK(client->got[2].find("<close ") == 0);
    CHECK(client->end == errc::peer_closed);
    CHECK(client->end_detail == "localhost:5222: Connection refused");
    CHECK(h.bridge->sessions() == 0);
    CHECK(h.bridge->stats().sessions_failed == 1);
}

TEST_CASE("a message over the limit is a policy-violation to the client, and ends the stream on the server") {
    BridgeOptions options;
    options.client_limits.max_element = 1000;
    Harness h{options};
    const auto client = h.connect_and_open();
    client->send("<message>" + std::string(2000, 'x') + "</message>");
    h.run();
    REQUIRE(client->got.size() == 2);
    CHECK(client->got[0].find("<policy-violation ") != std::string::npos);
    CHECK(client->got[0].find("the limit is 1000") != std::string::npos);
    CHECK(h.server->text() == "</stream:stream>");
    CHECK(h.bridge->sessions() == 0);
}

TEST_CASE("a lost client leaves the server without an end tag, after all that it had sent") {
    Harness h;
    const auto client = h.connect_and_open();
    client->send("<message>last words</message>");
    h.run();
    client->connection->abort();
    h.run();
    CHECK(h.server->text() == "<message>last words</message>");
    CHECK(h.server->end == errc::peer_closed);
    CHECK(h.bridge->sessions() == 0);
}

TEST_CASE("a lost server is told to the client") {
    Harness h;
    const auto client = h.connect_and_open();
    h.server->send("<message/>");
    h.server->connection->abort();
    h.run();
    REQUIRE(client->got.size() == 3);
    CHECK(client->got[0] == "<message xmlns='jabber:client'/>");
    CHECK(client->got[1].find("<remote-connection-failed ") != std::string::npos);
    CHECK(h.bridge->sessions() == 0);
}

TEST_CASE("raw relays bytes as they are, both ways") {
    BridgeOptions options;
    options.framing = Framing::raw;
    Harness h{options};
    const auto client = h.connect("");
    REQUIRE(h.server);
    CHECK(h.domains == std::vector<std::string>{""});
    client->send("GET / <&");
    h.server->send("]]> \xC3");
    h.run();
    h.server->send("\xA4");
    h.run();
    CHECK(h.server->text() == "GET / <&");
    CHECK(client->text() == "]]> \xC3\xA4");
}

TEST_CASE("filters see elements of both directions, and can drop or refuse them") {
    struct Censor final : Filter {
        Verdict on_element(const SessionInfo& session, Direction direction, const Element& element) override {
            seen.push_back(std::string{session.domain} + (direction == Direction::client_to_server ? " > " : " < ") +
                           std::string{element.name});
            if (element.name == "presence") return Verdict::drop;
            return element.name == "iq" ? Verdict::disconnect : Verdict::pass;
        }
        std::vector<std::string> seen;
    };
    const auto censor = std::make_shared<Censor>();
    BridgeOptions options;
    options.filters = {censor};
    Harness h{options};
    const auto client = h.connect_and_open();
    client->send("<presence xmlns='jabber:client'/>");
    client->send("<message xmlns='jabber:client'/>");
    h.server->send("<message/>");
    h.run();
    CHECK(h.server->text() == "<message xmlns='jabber:client'/>");
    client->send("<iq xmlns='jabber:client'/>");
    h.run();
    CHECK(client->got.size() == 3);
    CHECK(client->got[1].find("<policy-violation ") != std::string::npos);
    std::sort(censor->seen.begin(), censor->seen.end());   // of the two directions, either may come first
    CHECK(censor->seen == std::vector<std::string>{"example.org < message", "example.org > iq", "example.org > message",
                                                   "example.org > presence"});
}
