// Counts what the thread of a bridge allocates for each message in the steady state, over real sockets on loopback:
// wsxmpp is linked in, operator new replaced, and this program is both the client and the server.
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <wsxmpp/wsxmpp.hpp>

#include "../counting_new.hpp"
#include "load/net.hpp"
#include "load/traffic.hpp"
#include "load/websocket.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};
thread_local bool counted = false;

}   // namespace

void on_allocation() noexcept {
    if (counted) allocations.fetch_add(1, std::memory_order_relaxed);
}

namespace {

using asio::ip::tcp;

std::string stanza(std::size_t body_size, bool with_namespace) {
    std::string text = "<message";
    if (with_namespace) text += bench::client_namespace;
    text += " to='romeo@example.org/orchard' type='chat' id='12345678'><body>";
    bench::Body{1, 1, body_size}.append_to(text);
    return text + "</body></message>";
}

// A client and a server whose stream is open, with the bridge between them on a thread of its own.
class World {
public:
    World() : accept_{here_, {asio::ip::address_v4::loopback(), 0}}, client_{here_}, server_{here_} {
        wsxmpp::WebSocketListenerOptions listen;
        listen.endpoints = {{asio::ip::address_v4::loopback(), 0}};
        auto listener = std::make_unique<wsxmpp::WebSocketListener>(io_, listen);
        const auto there = listener->endpoints().front();
        wsxmpp::ServerTarget upstream;
        upstream.host = "127.0.0.1";
        upstream.port = accept_.local_endpoint().port();
        wsxmpp::BridgeOptions options;
        options.client_rate = {0, 0};
        bridge_ = std::make_unique<wsxmpp::Bridge>(io_, std::move(listener),
                                                   std::make_shared<wsxmpp::ServerUpstream>(io_, upstream), options);
        bridge_->start();
        thread_ = std::thread{[this] {
            counted = true;
            io_.run();
        }};
        client_.connect(there);
        client_.set_option(tcp::no_delay{true});
        asio::write(client_, asio::buffer(bench::upgrade_request("localhost", "/", "xmpp")));
        read_until(client_, "\r\n\r\n");
        to_server(frame("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"));
        accept_.accept(server_);
        server_.set_option(tcp::no_delay{true});
        read_until(server_, "<stream:stream");
        read_until(server_, ">");
        asio::write(server_,
                    asio::buffer(std::string{"<stream:stream xmlns='jabber:client' "
                                             "xmlns:stream='http://etherx.jabber.org/streams' from='localhost' id='1' "
                                             "version='1.0'><stream:features/>"}));
        read_until(client_, "<stream:features");
        read_until(client_, ">");
        if (allocations.load() == 0) throw bench::Failure{"a session was opened, and no allocation counted"};
    }
    ~World() {
        io_.stop();
        thread_.join();
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    static std::string frame(std::string_view text) {
        std::string bytes;
        bench::append_frame(bytes, bench::Opcode::text, text);
        return bytes;
    }

    void to_server(const std::string& bytes) { asio::write(client_, asio::buffer(bytes)); }

    // `batch` messages there and back, `times`; returns the allocations of the bridge.
    std::uint64_t relay(std::size_t body_size, std::size_t batch, std::size_t times) {
        std::string there;
        std::string arrives;
        std::string back;
        for (std::size_t i = 0; i < batch; ++i) {
            there += frame(stanza(body_size, true));
            arrives += stanza(body_size, true);
            back += stanza(body_size, false);
        }
        // Each comes back as a frame of its own, with the namespace added.
        const std::size_t one = stanza(body_size, true).size();
        const std::size_t size = batch * (one + (one < 126 ? 2 : one < 65'536 ? 4 : 10));
        std::string got(std::max(arrives.size(), size), '\0');
        const auto before = allocations.load();
        for (std::size_t i = 0; i < times; ++i) {
            asio::write(client_, asio::buffer(there));
            asio::read(server_, asio::buffer(got.data(), arrives.size()));
            if (got.compare(0, arrives.size(), arrives) != 0) throw bench::Failure{"the server got something else"};
            asio::write(server_, asio::buffer(back));
            asio::read(client_, asio::buffer(got.data(), size));
        }
        return allocations.load() - before;
    }

private:
    static void read_until(tcp::socket& socket, std::string_view end) {
        std::string text;
        for (char c = 0; text.find(end) == std::string::npos; text += c) {
            if (text.size() > 4096) throw bench::Failure{"no " + std::string{end} + " in " + text};
            asio::read(socket, asio::buffer(&c, 1));
        }
    }

    asio::io_context io_{1};
    asio::io_context here_;
    tcp::acceptor accept_;
    tcp::socket client_;
    tcp::socket server_;
    std::unique_ptr<wsxmpp::Bridge> bridge_;
    std::thread thread_;
};

}   // namespace

int main() try {
    bench::prepare_process();
    World world;
    struct Case {
        const char* name;
        std::size_t body;
        std::size_t batch;
        std::size_t times;
    };
    for (const Case& c : {Case{"allocations_a_message", 100, 1, 2000}, Case{"allocations_a_message_16", 100, 16, 500},
                          Case{"allocations_a_message_60kb", 60'000, 1, 500}}) {
        world.relay(c.body, c.batch, 100);   // the buffers grow once
        const auto count = world.relay(c.body, c.batch, c.times);
        std::printf("%s %.4f\n", c.name, static_cast<double>(count) / static_cast<double>(c.batch * c.times));
    }
} catch (const std::exception& e) {
    std::fprintf(stderr, "allocations: %s\n", e.what());
    return 1;
}
