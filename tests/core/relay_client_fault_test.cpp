// What a client does wrong in a session: who is told what, in which order.
#include <catch2/catch.hpp>

#include "core/recorder.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using Lines = Recorder::Lines;

TEST_CASE("the wrong first message is answered, never met with silence") {
    struct Case {
        const char* message;
        const char* condition;
    };
    const auto c = GENERATE(values<Case>({
        {"<open to='a'/>", "invalid-namespace"},
        {"<open xmlns='urn:other'/>", "invalid-namespace"},
        {"<close/>", "invalid-namespace"},
        {"<message xmlns='jabber:client'/>", "not-authorized"},
        {"hello", "not-well-formed"},
        {" <open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "not-well-formed"},
        {"<!-- x --><open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "restricted-xml"},
    }));
    Session s;
    s.relay.client_message(c.message);
    const Lines lines = s.output.take();
    INFO(c.message);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].substr(0, 13) == "client <open ");
    CHECK(lines[1].find(std::string{"<"} + c.condition + " ") != std::string::npos);
    CHECK(lines[2] == close_line);
    CHECK(lines[3].substr(0, 8) == "end 1008");
}

TEST_CASE("a `to` that can be no domain is refused before any connection is made") {
    Session s;
    s.relay.client_message("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + std::string(1024, 'a') + "'/>");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].find("<bad-format ") != std::string::npos);
}

TEST_CASE("<open/> without the subprotocol is answered with how to offer it") {
    Session s{{}, false};
    s.relay.client_message(Session::open);
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].find("new WebSocket(url, &apos;xmpp&apos;)") != std::string::npos);
    CHECK(lines[3].substr(0, 8) == "end 1008");
}

TEST_CASE("what is wrong with the first message is told in its own framing") {
    Session s{{}, false};
    s.relay.client_message("<?xml version='1.0' encoding='latin1'?><stream:stream to='example.org'>");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("client <stream:stream ") == 0);
    CHECK(lines[1].find("<unsupported-encoding ") != std::string::npos);
    CHECK(lines[2] == "client </stream:stream>");
}

TEST_CASE("a second <open/> that is no restart is refused") {
    Session s;
    s.streaming();
    s.relay.client_message(Session::open);
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("<policy-violation ") != std::string::npos);
    CHECK(lines[2] == "server </stream:stream>");
}

TEST_CASE("a stanza over the limit is told to the client, and ends the session on the server too") {
    core::RelayOptions options;
    options.client_limits.max_element = options.before_login.max_element = 200;
    Session s{options};
    s.logged_in();
    s.relay.client_message("<message>" + std::string(300, 'x') + "</message>");
    CHECK(s.output.take() == Lines{error_line("policy-violation", "a message of 319 bytes, the limit is 200"),
                                   close_line, "server </stream:stream>",
                                   "end 1009 element too large: a message of 319 bytes, the limit is 200"});
}

TEST_CASE("a violation found by the transport is told like one of the relay's") {
    Session s;
    s.streaming();
    s.relay.client_ended(errc::binary_message, "a binary message; XMPP is text (RFC 7395 §3.2)");
    CHECK(s.output.take() == Lines{error_line("bad-format", "a binary message; XMPP is text (RFC 7395 §3.2)"),
                                   close_line, "server </stream:stream>",
                                   "end 1003 binary message: a binary message; XMPP is text (RFC 7395 §3.2)"});
}

TEST_CASE("starttls from the client is refused, and never reaches the server") {
    Session s;
    s.streaming();
    s.relay.client_message("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    const Lines lines = s.output.take();
    CHECK(lines[0] == "client <failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    CHECK(lines[1].find("wss://") != std::string::npos);
    for (const std::string& line : lines) CHECK(line.find("starttls") == std::string::npos);
}

TEST_CASE("compress from the client is refused, and the stream goes on") {
    Session s;
    s.streaming();
    s.relay.client_message("<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>");
    CHECK(s.output.take() ==
          Lines{"client <failure xmlns='http://jabber.org/protocol/compress'><setup-failed/></failure>"});
    CHECK(!s.relay.ended());
}

TEST_CASE("long names from the client make no long texts") {
    Session s;
    s.relay.client_message("<" + std::string(10'000, 'n') + "/>");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    for (const std::string& line : lines) CHECK(line.size() < 500);
}
