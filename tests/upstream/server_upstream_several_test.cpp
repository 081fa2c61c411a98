// Several servers or addresses for one domain: which is tried, when the next one is, and what is said when all fail.
#include "dns_server.hpp"
#include "server_upstream_support.hpp"
#include "wsxmpp/error.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::Security;

TEST_CASE("one that does not answer is not waited for when another one does") {
    ConnectFixture f{to({})};
    BlackHole hole{f.io};
    ScriptedServer server{f.io};
    f.options.otherwise->targets = {{"127.0.0.1", hole.port(), {}}, server.target()};
    f.options.attempt_delay = 1ms;
    f.options.connect_timeout = 1h;
    CHECK(f.connect().connection->peer() == local(server.port()));
    f.options.attempt_delay = 1h;   // the one that was outrun is not asked first now
    CHECK(f.connect().connection->peer() == local(server.port()));
}

TEST_CASE("one that refuses is skipped at once, and the next is tried") {
    ConnectFixture f{to({})};
    const auto [bound, port] = closed_port(f.io);
    ScriptedServer server{f.io};
    f.options.otherwise->targets = {{"127.0.0.1", port, {}}, server.target()};
    f.options.attempt_delay = 1h;
    CHECK(f.connect().connection->peer() == local(server.port()));
}

TEST_CASE("one that accepts and says nothing leaves time for the others") {
    ConnectFixture f{to({})};
    ScriptedServer silent{f.io};
    ScriptedServer server{f.io};
    f.options.otherwise->targets = {silent.target(Security::tls), server.target()};
    f.options.connect_timeout = 1s;   // of which the first takes its half, whatever loading the authorities takes
    const auto& result = f.connect();
    REQUIRE(result.connection);
    CHECK(result.connection->peer() == local(server.port()));
}

TEST_CASE("thousands of addresses that fail at once are no matter of the stack") {
    // The broadcast address of loopback: ENETUNREACH, and nothing is sent.
    DnsServer dns{[&](const DnsQuery& query) {
        if (query.type != 1) return query.with(0);
        if (!query.tcp) return query.with(dns_truncated);
        return query.with(0, std::vector<std::string>(2'200, dns_record(query.name, 1, "\x7F\xFF\xFF\xFF"s)));
    }};
    ConnectFixture f{to({{"many.example", 5222, Security::none}})};
    f.options.dns_servers = {dns.endpoint()};
    f.begin();
    run_until(f.io, [&] { return dns.poll(), f.result.called; });
    CHECK(f.result.what.error == errc::network_unreachable);
}

TEST_CASE("when none of several can be connected, the operator hears of each") {
    ConnectFixture f{to({})};
    const auto [one, first] = closed_port(f.io);
    const auto [other, second] = closed_port(f.io);
    f.options.otherwise->targets = {{"127.0.0.1", first, {}}, {"127.0.0.1", second, {}}};
    const auto& result = f.connect();
    CHECK(result.error == errc::upstreams_down);
    CHECK(result.detail == "none of its servers can be connected (" + local(first) + ": Connection refused; " +
                               local(second) + ": Connection refused)");
    CHECK(result.client_detail == "example.org: none of its servers can be connected");
}

TEST_CASE("round robin spreads connections") {
    ConnectFixture f{to({})};
    ScriptedServer one{f.io};
    ScriptedServer other{f.io};
    f.options.otherwise->targets = {one.target(), other.target()};
    f.options.otherwise->balance = wsxmpp::Balance::round_robin;
    for (int i = 0; i < 2; ++i) {
        CHECK(f.connect().connection->peer() == local(one.port()));
        CHECK(f.connect().connection->peer() == local(other.port()));
    }
}

TEST_CASE("least connections: those that are closed do not count") {
    ConnectFixture f{to({})};
    ScriptedServer one{f.io};
    ScriptedServer other{f.io};
    f.options.otherwise->targets = {one.target(), other.target()};
    f.options.otherwise->balance = wsxmpp::Balance::least_connections;
    const auto peer_of_next = [&f] { return f.connect().connection->peer(); };
    CHECK(peer_of_next() == local(one.port()));   // dropped by the next connect()
    auto kept = f.result.what.connection;
    CHECK(peer_of_next() == local(other.port()));
    auto also_kept = f.result.what.connection;
    f.result.what.connection.reset();
    kept.reset();
    CHECK(peer_of_next() == local(one.port()));
    kept = f.result.what.connection;
    also_kept.reset();
    CHECK(peer_of_next() == local(other.port()));
    f.result.what.connection.reset();
    CHECK(peer_of_next() == local(other.port()));   // it has none again, and it is not its turn
}
