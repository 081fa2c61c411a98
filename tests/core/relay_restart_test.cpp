// Restarts of the stream: after which success, and to which domain.
#include <catch2/catch.hpp>
#include <string>

#include "core/recorder.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using Lines = Recorder::Lines;

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

TEST_CASE("after SASL success <open/> restarts the stream on the same connection") {
    Session s;
    s.streaming();
    s.relay.server_bytes(Session::success);
    s.relay.client_message(Session::open);
    s.relay.server_bytes(Session::server_header);
    s.relay.server_bytes("<stream:features/>");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].substr(0, 37) == "server <?xml version='1.0'?><stream:s");
    CHECK(lines[2].substr(0, 13) == "client <open ");
    CHECK(lines[3] == "client <stream:features xmlns:stream='http://etherx.jabber.org/streams'/>");
}

TEST_CASE("a success that is not SASL's restarts nothing") {
    const std::string success =
        GENERATE(as<std::string>{}, "<success xmlns='urn:other'/>", "<success xmlns='urn:xmpp:sasl:2'/>",
                 "<m><success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></m>", "<success/>");
    Session s;
    s.streaming();
    s.relay.server_bytes(success);
    s.relay.client_message(Session::open);
    CHECK(s.relay.ended());
    CHECK(s.output.take().back().substr(0, 8) == "end 1008");
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
