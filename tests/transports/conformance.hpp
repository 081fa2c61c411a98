// What a conformance suite does to a server, in this process: one conversation on a raw socket with a server that
// echoes as examples/echo does. The tests' numbers are those of the cases of the Autobahn suite that they stand for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support.hpp"

namespace test {

class Echo final : public wsxmpp::Receiver {
public:
    explicit Echo(std::shared_ptr<wsxmpp::Connection> connection) : connection_{std::move(connection)} {}
    void on_data(std::string_view text) override { connection_->write({text}); }
    void on_binary(std::string_view data) override { connection_->write_binary({data}); }
    void on_read_end() override {
        if (!connection_->flush()) connection_->pause();
    }
    void on_writable() override { connection_->resume(); }
    void on_end(std::error_code why, std::string_view what) override {
        connection_->close(wsxmpp::close_code(why), what);
    }
    void on_closed() override {}

private:
    std::shared_ptr<wsxmpp::Connection> connection_;
};

inline wsxmpp::WebSocketListenerOptions echo_options() {
    auto options = local_options();
    options.accept_binary = true;
    options.max_fragments = 1'000'000;
    return options;
}

struct EchoServer {
    explicit EchoServer(wsxmpp::WebSocketListenerOptions options = echo_options(),
                        std::size_t max_message = std::size_t{32} << 20)
        : listener{io, std::move(options)} {
        listener.start([max_message](std::shared_ptr<wsxmpp::Connection> connection) {
            connection->start(std::make_shared<Echo>(connection), max_message);
        });
    }
    asio::io_context io{1};
    wsxmpp::WebSocketListener listener;
};

// A frame that the server sent.
struct Answer {
    unsigned first = 0;   // FIN, RSV and opcode
    std::string payload;
};

// Takes the first whole frame off `bytes`; false: there is none. A server does not mask (RFC 6455 §5.1), and writes
// lengths in their shortest form.
inline bool take_frame(std::string& bytes, Answer& answer) {
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    if (bytes.size() < 2) return false;
    REQUIRE(at(1) < 128);
    const std::size_t extended = at(1) < 126 ? 0 : at(1) == 126 ? 2 : 8;
    if (bytes.size() < 2 + extended) return false;
    std::size_t size = extended == 0 ? at(1) : 0;
    for (std::size_t i = 0; i < extended; ++i) size = size << 8 | at(2 + i);
    REQUIRE((extended == 0 || size > (extended == 2 ? 125U : 65'535U)));
    if (bytes.size() - 2 - extended < size) return false;
    answer = {static_cast<unsigned>(at(0)), bytes.substr(2 + extended, size)};
    bytes.erase(0, 2 + extended + size);
    return true;
}

// What came back, a line each: "text Hello", "binary …", "pong …", "close 1002" (the reason is looked at, not kept).
using Lines = std::vector<std::string>;

inline std::string to_line(const Answer& answer) {
    switch (answer.first) {
        case 0x81: return "text " + answer.payload;
        case 0x82: return "binary " + answer.payload;
        case 0x8A: return "pong " + answer.payload;
        case 0x88: break;
        default: return "a frame that begins with " + std::to_string(answer.first);
    }
    REQUIRE(answer.payload.size() <= 125);
    if (answer.payload.empty()) return "close";
    REQUIRE(answer.payload.size() >= 2);
    return "close " + std::to_string(static_cast<unsigned char>(answer.payload[0]) << 8 |
                                     static_cast<unsigned char>(answer.payload[1]));
}

inline Lines to_lines(std::string bytes) {
    Lines lines;
    Answer answer;
    while (take_frame(bytes, answer)) lines.push_back(to_line(answer));
    if (!bytes.empty()) lines.push_back("half a frame");
    return lines;
}

// A client after its handshake.
class Client {
public:
    explicit Client(EchoServer& server, std::string_view headers = {})
        : peer{server.io, server.listener.endpoints()[0]} {
        peer.send(request(headers));
        response = peer.take_through("\r\n\r\n");
    }
    Answer take() {
        Answer answer;
        bool taken = false;
        peer.receive_until([&] { return (taken = take_frame(peer.received, answer)) || peer.eof; });
        REQUIRE(taken);
        return answer;
    }

    Peer peer;
    std::string response;
};

// Everything that the server answers until it closes the connection, which it does first (RFC 6455 §7.1.1), when it is
// sent these pieces, one by one.
inline Lines converse(EchoServer& server, const std::vector<std::string>& pieces) {
    Client client{server};
    for (const std::string& piece : pieces) client.peer.send(piece);
    return to_lines(client.peer.take_all());
}

inline std::vector<std::string> chopped(std::string_view bytes, std::size_t size) {
    std::vector<std::string> pieces;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
        pieces.emplace_back(bytes.substr(0, size));
    return pieces;
}

// Frames of one message, of `size` bytes each; what is left makes the last one. `opcode`: 1 is text.
inline std::string fragmented(unsigned opcode, std::string_view payload, std::size_t size) {
    std::string bytes;
    for (; payload.size() > size; payload.remove_prefix(size), opcode = 0)
        bytes += frame(opcode, payload.substr(0, size));
    return bytes + frame(0x80 | opcode, payload);
}

inline const std::string close_normally = frame(0x88, closing(1000));

struct Case {
    const char* name;
    std::string sent;
    Lines answer;
};

// Whole, cut in two at each place, and byte by byte: the answer is the same.
inline void check(const std::vector<Case>& cases) {
    EchoServer server;
    for (const Case& c : cases) {
        INFO("case " << c.name);
        REQUIRE(converse(server, {c.sent}) == c.answer);
        for (std::size_t at = 1; at < c.sent.size() && c.sent.size() < 300; ++at) {
            INFO("cut at " << at);
            REQUIRE(converse(server, {c.sent.substr(0, at), c.sent.substr(at)}) == c.answer);
        }
        REQUIRE(converse(server, chopped(c.sent, c.sent.size() < 300 ? 1 : 997)) == c.answer);
    }
}

}   // namespace test
