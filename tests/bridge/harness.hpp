// A bridge between a scripted client and a scripted server, over the in-memory transports: everything happens in one
// io_context, step by step, and nothing depends on time but what a test sets a timeout for.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "wsxmpp/bridge.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/memory.hpp"

namespace wsxmpp::test {

// One end that a test holds: writes down what arrives.
class Peer final : public Receiver, public std::enable_shared_from_this<Peer> {
public:
    static std::shared_ptr<Peer> on(std::shared_ptr<Connection> connection) {
        auto peer = std::make_shared<Peer>();
        peer->connection = std::move(connection);
        peer->connection->start(peer, 1 << 24);
        return peer;
    }

    void send(std::string_view text) {
        connection->write({text});
        connection->flush();
    }

    void on_data(std::string_view data) override {
        got.emplace_back(data);
        bytes += data.size();
    }
    void on_read_end() override {}
    void on_end(std::error_code reason, std::string_view detail) override {
        end = reason;
        end_detail = detail;
    }
    void on_writable() override { writable = true; }
    void on_closed() override { closed = true; }

    // All that arrived, in one.
    std::string text() const {
        std::string all;
        for (const std::string& g : got) all += g;
        return all;
    }

    std::shared_ptr<Connection> connection;
    std::vector<std::string> got;
    std::size_t bytes = 0;
    std::error_code end;
    std::string end_detail;
    bool writable = false;
    bool closed = false;
};

class Harness {
public:
    explicit Harness(BridgeOptions options = {}, std::size_t capacity = 65'536)
        : upstream{std::make_shared<MemoryUpstream>(
              io,
              [this](std::shared_ptr<Connection> connection, const UpstreamRequest& request) {
                  domains.emplace_back(request.domain);
                  server = Peer::on(std::move(connection));
              },
              MemoryPairOptions{MemoryUnit::bytes, capacity, {}})},
          capacity_{capacity} {
        lead_to(upstream, std::move(options));
    }

    // From now on, with no session open, by this upstream.
    void lead_to(std::shared_ptr<Upstream> other, BridgeOptions options = {}) {
        auto owned = std::make_unique<MemoryListener>(io);
        listener = owned.get();
        bridge = std::make_unique<Bridge>(io, std::move(owned), std::move(other), std::move(options));
        bridge->start();
    }

    // Runs all that is ready.
    void run() {
        io.restart();
        io.poll();
    }

    // Runs until `done`; waits for timers, of which there must be one that leads there.
    template <typename Condition>
    void run_until(Condition done) {
        io.restart();
        while (!done()) REQUIRE(io.run_one() > 0);
    }

    std::shared_ptr<Peer> connect(std::string subprotocol = "xmpp") {
        auto peer = Peer::on(listener->connect({MemoryUnit::messages, capacity_, std::move(subprotocol)}));
        run();
        return peer;
    }

    // A client whose stream is open on both sides.
    std::shared_ptr<Peer> connect_and_open() {
        auto client = connect();
        client->send(open);
        run();
        REQUIRE(server);
        server->send(server_header);
        run();
        REQUIRE(client->got.size() == 1);
        client->got.clear();
        server->got.clear();
        client->bytes = server->bytes = 0;
        return client;
    }

    // The same, and the server has let it in.
    std::shared_ptr<Peer> connect_and_log_in() {
        auto client = connect_and_open();
        server->send("<success xmlns='urn:xmpp:sasl:2'/>");
        run();
        REQUIRE(client->got.size() == 1);
        client->got.clear();
        client->bytes = 0;
        return client;
    }

    static constexpr const char* open =
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>";
    static constexpr const char* server_header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' "
        "from='example.org' version='1.0'>";

    asio::io_context io;
    std::shared_ptr<MemoryUpstream> upstream;
    MemoryListener* listener = nullptr;
    std::unique_ptr<Bridge> bridge;
    std::shared_ptr<Peer> server;
    std::vector<std::string> domains;

private:
    std::size_t capacity_;
};

}   // namespace wsxmpp::test
