// Ends that are nobody's fault: waits that are over, filters, shutting down; and that they are the end.
#include <catch2/catch.hpp>

#include "core/recorder.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using Lines = Recorder::Lines;

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
