// From a domain to a connection, against scripted servers on this machine. What DNS and certificates have to do with it
// is the end-to-end tests' affair.
#include <asio/local/stream_protocol.hpp>

#include "server_upstream_support.hpp"
#include "temporary_files.hpp"
#include "wsxmpp/error.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::Route;
using wsxmpp::Security;
using wsxmpp::ServerUpstreamOptions;

TEST_CASE("a name is resolved and connected to, the handler never runs inside connect()") {
    asio::io_context io;
    ScriptedServer server{io};
    ConnectFixture f{to({{GENERATE("localhost"s, "127.0.0.1"s), server.port(), {}}})};
    const auto& result = f.connect();
    CHECK_FALSE(result.error);
    CHECK(result.connection->peer() == local(server.port()));
    CHECK(f.upstream->name() == f.options.otherwise->targets[0].host + ":" + std::to_string(server.port()));
    f.handle.reset();   // too late to cancel anything
    CHECK(result.connection->flush());
}

TEST_CASE("a refused connection tells the operator who refused, and the client that it was") {
    asio::io_context io;
    const auto [bound, port] = closed_port(io);
    ConnectFixture f{to({{"127.0.0.1", port, {}}})};
    const auto& result = f.connect();
    CHECK(result.error == errc::connection_refused);
    CHECK(result.detail == local(port) + ": Connection refused");
    CHECK(result.client_detail == "example.org: Connection refused");
}

TEST_CASE("a failure says which server it was, and whether the operator named the domain") {
    const bool served = GENERATE(true, false);
    asio::io_context io;
    const auto [bound, port] = closed_port(io);
    ConnectFixture f{to({{"127.0.0.1", port, {}}})};
    if (served) {
        f.options.routes.push_back(*f.options.otherwise);
        f.options.routes.back().domain = "example.org";
        f.options.otherwise.reset();
    }
    const auto& result = f.connect();
    CHECK(result.target == local(port));
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
    ConnectFixture f{options};
    const auto& result = f.connect({"127.0.0.1"});
    CHECK(result.error);
    CHECK(result.target.empty());
    CHECK_FALSE(result.domain_is_served);
}

TEST_CASE("with verbose errors clients hear it all") {
    asio::io_context io;
    const auto [bound, port] = closed_port(io);
    ConnectFixture f{to({{"127.0.0.1", port, {}}})};
    f.options.verbose_errors = true;
    CHECK(f.connect().client_detail.empty());
    CHECK(f.result.what.detail == local(port) + ": Connection refused");
}

TEST_CASE("an address that does not answer is given up in time") {
    ConnectFixture f{to({})};
    BlackHole hole{f.io};
    f.options.otherwise->targets = {{"127.0.0.1", hole.port(), {}}};
    f.options.connect_timeout = 100ms;
    const auto& result = f.connect();
    CHECK(result.error == errc::connect_timeout);
    CHECK(result.detail == local(hole.port()) + ": no answer within 0.1 s");
    CHECK(result.client_detail == "example.org: no answer within 0.1 s");
}

TEST_CASE("one that accepts and says nothing is not waited for for ever") {
    ConnectFixture f{to({})};
    ScriptedServer server{f.io};
    f.options.otherwise->targets = {server.target(GENERATE(Security::starttls, Security::tls))};
    f.options.connect_timeout = 50ms;
    CHECK(f.connect().error == errc::connect_timeout);
}

TEST_CASE("a domain that is not served is refused, and nothing is connected") {
    asio::io_context io;
    ScriptedServer server{io};
    ConnectFixture f{{}};
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
    ScriptedServer server{io};
    ConnectFixture f{to({})};
    const auto domain = GENERATE("localhost"s, "127.0.0.1"s, "::1"s, "[::1]"s, "[::ffff:127.0.0.1]"s, "10.0.0.1"s,
                                 "169.254.169.254"s, "0.0.0.0"s, "224.0.0.1"s, "x.localhost"s);
    INFO(domain);
    const auto& result = f.connect({domain});
    CHECK((result.error == errc::address_refused || result.error == errc::host_unknown));
}

TEST_CASE("a Unix-domain socket is an upstream like any other") {
    ConnectFixture f{to({})};
    const TemporaryFolder folder;
    const std::string path = folder.path("socket");
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
    folder.remove("socket");
    CHECK(f.connect().error == errc::upstream_unreachable);
    CHECK(f.result.what.detail == "unix:" + path + ": No such file or directory");
}

TEST_CASE("dropping the handle cancels the attempt, at any time") {
    asio::io_context io;
    ScriptedServer server{io};
    for (int steps = 0; steps < 6; ++steps) {
        ConnectFixture f{to({{GENERATE("localhost"s, "127.0.0.1"s), server.port(), {}}})};
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
    ScriptedServer server{io};
    ConnectFixture f{to({server.target()})};
    f.begin();
    f.upstream.reset();
    SECTION("the attempt goes on") { CHECK_FALSE(f.finish().error); }
    SECTION("it is dropped") { f.handle.reset(); }
}
