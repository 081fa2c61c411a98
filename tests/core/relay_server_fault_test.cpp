// What a server does wrong in a session: who is told what, in which order.
#include <catch2/catch.hpp>

#include "core/recorder.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using Lines = Recorder::Lines;

TEST_CASE("an error before the server's answer is preceded by <open/> with an id and the domain asked for") {
    Session s;
    s.relay.client_message(Session::open);
    s.relay.connect_failed(make_error_code(std::errc::connection_refused), "example.org:5222: Connection refused");
    CHECK(s.output.take() ==
          Lines{"connect example.org",
                "client <open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='example.org' id='made-up' "
                "xml:lang='en' version='1.0'/>",
                error_line("remote-connection-failed", "example.org:5222: Connection refused"), close_line,
                "end 1014 XMPP server unreachable: example.org:5222: Connection refused"});
}

TEST_CASE("legacy: an error comes with the header and end tag of that framing") {
    Session s;
    s.relay.client_message(Session::legacy_header);
    s.relay.connect_failed(errc::connect_timeout, "no answer within 15 s");
    CHECK(s.output.take() ==
          Lines{"connect example.org",
                "client <stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                "from='example.org' id='made-up' xml:lang='en' version='1.0'>",
                error_line("remote-server-timeout", "no answer within 15 s"), "client </stream:stream>",
                "end 1014 connection timed out: no answer within 15 s"});
}

TEST_CASE("an error after the server's answer is not") {
    Session s;
    s.streaming();
    s.relay.server_ended(errc::peer_closed, "");
    const std::string text = "the XMPP server dropped the connection without ending the stream";
    CHECK(s.output.take() == Lines{error_line("remote-connection-failed", text), close_line,
                                   "end 1014 connection to the XMPP server lost: " + text});
}

TEST_CASE("a server that speaks no XMPP is told of") {
    Session s;
    s.relay.client_message(Session::open);
    s.relay.connected();
    s.output.take();
    s.relay.server_bytes("HTTP/1.1 400 Bad Request\r\n");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 5);
    CHECK(lines[1].find("no XMPP stream: text outside of elements") != std::string::npos);
}

TEST_CASE("a header that nobody asked for is the server's fault") {
    Session s;
    s.streaming();
    s.relay.server_bytes(Session::server_header);
    CHECK(s.relay.ended());
}

TEST_CASE("nothing of an element with restricted XML is relayed, and the server ends a session that would repeat it") {
    Session s;
    s.streaming();
    s.relay.server_bytes("<message><body>a</body><!-- --></message>");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("<remote-connection-failed ") != std::string::npos);
    CHECK(lines[2] == "server </stream:stream>");
}

TEST_CASE("a server's stanza over its limit is told as that, and ends the session on the server") {
    core::RelayOptions options;
    options.server_limits.max_element = 300;
    Session s{options};
    s.streaming();
    s.relay.server_bytes("<message>" + std::string(400, 'x') + "</message>");
    const std::string text = "the XMPP server sent an element of more than the limit of 300 bytes";
    CHECK(s.output.take() == Lines{error_line("policy-violation", text), close_line, "server </stream:stream>",
                                   "end 1009 element too large: " + text});
}

TEST_CASE("a server's invalid UTF-8 never reaches a text message") {
    Session s;
    s.streaming();
    s.relay.server_bytes("<message><body>\xFF\xFE</body></message>");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("invalid UTF-8") != std::string::npos);

    core::RelayOptions options;
    options.framing = Framing::raw;
    Session raw{options};
    raw.relay.connected();
    raw.output.take();
    raw.relay.server_bytes("\x16\x03\xFF");
    CHECK(raw.output.take().size() == 1);
    CHECK(raw.relay.ended());
}

TEST_CASE("a stream error without the end of the stream is not waited on for ever") {
    Session s;
    s.streaming();
    s.relay.server_bytes(
        "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
        "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>too &lt;fast&gt;</text></stream:error>");
    CHECK(s.output.waiting_for == core::Wait::close);
    s.output.take();
    s.relay.timed_out("");
    CHECK(s.output.take() == Lines{close_line, "server </stream:stream>",
                                   "end 1008 stream error from the XMPP server: stream error from the server: "
                                   "'policy-violation' (too <fast>)"});
}

TEST_CASE("a server that drops the connection after a stream error gets no second error sent to the client") {
    Session s;
    s.streaming();
    s.relay.server_bytes("<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
    s.output.take();
    s.relay.server_ended(errc::peer_closed, "");
    CHECK(s.output.take() ==
          Lines{close_line, "end 1008 stream error from the XMPP server: stream error from the server: 'reset'"});
}
