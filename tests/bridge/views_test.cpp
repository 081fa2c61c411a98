// What an operator sees of sessions, and how he ends one; and what a bridge counts.
#include <thread>

#include "bridge/harness.hpp"
#include "bridge/told_upstream.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using namespace std::chrono_literals;

namespace {

const char* const from_server = "<message>to client</message>";
const char* const to_server = "<message xmlns='jabber:client'>to server</message>";

SessionView only(const Harness& h) {
    auto views = h.bridge->session_views();
    REQUIRE(views.size() == 1);
    return views.front();
}

std::int64_t in(const Harness& h, SessionState state) {
    return h.bridge->metrics()->sessions[static_cast<std::size_t>(state)].value();
}

std::uint64_t all(const WaitHistogram& histogram) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < WaitHistogram::buckets; ++i) sum += histogram.count(i);
    return sum;
}

}   // namespace

TEST_CASE("a session is seen in each of its states") {
    Harness h;
    const auto client = h.connect();
    CHECK(only(h).state == "waiting");
    CHECK(only(h).framing.empty());
    CHECK(only(h).server.empty());
    CHECK(in(h, SessionState::waiting) == 1);
    client->connection->write({Harness::open});
    client->connection->flush();
    h.io.restart();
    h.io.poll_one();   // the message has come, the connection has not
    CHECK(only(h).state == "connecting");
    CHECK(in(h, SessionState::connecting) == 1);
    h.run();
    CHECK(only(h).state == "negotiating");
    CHECK(only(h).server == "memory");
    h.server->send(Harness::server_header);
    h.server->send("<success xmlns='urn:xmpp:sasl:2'/>");
    h.run();
    CHECK(only(h).state == "logged in");
    CHECK(in(h, SessionState::logged_in) == 1);
    client->send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    h.run();
    CHECK(only(h).state == "closing");
    CHECK(in(h, SessionState::closing) == 1);
    h.server->send("</stream:stream>");
    h.run();
    CHECK(h.bridge->session_views().empty());
    for (std::size_t i = 0; i < session_states; ++i) CHECK(in(h, static_cast<SessionState>(i)) == 0);
}

TEST_CASE("a raw session counts as logged in once it is connected") {
    BridgeOptions options;
    options.framing = Framing::raw;
    Harness h{options};
    const auto client = h.connect("");
    CHECK(only(h).state == "logged in");
    CHECK(only(h).framing == "raw");
}

TEST_CASE("a view says who, where, and how much") {
    Harness h;
    const auto client = h.connect_and_log_in();
    const SessionView before = only(h);
    client->send(to_server);
    client->send(to_server);
    h.server->send(from_server);
    h.run();
    const SessionView view = only(h);
    CHECK(view.id > 0);
    CHECK(view.client == "memory");
    CHECK(view.domain == "example.org");
    CHECK(view.framing == "rfc7395");
    CHECK(view.messages_from_client - before.messages_from_client == 2);
    CHECK(view.messages_from_server - before.messages_from_server == 1);
    CHECK(view.bytes_from_client - before.bytes_from_client == 2 * std::string{to_server}.size());
    CHECK(view.bytes_from_server - before.bytes_from_server == std::string{from_server}.size());
    while (only(h).age == view.age) std::this_thread::yield();   // it grows
    CHECK(only(h).age > view.age);
}

TEST_CASE("an operator ends one session by its id, and no other") {
    Harness h;
    const auto other = h.connect_and_log_in();
    const auto others_server = h.server;
    const auto client = h.connect_and_log_in();
    const auto views = h.bridge->session_views();
    const std::uint64_t id = std::max(views[0].id, views[1].id);
    CHECK(!h.bridge->close_session(id + 1));
    CHECK(h.bridge->close_session(id));
    h.run();
    REQUIRE(client->got.size() == 2);
    CHECK(client->got[0].find("<policy-violation ") != std::string::npos);
    CHECK(client->got[0].find("closed by the operator") != std::string::npos);
    CHECK(client->end_detail == "closed by the operator");
    CHECK(h.server->text() == "</stream:stream>");
    CHECK(other->got.empty());
    CHECK(h.bridge->sessions() == 1);
    CHECK(h.bridge->stats().sessions_failed == 0);
    CHECK(!h.bridge->close_session(id));
}

