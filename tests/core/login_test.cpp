// When the relay knows that the server has let the client in, and what is bounded until then.
#include <catch2/catch.hpp>

#include "core/recorder.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using Lines = Recorder::Lines;

namespace {

constexpr const char* old_request =
    "<iq xmlns='jabber:client' type='set' id='a&apos;1'><query xmlns='jabber:iq:auth'><username>me</username>"
    "<password>secret</password></query></iq>";

core::RelayOptions small_before_login() {
    core::RelayOptions options;
    options.before_login.max_element = 400;
    return options;
}

std::string message(std::size_t size) {
    return "<message xmlns='jabber:client'>" + std::string(size, 'x') + "</message>";
}

}   // namespace

TEST_CASE("a login is waited for from the server's header to its <success/>") {
    Session s;
    s.streaming();
    CHECK(s.output.waiting_for == core::Wait::login);
    CHECK(!s.relay.logged_in());
    const std::string success = GENERATE("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
                                         "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier/></success>");
    s.relay.server_bytes(success);
    CHECK(s.relay.logged_in());
    CHECK(s.output.logins == 1);
    CHECK(s.output.waiting_for == core::Wait::nothing);
}

TEST_CASE("a server that answers no SASL lets a client in by what only those get who are logged in") {
    Session s;
    s.streaming();
    const std::string sign = GENERATE("<message from='a@b'/>", "<presence from='a@b'/>", "<iq type='set' id='1'/>",
                                      "<iq id='1' type='get'/>", "<handshake xmlns='jabber:component:accept'/>");
    s.relay.server_bytes(sign);
    CHECK(s.output.logins == 1);
}

TEST_CASE("what those get who are not logged in is no login") {
    Session s;
    s.streaming();
    const std::string other = GENERATE(
        "<message type='error'/>", "<presence type='error'/>", "<iq type='error' id='1'/>",
        "<iq type='result' id='1'/>", "<stream:features/>", "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "<success/>", "<success xmlns='urn:other'/>",
        "<x xmlns='urn:other'><success xmlns='urn:xmpp:sasl:2'/></x>", "<message xmlns='urn:other'/>");
    s.relay.server_bytes(other);
    CHECK(s.output.logins == 0);
    CHECK(s.output.waiting_for == core::Wait::login);
}

TEST_CASE("the login before SASL (XEP-0078) is known by the id of its answer") {
    Session s;
    s.streaming();
    s.relay.client_message(old_request);
    s.relay.server_bytes("<iq type='result' id='other'/>");
    CHECK(s.output.logins == 0);
    s.relay.server_bytes("<iq type='error' id=\"a'1\"/>");
    CHECK(s.output.logins == 0);
    s.relay.server_bytes("<iq type='result' id=\"a'1\"/>");
    CHECK(s.output.logins == 1);
}

TEST_CASE("a request for the fields of the old login, and a query of another kind, are no login") {
    Session s;
    s.streaming();
    const std::string request = GENERATE(
        "<iq xmlns='jabber:client' type='get' id='1'><query "
        "xmlns='jabber:iq:auth'><username>me</username></query></iq>",
        "<iq xmlns='jabber:client' type='set' id='1'><query "
        "xmlns='jabber:iq:register'><password>x</password></query></iq>",
        "<iq xmlns='jabber:client' type='set' id='1'><x xmlns='jabber:iq:auth'><password>x</password></x></iq>");
    s.relay.client_message(request);
    s.relay.server_bytes("<iq type='result' id='1'/>");
    CHECK(s.output.logins == 0);
}

TEST_CASE("SASL after something that looked like a login still restarts the stream") {
    Session s;
    s.streaming();
    s.relay.server_bytes("<message>news</message>");
    CHECK(s.output.logins == 1);
    s.relay.server_bytes(Session::success);
    CHECK(s.output.logins == 1);
    s.output.take();
    s.relay.client_message(Session::open);
    CHECK(s.output.take().front().find("server <?xml") == 0);
}

TEST_CASE("a client that does not log in in time hears connection-timeout, and the server sees it gone") {
    Session s;
    s.streaming();
    s.relay.timed_out("no login within 60 s");
    const auto lines = s.output.take();
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].find("<connection-timeout ") != std::string::npos);
    CHECK(lines[0].find("no login within 60 s") != std::string::npos);
    CHECK(lines[2] == "end 1008 no login in time: no login within 60 s");
}

TEST_CASE("a timer of a client that has logged in ends nothing") {
    Session s;
    s.logged_in();
    s.relay.timed_out("late");
    CHECK(s.output.take().empty());
}

TEST_CASE("until login a message may be smaller than after it, and the text says so") {
    Session s{small_before_login()};
    s.streaming();
    s.relay.client_message(message(500));
    const auto lines = s.output.take();
    CHECK(lines[0].find("a message of 541 bytes, the limit is 400 before login") != std::string::npos);
    CHECK(lines.back().find("end 1009 ") == 0);
}

TEST_CASE("after login the limit is the other one") {
    Session s{small_before_login()};
    s.logged_in();
    s.relay.client_message(message(500));
    CHECK(s.output.take() == Lines{"server " + message(500)});
}

TEST_CASE("what the transport finds too large before login is told so, too") {
    Session s{small_before_login()};
    s.streaming();
    s.relay.client_ended(errc::element_too_large, "message of 541 bytes, the limit is 400");
    CHECK(s.output.take()[0].find("the limit is 400 before login") != std::string::npos);
}

TEST_CASE("raw framing has no login: nothing is waited for, and no smaller limit holds") {
    core::RelayOptions options = small_before_login();
    options.framing = Framing::raw;
    Session s{options};
    s.relay.connected();
    CHECK(s.output.waiting_for == core::Wait::nothing);
    s.output.take();
    s.relay.client_message(message(500));
    CHECK(s.output.take() == Lines{"server " + message(500)});
    s.relay.client_ended(errc::element_too_large, "too large");
    CHECK(s.output.take() == Lines{"end 1009 element too large: too large"});
}

TEST_CASE("an operator ends a session: the client hears why, and the server that the stream ends") {
    Session s;
    s.logged_in();
    s.relay.close_by_operator();
    const auto lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("<policy-violation ") != std::string::npos);
    CHECK(lines[0].find("closed by the operator") != std::string::npos);
    CHECK(lines[2] == "server </stream:stream>");
    CHECK(lines[3] == "end 1008 closed by the operator: closed by the operator");
    s.relay.close_by_operator();
    CHECK(s.output.take().empty());
}
