// Sessions with a TLS server that are resumed: by its tickets, and while their keys last.
#include "tls_server_fixture.hpp"

using namespace test;
using wsxmpp::transports::TicketKeys;

TEST_CASE("TLS server: a session is resumed by its ticket, on another name and after a reload") {
    ServerFixture fixture{{&example(), &chat()}};
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Visit first = fixture.visit(asking);
    CHECK_FALSE(first.resumed);
    asking.session = first.session.get();
    const Visit second = fixture.visit(asking);
    CHECK(second.resumed);
    CHECK(fixture.server->reload());
    asking.session = second.session.get();
    CHECK(fixture.visit(asking).resumed);
}

TEST_CASE("TLS server: no other server opens its tickets") {
    ServerFixture fixture, other;
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Visit first = fixture.visit(asking);
    asking.session = first.session.get();
    const Visit second = other.visit(asking);
    CHECK(second.accepted);
    CHECK_FALSE(second.resumed);
}

TEST_CASE("TLS server: a ticket lives as long as is said, while its keys change, and is replaced") {
    ServerFixture fixture;
    auto now = TicketKeys::Clock::now();
    fixture.server->impl().tickets().set_clock([&now] { return now; });
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Visit first = fixture.visit(asking);
    asking.session = first.session.get();
    now += 11h;   // the key is 11 hours old
    const Visit late = fixture.visit(asking);
    CHECK(late.resumed);
    now += 24h;   // 35: it has sealed for 12, and what it sealed last is 23 hours old
    CHECK(fixture.visit(asking).resumed);
    now += 1h;
    CHECK_FALSE(fixture.visit(asking).resumed);
}

TEST_CASE("TLS server: what was resumed with an old key is resumed again with a new one") {
    ServerFixture fixture;
    auto now = TicketKeys::Clock::now();
    fixture.server->impl().tickets().set_clock([&now] { return now; });
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    Visit last = fixture.visit(asking);
    for (int i = 0; i < 5; ++i) {
        now += 20h;
        asking.session = last.session.get();
        Visit next = fixture.visit(asking);
        CHECK(next.resumed);
        last = std::move(next);
    }
}

TEST_CASE("ticket keys: one at a time seals, and goes when nothing it sealed can be alive") {
    auto now = TicketKeys::Clock::time_point{};
    TicketKeys keys{10s, 25s, [&now] { return now; }};
    TicketKeys::Key first, second, found;
    REQUIRE(keys.current(first));
    now += 9s;
    REQUIRE(keys.current(second));
    CHECK(second.name == first.name);
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::current);
    now += 1s;
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::old);
    REQUIRE(keys.current(second));
    CHECK(second.name != first.name);
    CHECK(second.cipher != first.cipher);
    CHECK(second.mac != first.mac);
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::old);
    CHECK(found.cipher == first.cipher);
    now += 24s;
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::old);
    now += 1s;
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::none);
}
