#include "upstream/resolver.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "temporary_files.hpp"
#include "transports/support.hpp"
#include "upstream/dns_server.hpp"
#include "wsxmpp/error.hpp"

using namespace test;
using namespace wsxmpp;
using namespace wsxmpp::upstream;

namespace {

const std::string ip1 = "\xC0\x00\x02\x01"s;

ResolverSettings settings(std::chrono::milliseconds timeout = 10s) { return {timeout, 2, {}}; }

std::string silence(const DnsQuery&) { return {}; }
std::string one_address(const DnsQuery& query) { return query.with(0, {dns_record(query.name, dns_type_a, ip1)}); }

class Fixture {
public:
    explicit Fixture(DnsServer::Script script = silence, ResolverSettings its_settings = settings())
        : server{std::move(script)}, resolver{std::in_place, io, std::vector{server.endpoint()}, its_settings} {}

    template <typename Done>
    void until(Done done) {
        run_until(io, [&] {
            server.poll();
            return done();
        });
    }

    template <typename Record, typename Ask>
    DnsAnswer<Record> answer(Ask ask) {
        std::optional<DnsAnswer<Record>> got;
        const auto handle = ask([&](DnsAnswer<Record> answer) {
            REQUIRE_FALSE(got);
            got = std::move(answer);
        });
        CHECK_FALSE(got);   // never from inside the call
        until([&] { return got.has_value(); });
        return *got;
    }
    DnsAnswer<asio::ip::address> addresses(const std::string& host, Family family = Family::v4) {
        return answer<asio::ip::address>([&](auto handler) { return resolver->addresses(host, family, handler); });
    }
    DnsAnswer<SrvRecord> srv(const std::string& name) {
        return answer<SrvRecord>([&](auto handler) { return resolver->srv(name, handler); });
    }
    DnsAnswer<TlsaRecord> tlsa(const std::string& name) {
        return answer<TlsaRecord>([&](auto handler) { return resolver->tlsa(name, handler); });
    }

    // Whether nothing is waited for.
    bool idle() {
        io.restart();
        io.poll();
        return io.stopped();
    }

    asio::io_context io{1};
    DnsServer server;
    std::optional<Resolver> resolver;
};

std::string text(const DnsAnswer<asio::ip::address>& answer) {
    std::string joined = answer.error ? answer.error.message() : "";
    for (const auto& address : answer.records) joined += address.to_string() + " ";
    return joined;
}

}   // namespace

TEST_CASE("SRV records are asked for and answered") {
    Fixture f{[](const DnsQuery& query) {
        return query.with(0, {dns_record(query.name, dns_type_srv, srv_data(1, 2, 5223, "xmpp.example"))});
    }};
    const auto answer = f.srv("_xmpps-client._tcp.example.org");
    REQUIRE_FALSE(answer.error);
    REQUIRE(answer.records.size() == 1);
    CHECK(answer.records[0].target == "xmpp.example");
    CHECK(answer.records[0].port == 5223);
    REQUIRE(f.server.queries.size() == 1);
    CHECK(f.server.queries[0].name == "_xmpps-client._tcp.example.org");
    CHECK(f.server.queries[0].type == dns_type_srv);
    CHECK(f.server.queries[0].flags == 0x0120);   // RD, AD
    CHECK(f.server.queries[0].edns);
}

TEST_CASE("addresses of either family are asked for, and aliases followed") {
    Fixture f{[](const DnsQuery& query) {
        const bool v6 = query.type == dns_type_aaaa;
        const std::string data = v6 ? "\x20\x01\x0D\xB8"s + std::string(11, '\0') + "\x01" : ip1;
        return query.with(0, {dns_record(query.name, dns_type_cname, dns_name("b.example")),
                              dns_record("b.example", query.type, data)});
    }};
    CHECK(text(f.addresses("a.example")) == "192.0.2.1 ");
    CHECK(text(f.addresses("a.example", Family::v6)) == "2001:db8::1 ");
}

TEST_CASE("TLSA records are asked for and answered") {
    Fixture f{[](const DnsQuery& query) {
        return query.with(dns_authenticated, {dns_record(query.name, dns_type_tlsa, "\x03\x01\x01\xAB")});
    }};
    const auto answer = f.tlsa("_5222._tcp.xmpp.example");
    REQUIRE(answer.records.size() == 1);
    CHECK(answer.records[0].data == "\xAB");
    CHECK(answer.authenticated);
}

TEST_CASE("an answer is authenticated when a resolver on this machine says so") {
    Fixture f{[](const DnsQuery& query) { return query.with(query.name[0] == 's' ? dns_authenticated : 0); }};
    CHECK(f.srv("secure.example").authenticated);
    CHECK_FALSE(f.srv("other.example").authenticated);
}

TEST_CASE("the AD bit counts for nothing when one of the resolvers is elsewhere") {
    Fixture f{[](const DnsQuery& query) { return query.with(dns_authenticated); }};
    const asio::ip::udp::endpoint elsewhere{asio::ip::make_address("192.0.2.53"), 53};   // never asked: it is second
    f.resolver.emplace(f.io, std::vector{f.server.endpoint(), elsewhere}, settings());
    const auto answer = f.srv("secure.example");
    CHECK_FALSE(answer.error);
    CHECK_FALSE(answer.authenticated);
}

