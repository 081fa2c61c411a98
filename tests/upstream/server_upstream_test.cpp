// From a domain to a connection, against scripted servers on this machine. What DNS and certificates have to do with it
// is the end-to-end tests' affair.
#include "wsxmpp/server_upstream.hpp"

#include <unistd.h>

#include <asio/local/stream_protocol.hpp>
#include <list>

#include "dns_server.hpp"
#include "transports/support.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::Route;
using wsxmpp::Security;
using wsxmpp::ServerTarget;
using wsxmpp::ServerUpstream;
using wsxmpp::ServerUpstreamOptions;

namespace {

struct Result {
    bool called = false;
    wsxmpp::UpstreamResult what;

    wsxmpp::Upstream::ConnectHandler handler() {
        return [this](wsxmpp::UpstreamResult result) {
            CHECK_FALSE(called);
            called = true;
            what = std::move(result);
        };
    }
};

// A port on which nobody listens; the acceptor that is returned keeps others from taking it.
std::pair<tcp::acceptor, std::uint16_t> closed_port(asio::io_context& io) {
    tcp::acceptor bound{io};
    bound.open(tcp::v4());
    bound.bind({asio::ip::address_v4::loopback(), 0});
    const auto port = bound.local_endpoint().port();
    return {std::move(bound), port};
}

// A full backlog drops what comes next: an address that does not answer, without a network.
struct BlackHole {
    explicit BlackHole(asio::io_context& io) : acceptor{io}, fills_it{io} {
        acceptor.open(tcp::v4());
        acceptor.bind({asio::ip::address_v4::loopback(), 0});
        acceptor.listen(0);
        fills_it.connect(acceptor.local_endpoint());
    }
    std::uint16_t port() const { return acceptor.local_endpoint().port(); }
    tcp::acceptor acceptor;
    tcp::socket fills_it;
};

struct Server {
    explicit Server(asio::io_context& io_under_test) : under_test{io_under_test}, peer{under_test} {
        acceptor.non_blocking(true);
    }
    std::uint16_t port() const { return acceptor.local_endpoint().port(); }
    ServerTarget target(std::optional<Security> security = Security::none) const {
        return {"127.0.0.1", port(), security};
    }
    void accept() {
        peer.socket.close();
        run_until(under_test, [this] {
            std::error_code ec;
            acceptor.accept(peer.socket, ec);
            return !ec;
        });
        peer.ready();
        peer.eof = false;
        peer.received.clear();
    }

    asio::io_context& under_test;
    asio::io_context io;
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    Peer peer;
};

ServerUpstreamOptions to(std::vector<ServerTarget> targets) {
    ServerUpstreamOptions options;
    options.otherwise.emplace().targets = std::move(targets);
    return options;
}

constexpr auto header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='example.org' id='1' version='1.0'>"sv;

struct Fixture {
    explicit Fixture(ServerUpstreamOptions o) : options{std::move(o)} {}

    const wsxmpp::UpstreamResult& connect(const wsxmpp::UpstreamRequest& request = {"example.org"}) {
        begin(request);
        return finish();
    }
    void begin(const wsxmpp::UpstreamRequest& request = {"example.org"}) {
        if (!upstream) upstream.emplace(io, options);
        result = {};
        handle = upstream->connect(request, result.handler());
        CHECK_FALSE(result.called);
    }
    const wsxmpp::UpstreamResult& finish() {
        run_until(io, [this] { return result.called; });
        CHECK(static_cast<bool>(result.what.connection) == !result.what.error);
        return result.what;
    }

