// The relay when something goes wrong: who is told what, in which order.
#include <catch2/catch.hpp>

#include "core/recorder.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using Lines = Recorder::Lines;

namespace {

std::string error_line(const std::string& condition, const std::string& text) {
    return "client <stream:error xmlns:stream='http://etherx.jabber.org/streams'><" + condition +
           " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams' "
           "xml:lang='en'>" +
           text + "</text></stream:error>";
}

const std::string close_line = "client <close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />";

}   // namespace

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

TEST_CASE("an error after the server's answer is not") {
    Session s;
    s.streaming();
    s.relay.server_ended(errc::peer_closed, "");
    const std::string text = "the XMPP server dropped the connection without ending the stream";
    CHECK(s.output.take() == Lines{error_line("remote-connection-failed", text), close_line,
                                   "end 1014 connection to the XMPP server lost: " + text});
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

TEST_CASE("<open/> without the subprotocol is answered with how to offer it") {
    Session s{{}, false};
    s.relay.client_message(Session::open);
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].find("new WebSocket(url, &apos;xmpp&apos;)") != std::string::npos);
    CHECK(lines[3].substr(0, 8) == "end 1008");
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

TEST_CASE("a `to` that can be no domain is refused before any connection is made") {
    Session s;
    s.relay.client_message("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + std::string(1024, 'a') + "'/>");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].find("<bad-format ") != std::string::npos);
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

TEST_CASE("long names from the client make no long texts") {
    Session s;
    s.relay.client_message("<" + std::string(10'000, 'n') + "/>");
    for (const std::string& line : s.output.take()) CHECK(line.size() < 500);
}

TEST_CASE("a header that nobody asked for is the server's fault") {
    Session s;
    s.streaming();
    s.relay.server_bytes(Session::server_header);
    CHECK(s.relay.ended());
}

TEST_CASE("each wait ends in its own error") {
    Session s;
    s.relay.timed_out("no stream header came within 10 s");
    Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1] == error_line("connection-timeout", "no stream header came within 10 s"));

    Session t;
    t.relay.client_message(Session::open);
    t.relay.connected();
    t.output.take();
    t.relay.timed_out("no answer within 15 s");
    lines = t.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1] == error_line("remote-server-timeout", "no answer within 15 s"));
}

TEST_CASE("a close that is not answered ends after a while") {
    Session s;
    s.streaming();
    s.relay.client_message("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    s.output.take();
    s.relay.timed_out("");
    CHECK(s.output.take()[0] == close_line);
    CHECK(s.relay.ended());

    Session t;
    t.streaming();
    t.relay.server_bytes("</stream:stream>");
    t.output.take();
    t.relay.timed_out("");
    CHECK(t.output.take()[0] == "server </stream:stream>");
    CHECK(t.relay.ended());
}

TEST_CASE("a server that drops the connection after the client's <close/> has closed") {
    Session s;
    s.streaming();
    s.relay.client_message("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    s.output.take();
    s.relay.server_ended(errc::peer_closed, "");
    CHECK(s.output.take() == Lines{close_line, "end 1000 closed by the peer: stream closed by the client"});
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

TEST_CASE("shutting down tells the client, and leaves the server a session to resume") {
    Session s;
    s.streaming();
    s.relay.shut_down();
    const std::string text = "this proxy is shutting down; connect again";
    CHECK(s.output.take() == Lines{error_line("system-shutdown", text), close_line, "end 1001 shutting down: " + text});
}

TEST_CASE("shutting down sends clients elsewhere where there is an elsewhere") {
    core::RelayOptions options;
    options.see_other_uri = "wss://b.example/?a=1&b=2";
    Session s{options};
    s.streaming();
    s.relay.shut_down();
    CHECK(s.output.take()[0] ==
          "client <close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" "
          "see-other-uri='wss://b.example/?a=1&amp;b=2' />");
}

TEST_CASE("a client that was told <close/> already is told nothing more") {
    core::RelayOptions options;
    options.see_other_uri = "wss://b.example/";
    Session s{options};
    s.streaming();
    s.relay.server_bytes("</stream:stream>");
    s.output.take();
    s.relay.shut_down();
    CHECK(s.output.take() == Lines{"end 1001 shutting down: this proxy is shutting down; connect again"});
}

TEST_CASE("shutting down before the client said anything still tells it why") {
    Session s;
    s.relay.shut_down();
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].find("<system-shutdown ") != std::string::npos);

    Session unknown{{}, false};   // its framing is not known: only the WebSocket can tell it
    unknown.relay.shut_down();
    CHECK(unknown.output.take() == Lines{"end 1001 shutting down: this proxy is shutting down; connect again"});
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

TEST_CASE("a filter can drop an element, or end the session") {
    Session s;
    s.streaming();
    s.output.verdict = Verdict::drop;
    s.relay.client_message("<message/>");
    s.relay.server_bytes("<message/>");
    CHECK(s.output.take().empty());
    s.output.verdict = Verdict::disconnect;
    s.relay.client_message("<message/>");
    CHECK(s.output.take()[0] == error_line("policy-violation", "not allowed here"));
}

TEST_CASE("nothing is said after the end") {
    Session s;
    s.streaming();
    s.relay.client_ended(errc::connection_lost, "");
    s.output.take();
    s.relay.client_message("<message/>");
    s.relay.server_bytes("<message/></stream:stream>");
    s.relay.server_ended(errc::peer_closed, "");
    s.relay.client_ended(errc::connection_lost, "");
    s.relay.connected();
    s.relay.timed_out("");
    s.relay.shut_down();
    CHECK(s.output.take().empty());
    CHECK(s.output.ends == 1);
}

namespace {

std::string open_to(const std::string& attribute) {
    return "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' " + attribute + " version='1.0'/>";
}
std::string header_to(const std::string& attribute) {
    return "<stream:stream " + attribute +
           " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
}

// A login, and then a restart.
Lines restart(const std::string& first, const std::string& second) {
    Session s;
    s.relay.client_message(first);
    s.relay.connected();
    s.relay.server_bytes(Session::server_header);
    s.relay.server_bytes(Session::success);
    s.output.take();
    s.relay.client_message(second);
    return s.output.take();
}

}   // namespace

TEST_CASE("a restart to another domain ends the session, in both framings") {
    const auto make = GENERATE(open_to, header_to);
    const auto [first, second, text] = GENERATE(table<std::string, std::string, std::string>({
        {"to='example.org'", "to='example.net'",
         "&apos;example.org&apos;, and its restart names &apos;example.net&apos;"},
        {"to='example.org'", "to='example.or'", "names &apos;example.or&apos;"},
        {"to='example.org'", "to=''", "names &apos;&apos;"},
        {"", "to='example.net'", "no domain, and its restart names &apos;example.net&apos;"},
    }));
    const Lines lines = restart(make(first), make(second));
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("<policy-violation ") != std::string::npos);
    CHECK(lines[0].find(text) != std::string::npos);
    CHECK(lines[2] == "server </stream:stream>");
    CHECK(lines[3].substr(0, 8) == "end 1008");
}

TEST_CASE("a restart to the same domain, or to none, goes on, in both framings") {
    const auto make = GENERATE(open_to, header_to);
    const auto [first, second] = GENERATE(table<std::string, std::string>({
        {"to='example.org'", "to='example.org'"},
        {"to='example.org'", "to='EXAMPLE.Org.'"},
        {"to='Example.org.'", "to='ex&#97;mple.org'"},
        {"to='example.org'", ""},
        {"", ""},
        {"to=''", "to=''"},
    }));
    const Lines lines = restart(make(first), make(second));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].substr(0, 7) == "server ");
}