TEST_CASE("each kind of failure has its code") {
    const auto [rcode, expected] = GENERATE(table<unsigned, errc>({
        {1, errc::dns_failed},   // FORMERR
        {2, errc::dns_failed},   // SERVFAIL
        {3, errc::name_not_found},
        {4, errc::dns_failed},   // NOTIMP
        {5, errc::dns_failed},   // REFUSED
    }));
    CAPTURE(rcode);
    Fixture f{[rcode = rcode](const DnsQuery& query) { return query.with(rcode); }};
    CHECK(f.srv("a.example").error == expected);
    CHECK(f.addresses("a.example").error == expected);
    CHECK(f.tlsa("a.example").error == expected);
    CHECK(f.idle());
}

TEST_CASE("a name without such records is no failure") {
    Fixture f{[](const DnsQuery& query) { return query.with(0); }};
    const auto answer = f.srv("a.example");
    CHECK_FALSE(answer.error);
    CHECK(answer.records.empty());
}

TEST_CASE("a server that knows no EDNS is asked without, then and later") {
    Fixture f{[](const DnsQuery& query) { return query.edns ? query.with(1) : one_address(query); }};
    CHECK(text(f.addresses("a.example")) == "192.0.2.1 ");
    CHECK(text(f.addresses("b.example")) == "192.0.2.1 ");
    REQUIRE(f.server.queries.size() == 3);
    CHECK_FALSE(f.server.queries[2].edns);
}

TEST_CASE("a server that says nothing is asked once more, and then given up") {
    Fixture f{silence, settings(20ms)};
    CHECK(f.srv("a.example").error == errc::dns_timeout);
    CHECK(f.server.queries.size() == 2);
    CHECK(f.idle());
}

TEST_CASE("the second server is asked when the first says nothing, or is not there") {
    Fixture f{silence, settings(20ms)};
    DnsServer second{one_address};
    const NoDnsServer nobody;
    const bool silent = GENERATE(true, false);
    const auto first = silent ? f.server.endpoint() : nobody.endpoint();
    f.resolver.emplace(f.io, std::vector{first, second.endpoint()}, settings(50ms));
    std::string got;
    const auto handle = f.resolver->addresses("a.example", Family::v4, [&](auto answer) { got = text(answer); });
    f.until([&] {
        second.poll();
        return !got.empty();
    });
    CHECK(got == "192.0.2.1 ");
}

TEST_CASE("where no server is, the question fails at once") {
    Fixture f;
    const NoDnsServer nobody;
    f.resolver.emplace(f.io, std::vector{nobody.endpoint()}, settings());
    CHECK(f.srv("a.example").error == errc::dns_failed);
}

TEST_CASE("what is no answer to the question is passed over") {
    const int kind = GENERATE(0, 1, 2);
    Fixture f{[kind](const DnsQuery& query) {
        if (query.name != "a.example") return one_address(query);
        if (kind == 0) return "garbage"s;
        if (kind == 1) return dns_message(query.id ^ 1U, dns_response, query.question, {});
        return dns_message(query.id, dns_response, dns_question("b.example", dns_type_a), {});   // to another question
    }};
    int answered = 0;
    const auto handle = f.resolver->addresses("a.example", Family::v4, [&](auto) { ++answered; });
    f.until([&] { return !f.server.queries.empty(); });
    CHECK(text(f.addresses("c.example")) == "192.0.2.1 ");   // what came before it has been read, too
    CHECK(answered == 0);
}

TEST_CASE("an answer whose records are malformed is a failure") {
    Fixture f{[](const DnsQuery& query) { return query.with(0, {dns_record(query.name, dns_type_a, "abc")}); }};
    CHECK(f.addresses("a.example").error == errc::dns_failed);
}

TEST_CASE("an answer that UDP does not hold is asked for by TCP") {
    Fixture f{[](const DnsQuery& query) {
        if (!query.tcp) return query.with(dns_truncated);
        std::vector<std::string> records;
        for (unsigned i = 0; i < 500; ++i)
            records.push_back(dns_record(query.name, dns_type_srv, srv_data(i, 0, 5222, "xmpp.example")));
        return query.with(0, records);
    }};
    const auto answer = f.srv("a.example");
    CHECK_FALSE(answer.error);
    CHECK(answer.records.size() == 500);
    REQUIRE(f.server.queries.size() == 2);
    CHECK(f.server.queries[1].tcp);
    CHECK(f.idle());
}