    asio::io_context io{1};
    ServerUpstreamOptions options;
    std::optional<ServerUpstream> upstream;
    Result result;
    std::shared_ptr<void> handle;
};

std::string text(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

}   // namespace

TEST_CASE("a name is resolved and connected to, the handler never runs inside connect()") {
    asio::io_context io;
    Server server{io};
    Fixture f{to({{GENERATE("localhost"s, "127.0.0.1"s), server.port(), {}}})};
    const auto& result = f.connect();
    CHECK_FALSE(result.error);
    CHECK(result.connection->peer() == text(server.port()));
    CHECK(f.upstream->name() == f.options.otherwise->targets[0].host + ":" + std::to_string(server.port()));
    f.handle.reset();   // too late to cancel anything
    CHECK(result.connection->flush());
}

TEST_CASE("a refused connection tells the operator who refused, and the client that it was") {
    asio::io_context io;
    const auto [bound, port] = closed_port(io);
    Fixture f{to({{"127.0.0.1", port, {}}})};
    const auto& result = f.connect();
    CHECK(result.error == errc::connection_refused);
    CHECK(result.detail == text(port) + ": Connection refused");
    CHECK(result.client_detail == "example.org: Connection refused");
}

TEST_CASE("a failure says which server it was, and whether the operator named the domain") {
    const bool served = GENERATE(true, false);
    asio::io_context io;
    const auto [bound, port] = closed_port(io);
    Fixture f{to({{"127.0.0.1", port, {}}})};
    if (served) {
        f.options.routes.push_back(*f.options.otherwise);
        f.options.routes.back().domain = "example.org";
        f.options.otherwise.reset();
    }
    const auto& result = f.connect();
    CHECK(result.target == text(port));
    CHECK(result.domain_is_served == served);
    if (!served) return;
    f.connect({"other.example"});
    CHECK(result.error == errc::host_unknown);
    CHECK(result.target.empty());
    CHECK_FALSE(result.domain_is_served);
}

TEST_CASE("a server that a client has chosen is not told, lest clients fill the metrics with names") {
    ServerUpstreamOptions options;
    options.otherwise.emplace();
    options.allow_private = true;
    Fixture f{options};
    const auto& result = f.connect({"127.0.0.1"});
    CHECK(result.error);
    CHECK(result.target.empty());
    CHECK_FALSE(result.domain_is_served);
}

TEST_CASE("with verbose errors clients hear it all") {
    asio::io_context io;
    const auto [bound, port] = closed_port(io);
    Fixture f{to({{"127.0.0.1", port, {}}})};
    f.options.verbose_errors = true;
    CHECK(f.connect().client_detail.empty());
    CHECK(f.result.what.detail == text(port) + ": Connection refused");
}

TEST_CASE("an address that does not answer is given up in time") {
    Fixture f{to({})};
    BlackHole hole{f.io};
    f.options.otherwise->targets = {{"127.0.0.1", hole.port(), {}}};
    f.options.connect_timeout = 100ms;
    const auto& result = f.connect();
    CHECK(result.error == errc::connect_timeout);
    CHECK(result.detail == text(hole.port()) + ": no answer within 0.1 s");
    CHECK(result.client_detail == "example.org: no answer within 0.1 s");
}

TEST_CASE("one that does not answer is not waited for when another one does") {
    Fixture f{to({})};
    BlackHole hole{f.io};
    Server server{f.io};
    f.options.otherwise->targets = {{"127.0.0.1", hole.port(), {}}, server.target()};
    f.options.attempt_delay = 1ms;
    f.options.connect_timeout = 1h;
    CHECK(f.connect().connection->peer() == text(server.port()));
    f.options.attempt_delay = 1h;   // the one that was outrun is not asked first now
    CHECK(f.connect().connection->peer() == text(server.port()));
}

TEST_CASE("one that refuses is skipped at once, and the next is tried") {
    Fixture f{to({})};
    const auto [bound, port] = closed_port(f.io);
    Server server{f.io};
    f.options.otherwise->targets = {{"127.0.0.1", port, {}}, server.target()};
    f.options.attempt_delay = 1h;
    CHECK(f.connect().connection->peer() == text(server.port()));
}

TEST_CASE("thousands of addresses that fail at once are no matter of the stack") {
    // The broadcast address of loopback: ENETUNREACH, and nothing is sent.
    DnsServer dns{[&](const DnsQuery& query) {
        if (query.type != 1) return query.with(0);
        if (!query.tcp) return query.with(dns_truncated);
        return query.with(0, std::vector<std::string>(2'200, dns_record(query.name, 1, "\x7F\xFF\xFF\xFF"s)));
    }};
    Fixture f{to({{"many.example", 5222, Security::none}})};
    f.options.dns_servers = {dns.endpoint()};
    f.begin();
    run_until(f.io, [&] { return dns.poll(), f.result.called; });
    CHECK(f.result.what.error == errc::network_unreachable);
}

TEST_CASE("when none of several can be connected, the operator hears of each") {
    Fixture f{to({})};
    const auto [one, first] = closed_port(f.io);
    const auto [other, second] = closed_port(f.io);
    f.options.otherwise->targets = {{"127.0.0.1", first, {}}, {"127.0.0.1", second, {}}};
    const auto& result = f.connect();
    CHECK(result.error == errc::upstreams_down);
    CHECK(result.detail == "none of its servers can be connected (" + text(first) + ": Connection refused; " +
                               text(second) + ": Connection refused)");
    CHECK(result.client_detail == "example.org: none of its servers can be connected");
}

TEST_CASE("round robin spreads connections") {
    Fixture f{to({})};
    Server one{f.io};
    Server other{f.io};
    f.options.otherwise->targets = {one.target(), other.target()};
    f.options.otherwise->balance = wsxmpp::Balance::round_robin;
    for (int i = 0; i < 2; ++i) {
        CHECK(f.connect().connection->peer() == text(one.port()));
        CHECK(f.connect().connection->peer() == text(other.port()));
    }
}

TEST_CASE("least connections: those that are closed do not count") {
    Fixture f{to({})};
    Server one{f.io};
    Server other{f.io};
    f.options.otherwise->targets = {one.target(), other.target()};
    f.options.otherwise->balance = wsxmpp::Balance::least_connections;
    const auto peer_of_next = [&f] { return f.connect().connection->peer(); };
    CHECK(peer_of_next() == text(one.port()));   // dropped by the next connect()
    auto kept = f.result.what.connection;
    CHECK(peer_of_next() == text(other.port()));
    auto also_kept = f.result.what.connection;
    f.result.what.connection.reset();
    kept.reset();
    CHECK(peer_of_next() == text(one.port()));
    kept = f.result.what.connection;
    also_kept.reset();
    CHECK(peer_of_next() == text(other.port()));
    f.result.what.connection.reset();
    CHECK(peer_of_next() == text(other.port()));   // it has none again, and it is not its turn
}

TEST_CASE("a domain that is not served is refused, and nothing is connected") {
    asio::io_context io;
    Server server{io};
    Fixture f{{}};
    Route route;
    route.domain = "example.org";
    route.targets = {server.target()};
    f.options.routes = {route};
    const auto& result = f.connect({"example.net"});
    CHECK(result.error == errc::host_unknown);
    CHECK(result.detail == "'example.net' is not served here");
    std::error_code ec;
    server.acceptor.accept(server.peer.socket, ec);
    CHECK(ec == asio::error::would_block);
    CHECK_FALSE(f.connect({"EXAMPLE.ORG."}).error);
}

TEST_CASE("a client who may name any domain is not led to an address of this machine or network") {
    asio::io_context io;
    Server server{io};
    Fixture f{to({})};
    const auto domain = GENERATE("localhost"s, "127.0.0.1"s, "::1"s, "[::1]"s, "[::ffff:127.0.0.1]"s, "10.0.0.1"s,
                                 "169.254.169.254"s, "0.0.0.0"s, "224.0.0.1"s, "x.localhost"s);
    INFO(domain);
    const auto& result = f.connect({domain});
    CHECK((result.error == errc::address_refused || result.error == errc::host_unknown));
}

TEST_CASE("a Unix-domain socket is an upstream like any other") {
    Fixture f{to({})};
    char directory[] = "/tmp/wsxmpp-test-XXXXXX";
    REQUIRE(::mkdtemp(directory) != nullptr);
    const std::string path = directory + "/socket"s;
    {
        asio::io_context io;
        asio::local::stream_protocol::acceptor acceptor{io, path};
        f.options.otherwise->targets = {{path, 0, {}}};
        const auto& result = f.connect();
        CHECK_FALSE(result.error);
        auto server = acceptor.accept();
        const auto receiver = std::make_shared<Recorder>();
        result.connection->start(receiver, 0);
        asio::write(server, asio::buffer("<stream>"sv));
        run_until(f.io, [&] { return receiver->all() == "<stream>"; });
        CHECK(result.connection->peer().empty());
    }
    ::unlink(path.c_str());
    CHECK(f.connect().error == errc::upstream_unreachable);
    CHECK(f.result.what.detail == "unix:" + path + ": No such file or directory");
    ::rmdir(directory);
}

TEST_CASE("the PROXY header comes before all else") {
    Fixture f{to({})};
    Server server{f.io};
    f.options.otherwise->targets = {server.target()};
    f.options.otherwise->proxy_protocol = wsxmpp::ProxyProtocol::v1;
    f.connect({"example.org", "192.0.2.1:1234", "192.0.2.2:6222"});
    server.accept();
    CHECK(server.peer.take_through("\r\n") == "PROXY TCP4 192.0.2.1 192.0.2.2 1234 6222\r\n");
}

TEST_CASE("a SOCKS5 proxy gets the name, then the PROXY header and the stream pass through it") {
    Fixture f{to({{"xmpp.example", 5222, Security::none}})};
    Server proxy{f.io};
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
    Fixture f{to({{"xmpp.example", 5222, Security::none}})};
    Server proxy{f.io};
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
    Fixture f{to({})};
    Server server{f.io};
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
    Fixture f{to({})};
    Server server{f.io};
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
    Fixture f{to({})};
    Server server{f.io};
    f.options.otherwise->targets = {server.target(Security::tls)};
    f.begin();
    server.accept();
    server.peer.receive_until([&] { return !server.peer.received.empty(); });
    server.peer.send("<stream:stream>");
    CHECK(f.finish().error == errc::tls_failed);
}

TEST_CASE("one that accepts and says nothing is not waited for for ever") {
    Fixture f{to({})};
    Server server{f.io};
    f.options.otherwise->targets = {server.target(GENERATE(Security::starttls, Security::tls))};
    f.options.connect_timeout = 50ms;
    CHECK(f.connect().error == errc::connect_timeout);
}

TEST_CASE("one that accepts and says nothing leaves time for the others") {
    Fixture f{to({})};
    Server silent{f.io};
    Server server{f.io};
    f.options.otherwise->targets = {silent.target(Security::tls), server.target()};
    f.options.connect_timeout = 200ms;
    CHECK(f.connect().connection->peer() == text(server.port()));
}

TEST_CASE("dropping the handle cancels the attempt, at any time") {
    asio::io_context io;
    Server server{io};
    for (int steps = 0; steps < 6; ++steps) {
        Fixture f{to({{GENERATE("localhost"s, "127.0.0.1"s), server.port(), {}}})};
        f.begin();
        for (int i = 0; i < steps && !f.result.called; ++i) f.io.run_one();
        const bool called = f.result.called;
        f.result.what = {};
        f.handle.reset();
        f.io.restart();
        f.io.run();
        CHECK(f.result.called == called);
    }
}

TEST_CASE("an upstream, and its io_context, may go during an attempt") {
    asio::io_context io;
    Server server{io};
    Fixture f{to({server.target()})};
    f.begin();
    f.upstream.reset();
    SECTION("the attempt goes on") { CHECK_FALSE(f.finish().error); }
    SECTION("it is dropped") { f.handle.reset(); }
}
