// The relay when all goes well: opening, closing, in each framing.
#include <catch2/catch.hpp>

#include "core/recorder.hpp"
#include "core/xml_text.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using Lines = Recorder::Lines;

namespace {

core::RelayOptions raw() {
    core::RelayOptions options;
    options.framing = Framing::raw;
    return options;
}

}   // namespace

TEST_CASE("the server is connected when the first message has named the domain, not before") {
    Session s;
    CHECK(s.output.take().empty());
    CHECK(s.output.waiting_for == core::Wait::open);
    s.relay.client_message("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='ex&#97;mple.org'/>");
    CHECK(s.output.take() == Lines{"connect example.org"});
}

TEST_CASE("<open/> becomes a stream header with the same attributes") {
    Session s;
    s.relay.client_message(
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' from='me@example.org' xml:lang='de' "
        "version='1.0'/>");
    s.relay.connected();
    CHECK(s.output.take() ==
          Lines{"connect example.org",
                "server <?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' from='me@example.org' xml:lang='de' "
                "version='1.0'>"});
    CHECK(s.output.waiting_for == core::Wait::answer);
}

TEST_CASE("the server's header becomes <open/> with the same attributes") {
    Session s;
    s.relay.client_message(Session::open);
    s.relay.connected();
    s.output.take();
    s.relay.server_bytes(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "id='x&apos;y' from='example.org' xml:lang='en' version='1.0'>");
    CHECK(s.output.take() == Lines{"client <open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='x&apos;y' "
                                   "from='example.org' xml:lang='en' version='1.0'/>"});
    CHECK(s.output.waiting_for == core::Wait::login);
}

TEST_CASE("what the client says before the server is connected is kept, in order") {
    Session s;
    s.relay.client_message(Session::open);
    s.relay.client_message("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    CHECK(s.output.take() == Lines{"connect example.org"});
    s.relay.connected();
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("version='1.0'><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>") != std::string::npos);
}

TEST_CASE("elements pass both ways, each as one message") {
    Session s;
    s.streaming();
    s.relay.client_message("<message xmlns='jabber:client'><body>hi</body></message>");
    s.relay.server_bytes("<message><body>a</body></message><presence/>");
    CHECK(s.output.take() == Lines{"server <message xmlns='jabber:client'><body>hi</body></message>",
                                   "client <message xmlns='jabber:client'><body>a</body></message>",
                                   "client <presence xmlns='jabber:client'/>"});
}

TEST_CASE("features lose starttls and compression on the way to the client") {
    Session s;
    s.streaming();
    s.relay.server_bytes(
        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls><compression "
        "xmlns='http://jabber.org/features/compress'><method>zlib</method></compression><bind "
        "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>");
    CHECK(s.output.take() == Lines{"client <stream:features xmlns:stream='http://etherx.jabber.org/streams'><bind "
                                   "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"});
}

TEST_CASE("wherever the server's bytes are cut, the client sees the same") {
    const std::string before =
        std::string{Session::server_header} +
        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>" + Session::success;
    const std::string after = std::string{Session::server_header} +
                              "<stream:features/><message><body>\xC3\xA4 '/>'</body></message>"
                              "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                              "</stream:stream>";
    const auto converse = [](const std::vector<std::string>& first, const std::vector<std::string>& second) {
        Session s;
        s.relay.client_message(Session::open);
        s.relay.connected();
        for (const std::string& bytes : first) s.relay.server_bytes(bytes);
        s.relay.client_message(Session::open);
        for (const std::string& bytes : second) s.relay.server_bytes(bytes);
        return s.output.take();
    };
    const Lines whole = converse({before}, {after});
    REQUIRE(whole.size() == 13);
    for (std::size_t at = 0; at <= before.size(); ++at)
        CHECK(converse({before.substr(0, at), before.substr(at)}, {after}) == whole);
    for (std::size_t at = 0; at <= after.size(); ++at)
        CHECK(converse({before}, {after.substr(0, at), after.substr(at)}) == whole);
}

