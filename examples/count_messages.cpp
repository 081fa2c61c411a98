// A filter that counts messages, and how to test one without a network: a client and a server that answer what they
// hear, on the in-memory transports.
#include <asio/io_context.hpp>
#include <iostream>
#include <wsxmpp/wsxmpp.hpp>

struct MessageCounter final : wsxmpp::Filter {
    wsxmpp::Verdict on_element(const wsxmpp::SessionInfo&, wsxmpp::Direction, const wsxmpp::Element& element) override {
        if (element.is("message", "jabber:client")) ++count;
        return wsxmpp::Verdict::pass;
    }
    int count = 0;
};

// One end of a connection. Whatever contains a `heard` is answered with each `said`.
struct Peer final : wsxmpp::Receiver {
    struct Answer {
        std::string_view heard, said;
    };

    Peer(std::shared_ptr<wsxmpp::Connection> c, std::vector<Answer> a)
        : connection{std::move(c)}, answers{std::move(a)} {}
    void on_data(std::string_view data) override {
        for (const auto& [heard, said] : answers)
            if (data.find(heard) != std::string_view::npos) connection->write({said});
    }
    void on_read_end() override { connection->flush(); }
    void on_end(std::error_code, std::string_view) override { connection->close(1000, ""); }
    void on_writable() override {}
    void on_closed() override {}

    std::shared_ptr<wsxmpp::Connection> connection;
    std::vector<Answer> answers;
};

int main() {
    asio::io_context io;
    const auto counter = std::make_shared<MessageCounter>();
    const auto serve = [](const std::shared_ptr<wsxmpp::Connection>& connection, const wsxmpp::UpstreamRequest&) {
        connection->start(
            std::make_shared<Peer>(
                connection,
                std::vector<Peer::Answer>{
                    {"<stream:stream",
                     "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                     "from='example.org' id='1' version='1.0'><stream:features/>"},
                    {"<message", "<message><body>Good day to you too.</body></message>"},
                    {"</stream:stream>", "</stream:stream>"}}),
            0);
    };
    auto listener = std::make_unique<wsxmpp::MemoryListener>(io);
    auto& clients = *listener;
    wsxmpp::BridgeOptions options;
    options.filters = {counter};
    wsxmpp::Bridge bridge{io, std::move(listener), std::make_shared<wsxmpp::MemoryUpstream>(io, serve), options};
    bridge.start();

    const auto client = clients.connect();
    client->start(
        std::make_shared<Peer>(
            client,
            std::vector<Peer::Answer>{{"features", "<message to='romeo@example.org'><body>Good day.</body></message>"},
                                      {"<message", "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"}}),
        65'536);
    client->write({"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>"});
    client->flush();
    io.run();
    std::cout << counter->count << " messages\n";
    return counter->count == 2 ? 0 : 1;
}