TEST_CASE("questions that are open at the same time are answered each") {
    Fixture f{[](const DnsQuery& query) {
        return query.with(0, {dns_record(query.name, dns_type_a, "\x0A\x00\x00"s + query.name[0])});
    }};
    std::string got[3];
    std::vector<std::shared_ptr<void>> handles;
    for (int i = 0; i < 3; ++i)
        handles.push_back(f.resolver->addresses("abc"s[static_cast<std::size_t>(i)] + ".example"s, Family::v4,
                                                [&got, i](auto answer) { got[i] = text(answer); }));
    f.until([&] { return !got[0].empty() && !got[1].empty() && !got[2].empty(); });
    CHECK(got[0] == "10.0.0.97 ");
    CHECK(got[1] == "10.0.0.98 ");
    CHECK(got[2] == "10.0.0.99 ");
    CHECK(f.idle());
}

TEST_CASE("literal addresses are answered without a question, by family") {
    Fixture f;
    CHECK(text(f.addresses("192.0.2.7")) == "192.0.2.7 ");
    CHECK(text(f.addresses("192.0.2.7", Family::v6)).empty());
    CHECK(text(f.addresses("2001:db8::7", Family::v6)) == "2001:db8::7 ");
    CHECK(text(f.addresses("2001:db8::7")).empty());
    CHECK(f.server.queries.empty());
}

TEST_CASE("localhost and what is below it are this machine, and never asked for") {
    Fixture f;
    for (const char* const name : {"localhost", "LocalHost.", "xmpp.localhost"}) {
        CHECK(text(f.addresses(name)) == "127.0.0.1 ");
        CHECK(text(f.addresses(name, Family::v6)) == "::1 ");
    }
    CHECK(f.srv("_xmpp-client._tcp.localhost").records.empty());
    CHECK(f.tlsa("_5222._tcp.localhost").records.empty());
    CHECK(f.server.queries.empty());
    f.server.script = one_address;
    CHECK(text(f.addresses("notlocalhost")) == "192.0.2.1 ");
}

TEST_CASE("the hosts file comes before DNS, for both families") {
    const TemporaryFile hosts{"192.0.2.5 chat.example\n"};
    ResolverSettings with_file = settings();
    with_file.hosts_file = hosts.path();
    Fixture f{one_address, with_file};
    CHECK(text(f.addresses("chat.example")) == "192.0.2.5 ");
    CHECK(text(f.addresses("Chat.example.", Family::v6)).empty());
    CHECK(f.server.queries.empty());
    CHECK(text(f.addresses("other.example")) == "192.0.2.1 ");
}

TEST_CASE("a name that no question can hold is not found") {
    Fixture f;
    CHECK(f.srv(std::string(64, 'a') + ".example").error == errc::name_not_found);
    CHECK(f.srv("a..example").error == errc::name_not_found);
    CHECK(f.server.queries.empty());
}

TEST_CASE("nothing is waited for before the first question, and after an answer") {
    Fixture f{one_address};
    CHECK(f.idle());
    CHECK(text(f.addresses("a.example")) == "192.0.2.1 ");
    CHECK(f.idle());
}

TEST_CASE("a handler is not called once its handle is gone, and nothing is waited for") {
    Fixture f;
    int answered = 0;
    auto handle = f.resolver->srv("a.example", [&](auto) { ++answered; });
    f.until([&] { return !f.server.queries.empty(); });
    handle.reset();
    CHECK(f.idle());
    CHECK(answered == 0);
    f.server.script = one_address;
    CHECK(text(f.addresses("b.example")) == "192.0.2.1 ");   // and others are answered
    CHECK(answered == 0);
}

TEST_CASE("a handle that is dropped leaves other questions alone") {
    Fixture f;
    int dropped = 0;
    auto handle = f.resolver->addresses("a.example", Family::v4, [&](auto) { ++dropped; });
    f.until([&] { return !f.server.queries.empty(); });
    f.server.script = [&](const DnsQuery& query) {
        handle.reset();
        return one_address(query);
    };
    CHECK(text(f.addresses("b.example")) == "192.0.2.1 ");
    CHECK(dropped == 0);
    CHECK(f.idle());
}

TEST_CASE("a handle that is dropped after the answer was read, and before it was told, still counts") {
    Fixture f;
    int answered = 0;
    auto handle = f.resolver->addresses("127.0.0.1", Family::v4, [&](auto) { ++answered; });
    handle.reset();
    CHECK(f.idle());
    CHECK(answered == 0);
}

TEST_CASE("a handler may drop its handle, ask again, and destroy the resolver") {
    Fixture f{one_address};
    std::shared_ptr<void> handle;
    bool done = false;
    handle = f.resolver->addresses("a.example", Family::v4, [&](auto) {
        handle = f.resolver->addresses("b.example", Family::v4, [&](auto) {
            handle.reset();
            f.resolver.reset();
            done = true;
        });
    });
    f.until([&] { return done; });
    CHECK(f.idle());
}

TEST_CASE("a resolver may go while questions are open, and then no handler is called") {
    Fixture f;
    int answered = 0;
    const auto asked = f.resolver->srv("a.example", [&](auto) { ++answered; });
    const auto known = f.resolver->addresses("127.0.0.1", Family::v4, [&](auto) { ++answered; });
    f.server.poll();
    f.resolver.reset();
    CHECK(f.idle());
    CHECK(answered == 0);
}