TEST_CASE("what passes is counted, that of sessions that have ended too, and by server and domain") {
    Harness h;
    const auto metrics = h.bridge->metrics();
    for (int i = 0; i < 2; ++i) {
        const auto client = h.connect_and_log_in();
        client->send(to_server);
        h.server->send(from_server);
        h.run();
        if (i == 0) client->connection->abort();
        h.run();
    }
    h.bridge->update_metrics();
    CHECK(metrics->sessions_accepted.value() == 2);
    CHECK(metrics->sessions_ended.value() == 1);
    CHECK(metrics->traffic.messages_from_clients.value() == 4);   // <open/> and a message
    CHECK(metrics->traffic.messages_to_clients.value() == 6);     // <open/>, <success/>, and a message
    CHECK(metrics->elements_from_clients.count(0) == 2);
    CHECK(metrics->elements_from_clients.sum() == 2 * std::string{to_server}.size());
    CHECK(all(metrics->connect) == 2);
    CHECK(all(metrics->answer) == 2);
    for (const SessionGroups* const groups : {&metrics->servers, &metrics->domains}) {
        REQUIRE(groups->size() == 1);
        const SessionGroup& group = (*groups)[0];
        CHECK(group.sessions.value() == 1);
        CHECK(group.sessions_total.value() == 2);
        CHECK(group.traffic.messages_from_clients.value() == 4);
        CHECK(group.traffic.bytes_from_clients.value() == metrics->traffic.bytes_from_clients.value());
        CHECK(group.traffic.bytes_from_servers.value() == metrics->traffic.bytes_from_servers.value());
        CHECK(all(group.connect) == 2);
    }
    CHECK(metrics->servers[0].name == "memory");
    CHECK(metrics->domains[0].name == "example.org");
}

TEST_CASE("a domain is one, however it is written; one that is not known and could not be connected has no group") {
    Harness h;
    for (const std::string to : {"Example.ORG", "example.org.", "example.org"}) {
        const auto client = h.connect();
        client->send("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + to + "'/>");
        h.run();
    }
    h.upstream->fail_with(errc::connection_refused, "refused");
    const auto client = h.connect();
    client->send("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='down.example'/>");
    h.run();
    const auto metrics = h.bridge->metrics();
    REQUIRE(metrics->domains.size() == 1);
    CHECK(metrics->domains[0].name == "example.org");
    CHECK(metrics->domains[0].sessions_total.value() == 3);
    CHECK(metrics->domains[0].errors.value() == 0);
    CHECK(metrics->errors[static_cast<std::size_t>(errc::connection_refused)].value() == 1);
}

TEST_CASE("a session that fails is counted with its server and its domain") {
    Harness h;
    const auto client = h.connect_and_log_in();
    h.server->connection->abort();
    h.run();
    const auto metrics = h.bridge->metrics();
    CHECK(metrics->servers[0].errors.value() == 1);
    CHECK(metrics->domains[0].errors.value() == 1);
    CHECK(metrics->errors[static_cast<std::size_t>(errc::upstream_lost)].value() == 1);
}

TEST_CASE("a session that could not be connected is an error of its server, and of its domain if that is served") {
    Harness h;
    const auto upstream = std::make_shared<ToldUpstream>(h.upstream);
    upstream->domain_is_served = GENERATE(true, false);
    h.lead_to(upstream);
    h.upstream->fail_with(errc::connection_refused, "refused");
    for (int i = 0; i < 3; ++i) {
        h.connect()->send(Harness::open);
        h.run();
    }
    const auto metrics = h.bridge->metrics();
    REQUIRE(metrics->servers.size() == 1);
    CHECK(metrics->servers[0].name == "two.test:5222");
    CHECK(metrics->servers[0].errors.value() == 3);
    CHECK(metrics->servers[0].sessions_total.value() == 0);
    REQUIRE(metrics->domains.size() == (upstream->domain_is_served ? 1 : 0));
    if (!upstream->domain_is_served) return;
    CHECK(metrics->domains[0].name == "example.org");
    CHECK(metrics->domains[0].errors.value() == 3);
    CHECK(metrics->domains[0].sessions.value() == 0);
}

TEST_CASE("a domain that was connected before has the errors of later ones, whoever named it") {
    Harness h;
    h.connect_and_open()->connection->abort();
    h.run();
    h.upstream->fail_with(errc::connection_refused, "refused");
    h.connect()->send(Harness::open);
    h.run();
    const auto metrics = h.bridge->metrics();
    REQUIRE(metrics->domains.size() == 1);
    CHECK(metrics->domains[0].errors.value() == 1);
    CHECK(metrics->domains[0].sessions_total.value() == 1);
    REQUIRE(metrics->servers.size() == 1);   // which one failed nobody said
    CHECK(metrics->servers[0].errors.value() == 0);
}

TEST_CASE("metrics outlive the bridge, and then no session is open") {
    Harness h;
    const auto client = h.connect_and_log_in();
    const auto metrics = h.bridge->metrics();
    h.bridge.reset();
    h.run();
    CHECK(metrics->sessions_ended.value() == 1);
    CHECK(metrics->sessions[static_cast<std::size_t>(SessionState::logged_in)].value() == 0);
}
