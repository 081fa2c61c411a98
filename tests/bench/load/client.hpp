// One XMPP client: connects, logs in, sends messages and checks what comes back. Over TCP (RFC 6120), over WebSocket
// in RFC 7395 framing, or with the text of a TCP stream in WebSocket messages, for relays that pass bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "load/message_check.hpp"
#include "load/net.hpp"
#include "load/websocket.hpp"
#include "load/wire.hpp"

namespace bench {

enum class Framing { tcp, rfc7395, text };

struct ClientOptions {
    std::uint16_t port = 0;
    Framing framing = Framing::tcp;
    bool binary = false;   // frames of Framing::text
    bool tls = false;
    std::string path = "/";
    std::string domain = "localhost";
    std::string user = "bench%";   // %: the number of the client
    std::string password = "secret";
};

class Client;

// What a scenario wants to know.
class ClientEvents {
public:
    virtual void on_ready(Client&) {}                                   // logged in
    virtual void on_message(Client&, std::uint64_t /*sent_at_ns*/) {}   // one came back, and is what was sent
    virtual void on_read_end(Client&) {}                                // all that had come is handled
    virtual void on_closed(Client&) {}                                  // after close()

protected:
    ~ClientEvents() = default;
};

class Client {
public:
    enum class State { idle, connecting, upgrading, opening, authenticating, reopening, binding, ready, closing };

    Client(const ClientOptions& options, Poller& poller, ClientEvents& events, std::uint32_t number)
        : options_{&options}, poller_{&poller}, events_{&events}, number_{number} {}

    void connect();
    void on_events(std::uint32_t events);
    State state() const { return state_; }
    std::uint32_t number() const { return number_; }

    // To itself. Nothing is sent before flush(), so that what is sent together leaves together.
    void message(std::size_t body_size, std::uint64_t at_ns);
    void flush();
    std::size_t in_flight() const { return in_flight_.size(); }

    // The sink sends `count` stanzas, and on_message() is called for each.
    void ask_for_flood(std::size_t count);
    std::size_t flood_left() const { return flood_left_; }
    void pause_reading(bool pause);

    void close();     // the end of the stream, and of the connection; then on_closed()
    void abandon();   // the connection is closed, without a word

private:
    struct Sent {
        std::uint32_t number;
        std::size_t size;
        std::uint64_t at_ns;
    };

    bool websocket() const { return options_->framing != Framing::tcp; }
    void watch();
    void send_outbox();
    void on_connected();
    void read();
    void on_frames(std::string_view bytes);
    void on_text(std::string_view text, bool begins, bool ends);
    void on_handshake(std::string_view text);
    void log_in(std::string_view text);
    bool complete(std::string_view end);
    void open_stream();
    void authenticate();
    void bind();
    void on_bound();
    void on_end();
    void send_text(std::string_view text);
    Body expected() const;
    [[noreturn]] void fail(const std::string& what) const;

    const ClientOptions* options_;
    Poller* poller_;
    ClientEvents* events_;
    std::uint32_t number_;
    State state_ = State::idle;
    Wire wire_;
    std::uint32_t watched_ = 0;
    bool paused_ = false;
    bool close_sent_ = false;
    Outbox outbox_;
    std::string stanza_;   // saves an allocation for each
    FrameReader frames_;
    std::string text_;   // until logged in
    std::string head_;   // of each message that is sent
    MessageCheck check_;
    std::deque<Sent> in_flight_;
    std::uint32_t next_number_ = 0;
    std::size_t flood_left_ = 0;
    std::uint32_t flood_next_ = 0;
};

}   // namespace bench
