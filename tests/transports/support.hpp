// What the tests of the transports share: raw frames, a receiver that keeps what it gets, and a scripted peer on a
// plain socket in the thread of the test.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsxmpp/connection.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace test {

using asio::ip::tcp;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace std::chrono_literals;

// Runs `io` until `done`. Nothing waits for time to pass; the limit only ends a test that would hang.
template <typename Done>
void run_until(asio::io_context& io, Done done) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
        if (io.stopped()) io.restart();
        io.poll();
        if (std::chrono::steady_clock::now() > limit) FAIL("the test waited in vain");
    }
}

// A frame as a client sends it. `first`: FIN, RSV and opcode; 0x81 is a whole text message.
inline std::string frame(unsigned first, std::string_view payload,
                         std::array<unsigned char, 4> mask = {7, 130, 44, 1}) {
    std::string bytes(1, static_cast<char>(first));
    const std::size_t size = payload.size();
    const auto push = [&](std::size_t value) { bytes.push_back(static_cast<char>(value & 0xFF)); };
    if (size < 126) {
        push(0x80 | size);
    } else if (size < 65'536) {
        push(0x80 | 126);
        push(size >> 8);
        push(size);
    } else {
        push(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8) push(size >> shift);
    }
    for (const unsigned char c : mask) bytes.push_back(static_cast<char>(c));
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % 4]));
    return bytes;
}

inline std::string text(std::string_view payload) { return frame(0x81, payload); }

// A close frame's payload.
inline std::string closing(unsigned code, std::string_view reason = {}) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + std::string{reason};
}

// For tests of who owns what.
class IgnoringReceiver : public wsxmpp::Receiver {
public:
    void on_data(std::string_view) override {}
    void on_read_end() override {}
    void on_end(std::error_code, std::string_view) override {}
    void on_writable() override {}
    void on_closed() override {}

protected:
    ~IgnoringReceiver() = default;
};

// Keeps what it gets; can be told what to do meanwhile.
class Recorder final : public wsxmpp::Receiver {
public:
    void on_data(std::string_view data) override {
        REQUIRE(closed == 0);
        REQUIRE_FALSE(ended);
        messages.emplace_back(data);
        views.push_back(data);
        if (on_message) on_message(data);
    }
    void on_read_end() override {
        ++reads;
        if (after_read) after_read();
        views.clear();
    }
    void on_end(std::error_code ec, std::string_view text) override {
        REQUIRE_FALSE(ended);
        REQUIRE(closed == 0);
        ended = true;
        reason = ec;
        detail = text;
        if (after_end) after_end();
    }
    void on_writable() override {
        REQUIRE(closed == 0);
        ++writable;
        if (after_writable) after_writable();
    }
    void on_closed() override { ++closed; }

    std::string all() const {
        std::string joined;
        for (const std::string& message : messages) joined += message;
        return joined;
    }

    std::vector<std::string> messages;
    std::vector<std::string_view> views;   // of the current read
    int reads = 0;
    int writable = 0;
    int closed = 0;
    bool ended = false;
    std::error_code reason;
    std::string detail;
    std::function<void(std::string_view)> on_message;
    std::function<void()> after_read, after_end, after_writable;
};

