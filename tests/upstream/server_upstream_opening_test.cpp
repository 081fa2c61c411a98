// What is said on a connection before it is handed out: the PROXY header, to a SOCKS5 proxy, STARTTLS and TLS.
#include "server_upstream_support.hpp"
#include "wsxmpp/error.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::Security;

namespace {

constexpr auto header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='example.org' id='1' version='1.0'>"sv;

}   // namespace

TEST_CASE("the PROXY header comes before all else") {
    ConnectFixture f{to({})};
    ScriptedServer server{f.io};
    f.options.otherwise->targets = {server.target()};
    f.options.otherwise->proxy_protocol = wsxmpp::ProxyProtocol::v1;
    f.connect({"example.org", "192.0.2.1:1234", "192.0.2.2:6222"});
    server.accept();
    CHECK(server.peer.take_through("\r\n") == "PROXY TCP4 192.0.2.1 192.0.2.2 1234 6222\r\n");
}

TEST_CASE("a SOCKS5 proxy gets the name, then the PROXY header and the stream pass through it") {
    ConnectFixture f{to({{"xmpp.example", 5222, Security::none}})};
    ScriptedServer proxy{f.io};
    f.options.otherwise->socks5 = {"127.0.0.1", proxy.port(), {}};
    f.options.otherwise->proxy_protocol = wsxmpp::ProxyProtocol::v1;
    f.begin({"example.org", "192.0.2.1:1234", "192.0.2.2:6222"});
    proxy.accept();
    CHECK(proxy.peer.take(3) == "\x05\x01\x00"s);
    proxy.peer.send("\x05\x00"s);
    CHECK(proxy.peer.take(19) == "\x05\x01\x00\x03\x0Cxmpp.example\x14\x66"s);
    proxy.peer.send("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s);
    CHECK_FALSE(f.finish().error);
    CHECK(proxy.peer.take_through("\r\n").substr(0, 10) == "PROXY TCP4");
}

TEST_CASE("a SOCKS5 proxy that refuses says why") {
    ConnectFixture f{to({{"xmpp.example", 5222, Security::none}})};
    ScriptedServer proxy{f.io};
    f.options.otherwise->socks5 = {"127.0.0.1", proxy.port(), {}};
    f.begin();
    proxy.accept();
    proxy.peer.take(3);
    proxy.peer.send("\x05\x00"s);
    proxy.peer.take(19);
    proxy.peer.send("\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"s);
    CHECK(f.finish().error == errc::proxy_refused);
    CHECK(f.result.what.client_detail.find("example.org: the SOCKS5 proxy: ") == 0);
}

TEST_CASE("TLS that is required and not offered is an error; if it is only wished for, plain TCP will do") {
    ConnectFixture f{to({})};
    ScriptedServer server{f.io};
    const auto wanted = GENERATE(Security::starttls, Security::starttls_if_offered);
    f.options.otherwise->targets = {server.target(wanted)};
    f.begin();
    server.accept();
    server.peer.take_through("version='1.0'>");
    server.peer.send(std::string{header} + "<stream:features/>");
    if (wanted == Security::starttls) {
        CHECK(f.finish().error == errc::starttls_not_offered);
    } else {
        CHECK_FALSE(f.finish().error);   // on a connection of its own
        server.accept();
        f.result.what.connection->write({"<stream>"});
        f.result.what.connection->flush();
        CHECK(server.peer.take(8) == "<stream>");
    }
}

TEST_CASE("a server that refuses STARTTLS, or the stream, is quoted") {
    ConnectFixture f{to({})};
    ScriptedServer server{f.io};
    f.options.otherwise->targets = {server.target(Security::starttls)};
    f.begin();
    server.accept();
    server.peer.take_through("version='1.0'>");
    SECTION("STARTTLS") {
        server.peer.send(std::string{header} +
                         "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>");
        server.peer.take_through("xmpp-tls'/>");
        server.peer.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>");
        CHECK(f.finish().error == errc::starttls_refused);
    }
    SECTION("the stream") {
        server.peer.send(std::string{header} +
                         "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
        CHECK(f.finish().error == errc::stream_refused);
        CHECK(f.result.what.client_detail.find("host-unknown") != std::string::npos);
    }
    SECTION("by dropping it") {
        server.peer.socket.close();
        CHECK(f.finish().error == errc::stream_refused);
    }
}

TEST_CASE("a server that speaks no TLS where it should is told from one that is not there") {
    ConnectFixture f{to({})};
    ScriptedServer server{f.io};
    f.options.otherwise->targets = {server.target(Security::tls)};
    f.begin();
    server.accept();
    server.peer.receive_until([&] { return !server.peer.received.empty(); });
    server.peer.send("<stream:stream>");
    CHECK(f.finish().error == errc::tls_failed);
}
