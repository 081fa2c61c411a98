// A side that does not read stops the other one from being read: memory is bounded whatever either does.
#include "bridge/harness.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

constexpr std::size_t capacity = 4'096;
const std::string stanza = "<message xmlns='jabber:client'><body>" + std::string(200, 'x') + "</body></message>";

// Sends stanzas, one at a time, until nobody takes more; how many were taken.
std::size_t flood(Harness& h, Peer& from) {
    for (std::size_t sent = 1; sent < 10'000; ++sent) {
        from.connection->write({stanza});
        const bool taken = from.connection->flush();
        h.run();
        if (!taken && !std::exchange(from.writable, false)) return sent;
    }
    return 10'000;
}

}   // namespace

TEST_CASE("a client that never reads stops the server from being read") {
    Harness h{{}, capacity};
    const auto client = h.connect_and_open();
    client->connection->pause();
    const std::size_t sent = flood(h, *h.server);
    // What is under way: the client's capacity, the server's, and what one read took beyond them.
    CHECK(sent * stanza.size() < 3 * capacity);
    client->connection->resume();
    h.run();
    CHECK(client->got.size() == sent);   // nothing was lost
    CHECK(h.server->writable);
}

TEST_CASE("a server that never reads stops the client from being read") {
    Harness h{{}, capacity};
    const auto client = h.connect_and_open();
    h.server->connection->pause();
    const std::size_t sent = flood(h, *client);
    CHECK(sent * stanza.size() < 3 * capacity);
    h.server->connection->resume();
    h.run();
    CHECK(h.server->bytes == sent * stanza.size());
    CHECK(client->writable);
}

TEST_CASE("a client is not read while its server is being connected") {
    // An upstream that never calls back
    class Never final : public Upstream {
    public:
        std::shared_ptr<void> connect(const UpstreamRequest&, ConnectHandler handler) override {
            return std::make_shared<ConnectHandler>(std::move(handler));
        }
        std::string name() const override { return "never"; }
    };
    asio::io_context io;
    auto owned = std::make_unique<MemoryListener>(io);
    MemoryListener& listener = *owned;
    Bridge bridge{io, std::move(owned), std::make_shared<Never>()};
    bridge.start();
    const auto client = Peer::on(listener.connect({MemoryUnit::messages, capacity, "xmpp"}));
    client->send(Harness::open);
    io.poll();
    std::size_t taken = 0;
    for (bool more = true; more && taken < 1'000; ++taken) {
        client->connection->write({stanza});
        more = client->connection->flush();
        io.restart();
        io.poll();
    }
    CHECK(taken * stanza.size() < 2 * capacity);
    CHECK(bridge.sessions() == 1);
}

TEST_CASE("one direction that stands still does not stop the other") {
    Harness h{{}, capacity};
    const auto client = h.connect_and_open();
    client->connection->pause();
    flood(h, *h.server);
    client->send(stanza);
    client->send(stanza);
    h.run();
    CHECK(h.server->text() == stanza + stanza);
}

TEST_CASE("a session that ends while its client does not read still ends") {
    Harness h{{}, capacity};
    const auto client = h.connect_and_open();
    client->connection->pause();
    flood(h, *h.server);
    client->connection->abort();
    h.run();
    CHECK(h.bridge->sessions() == 0);
    CHECK(h.server->end == errc::peer_closed);
}