// Writes to one who does not read, until some of it is kept: how many bytes that makes, with `header` before each
// write.
inline std::size_t fill(wsxmpp::Connection& connection, std::size_t header = 0) {
    const std::string block(100'000, 'x');
    std::size_t written = 0;
    do {
        connection.write({block});
        written += header + block.size();
    } while (connection.flush());
    return written;
}

// The other end: a plain socket that never blocks the io_context under test.
class Peer {
public:
    explicit Peer(asio::io_context& under_test) : under_test_{under_test} {}
    Peer(asio::io_context& under_test, const tcp::endpoint& endpoint, int receive_buffer = 0) : Peer{under_test} {
        socket.open(endpoint.protocol());
        if (receive_buffer > 0) socket.set_option(tcp::socket::receive_buffer_size{receive_buffer});
        socket.connect(endpoint);
        ready();
    }

    void ready() {
        socket.non_blocking(true);
        socket.set_option(tcp::no_delay{true});
    }

    void send(std::string_view bytes) {
        run_until(under_test_, [&] {
            std::error_code ec;
            bytes.remove_prefix(socket.write_some(asio::buffer(bytes), ec));
            if (ec != asio::error::would_block) REQUIRE_FALSE(ec);
            return bytes.empty();
        });
    }

    // What has come and was not yet taken, once `enough` is true of it.
    template <typename Enough>
    void receive_until(Enough enough) {
        run_until(under_test_, [&] {
            receive_some();
            return enough();
        });
    }

    std::string take(std::size_t size) {
        receive_until([&] { return received.size() >= size || eof; });
        REQUIRE(received.size() >= size);
        std::string taken = received.substr(0, size);
        received.erase(0, size);
        return taken;
    }

    std::string take_through(std::string_view end) {
        receive_until([&] { return received.find(end) != std::string::npos || eof; });
        const auto at = received.find(end);
        REQUIRE(at != std::string::npos);
        return take(at + end.size());
    }

    // All that comes before the end; a reset is not an end.
    std::string take_all() {
        receive_until([&] { return eof; });
        REQUIRE_FALSE(reset);
        return std::exchange(received, {});
    }

    void shutdown_send() { socket.shutdown(tcp::socket::shutdown_send); }

    asio::io_context io;
    tcp::socket socket{io};
    std::string received;
    bool eof = false;
    bool reset = false;

private:
    void receive_some() {
        std::array<char, 65'536> buffer;
        std::error_code ec;
        const std::size_t size = socket.read_some(asio::buffer(buffer), ec);
        received.append(buffer.data(), size);
        if (ec == asio::error::would_block) return;
        if (ec) eof = true;
        if (ec && ec != asio::error::eof) reset = true;
    }

    asio::io_context& under_test_;
};

constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";   // RFC 6455 §1.3

inline std::string request(std::string_view more = "Sec-WebSocket-Protocol: xmpp\r\n") {
    return "GET /xmpp HTTP/1.1\r\nHost: localhost:5280\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: " +
           std::string{sample_key} + "\r\nSec-WebSocket-Version: 13\r\n" + std::string{more} + "\r\n";
}

inline wsxmpp::WebSocketListenerOptions local_options() {
    wsxmpp::WebSocketListenerOptions options;
    options.endpoints = {{asio::ip::address_v4::loopback(), 0}};
    return options;
}

// A listener, one accepted WebSocket, and the raw client at its other end.
class WebSocketFixture {
public:
    explicit WebSocketFixture(wsxmpp::WebSocketListenerOptions options = local_options(), int client_buffer = 0,
                              std::size_t max_message = 262'144, std::string_view early = {})
        : listener{io, std::move(options)}, client{(listen(), io), listener.endpoints()[0], client_buffer} {
        client.send(request() + std::string{early});
        client.take_through("\r\n\r\n");
        run_until(io, [&] { return connection != nullptr; });
        connection->start(receiver, max_message);
    }
    ~WebSocketFixture() {
        if (receiver) receiver->on_message = nullptr;
    }

    std::size_t fill() { return test::fill(*connection, 10); }   // a frame's header, with a length of 8 bytes
    void run() { io.restart(), io.poll(); }
    template <typename Done>
    void until(Done done) {
        run_until(io, done);
    }

    asio::io_context io{1};
    wsxmpp::WebSocketListener listener;
    std::shared_ptr<wsxmpp::Connection> connection;
    std::shared_ptr<Recorder> receiver = std::make_shared<Recorder>();
    Peer client;

private:
    void listen() {
        listener.start([this](std::shared_ptr<wsxmpp::Connection> accepted) { connection = std::move(accepted); });
    }
};

}   // namespace test