TEST_CASE("<close/> ends the server's stream, and what the server still sends comes before its <close/>") {
    Session s;
    s.streaming();
    s.relay.client_message("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    CHECK(s.output.take() == Lines{"server </stream:stream>"});
    CHECK(s.output.waiting_for == core::Wait::close);
    s.relay.server_bytes("<presence/></stream:stream><presence/>");
    CHECK(s.output.take() == Lines{"client <presence xmlns='jabber:client'/>", close_line,
                                   "end 1000 closed by the peer: stream closed by the client"});
}

TEST_CASE("what the client sends after <close/> is not relayed") {
    Session s;
    s.streaming();
    s.relay.client_message("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    s.output.take();
    s.relay.client_message("<message/>");
    CHECK(s.output.take().empty());
}

TEST_CASE("the server's end of the stream becomes <close/>, and the client's answer ends the server's stream") {
    Session s;
    s.streaming();
    s.relay.server_bytes("</stream:stream>");
    CHECK(s.output.take() == Lines{close_line});
    CHECK(s.output.waiting_for == core::Wait::close);
    s.relay.client_message("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    CHECK(s.output.take() ==
          Lines{"server </stream:stream>", "end 1000 closed by the peer: stream closed by the server"});
}

TEST_CASE("a lost WebSocket leaves the server's stream without an end tag, so that it can be resumed") {
    const auto ec = GENERATE(as<errc>{}, errc::peer_closed, errc::connection_lost, errc::ping_timeout);
    Session s;
    s.streaming();
    s.relay.client_ended(ec, "gone");
    const Lines lines = s.output.take();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].substr(0, 4) == "end ");
}

TEST_CASE("a stream error from the server is passed on, and ends the session without waiting") {
    Session s;
    s.streaming();
    s.relay.server_bytes(
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
    CHECK(s.output.take() ==
          Lines{"client <stream:error xmlns:stream='http://etherx.jabber.org/streams'><conflict "
                "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
                close_line, "server </stream:stream>",
                "end 1008 stream error from the XMPP server: stream error from the server: 'conflict'"});
}

TEST_CASE("see-other-host from the server is passed on as it is") {
    Session s;
    s.streaming();
    s.relay.server_bytes(
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>[::1]:5222</see-other-host>"
        "</stream:error>");
    CHECK(s.output.take()[0].find("<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>[::1]:5222<") !=
          std::string::npos);
}

TEST_CASE("legacy: headers and end tags pass as they are, and elements stand alone") {
    Session s;
    s.relay.client_message(Session::legacy_header);
    s.relay.connected();
    CHECK(s.output.take() == Lines{"connect example.org", std::string{"server "} + Session::legacy_header});
    s.relay.server_bytes(Session::server_header);
    s.relay.server_bytes("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>");
    s.relay.client_message(" ");
    s.relay.client_message("<stream:error/>");
    s.relay.client_message("</stream:stream>");
    s.relay.server_bytes("</stream:stream>");
    CHECK(s.output.take() ==
          Lines{"client <stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' "
                "from='example.org' version='1.0'>",
                "client <stream:features xmlns:stream='http://etherx.jabber.org/streams'></stream:features>",
                "server  ", "server <stream:error/>", "server </stream:stream>", "client </stream:stream>",
                "end 1000 closed by the peer: stream closed by the client"});
}

TEST_CASE("legacy: each side's end tag fits its own header") {
    Session s;
    s.relay.client_message("<c:stream xmlns:c='http://etherx.jabber.org/streams' xmlns='jabber:client' to='a'>");
    s.relay.connected();
    s.relay.server_bytes("<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client'></s:stream>");
    s.output.take();
    s.relay.client_message("</c:stream>");
    CHECK(s.output.take()[0] == "server </c:stream>");
}

TEST_CASE("legacy: a client that did not offer the subprotocol is served") {
    Session s{{}, false};
    s.legacy_streaming();
    CHECK(s.relay.framing() == Framing::legacy);
    CHECK(!s.relay.ended());
}

TEST_CASE("raw: the server is connected at once, and bytes pass as they are") {
    Session s{raw()};
    CHECK(s.output.take() == Lines{"connect "});
    s.relay.client_message("<not xml");
    s.relay.connected();
    s.relay.server_bytes("&&& <");
    CHECK(s.output.take() == Lines{"server <not xml", "client &&& <"});
    s.relay.server_ended(errc::peer_closed, "");
    CHECK(s.output.take() == Lines{"end 1000 closed by the peer: the server closed the connection"});
}

TEST_CASE("raw: no text message ends inside a character") {
    const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            Session s{raw()};
            s.relay.connected();
            s.output.take();
            s.relay.server_bytes(text.substr(0, first));
            s.relay.server_bytes(text.substr(first, second - first));
            s.relay.server_bytes(text.substr(second));
            std::string all;
            for (const std::string& line : s.output.take()) {
                const std::string message = line.substr(7);
                CHECK(core::complete_utf8(message) == message.size());
                CHECK((static_cast<unsigned char>(message[0]) & 0xC0U) != 0x80U);
                all += message;
            }
            CHECK(all == text);
        }
    }
}
