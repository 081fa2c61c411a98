// One session, as a pure state machine: what comes from the client and from the server goes in, what is to be written,
// connected, waited for and closed comes out through RelayOutput. No socket, no clock.
//
//     waiting ─ first header ─▶ opening ─ server's header ─▶ streaming ─ <close/> ──────────▶ client_closed ─┐
//                                  ▲                            │  └──── </stream:stream> ──▶ server_closed ─┤
//                                  └─ header after <success/> ──┘                                            ▼
//     any state: a failure, a lost connection, the end of the process ───────────────────────────────────▶ ended
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "core/frame_parser.hpp"
#include "core/login.hpp"
#include "core/stream_parser.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/filter.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/stream_codec.hpp"

namespace wsxmpp::core {

// What is waited for; each wait is bounded by whoever runs the relay.
enum class Wait {
    nothing,
    open,     // the client's first message
    answer,   // the server's stream header
    login,    // both streams are open; the client may log in now
    close,    // the other half of a close handshake
};

class RelayOutput {
public:
    // One message; some bytes. In pieces, borrowed for the call.
    virtual void to_client(std::initializer_list<std::string_view> pieces) = 0;
    virtual void to_server(std::initializer_list<std::string_view> pieces) = 0;
    // A part of the client's message that goes on as it is: valid as long as that message.
    virtual void pass_to_server(std::string_view part) = 0;

    // Connects to the server of `domain` (unescaped, may be empty); Relay::connected() or connect_failed() follows.
    virtual void connect(std::string_view domain) = 0;

    // Waits for this from now on, and for nothing else; Relay::timed_out() follows when it has been too long.
    virtual void wait_for(Wait what) = 0;

    // The server has let the client in: from now on its messages may be as large as RelayOptions::client_limits say.
    // Never for Framing::raw, where nothing is known.
    virtual void logged_in() = 0;

    // The last call: closes both connections, after what was written. `ec`: why, errc::peer_closed where all is well;
    // `reason` in words, as long as it is: a close frame takes close_reason() of it.
    virtual void end(std::error_code ec, std::uint16_t close_code, std::string_view reason) = 0;

    // An element passes; asks the filters.
    virtual Verdict on_element(Direction direction, const Element& element) = 0;

    // An id for a stream that the proxy itself must open, unpredictable (RFC 6120 §4.7.3).
    virtual std::string make_stream_id() = 0;

protected:
    ~RelayOutput() = default;
};

struct RelayOptions {
    Framing framing = Framing::automatic;
    Limits client_limits;
    Limits before_login;   // of what a client sends until then; not with Framing::raw
    Limits server_limits;
    std::string see_other_uri;     // for shut_down()
    bool keep_end_point = false;   // BridgeOptions::keep_tls_server_end_point
};

class Relay {
public:
    // `output` and `options` must outlive the relay. `subprotocol`: "xmpp" was agreed on.
    Relay(RelayOutput& output, const RelayOptions& options, bool subprotocol);

    void start();

    // The client's side. `text` is one message.
    void client_message(std::string_view text);
    void client_ended(std::error_code ec, std::string_view detail);

    // The server's side.
    void connected();
    void connect_failed(std::error_code ec, std::string_view detail);
    void server_bytes(std::string_view bytes);
    void server_ended(std::error_code ec, std::string_view detail);

    void timed_out(std::string_view detail);

    // The process ends: the client is told, the server sees a lost connection.
    void shut_down();
    // An operator ends this session: both sides are told.
    void close_by_operator();

    bool ended() const { return state_ == State::ended; }
    bool logged_in() const { return login_ != Login::none; }
    // What a client sends is bound by RelayOptions::before_login.
    bool limits_are_lower() const { return !logged_in() && framing() != Framing::raw; }
    bool server_broke_limit() const { return stream_.fault() && stream_.fault().error() == condition::limit_exceeded; }
    Framing framing() const { return parser_.framing(); }
    const std::string& domain() const { return domain_; }

private:
    enum class State : std::uint8_t {
        waiting,         // for the client's header (RFC 7395 §3.4)
        opening,         // the header is on its way; the server's is awaited. Again after SASL (RFC 6120 §4.3.3)
        streaming,       // both streams are open
        client_closed,   // the client closed its stream; the server may still send (RFC 6120 §4.4)
        server_closed,   // the server closed its stream; the client's <close/> is awaited
        ended,
    };

    enum class Login : std::uint8_t {
        none,
        assumed,   // by what the server sends (XEP-0078): a <success/> may still come
        sasl,      // there can be nothing more
    };

    // What a session that idles in RFC 7395 framing does not have.
    struct Rare {
        std::string early;          // for the server, before it is connected
        std::string split;          // raw: the beginning of a UTF-8 character (three bytes at most)
        std::string server_end;     // legacy: the end tag that fits the client's header
        std::string client_end;     // legacy: the one that fits the server's
        std::string server_error;   // the server sent a stream error: what it says
        OldLogin old_login;
    };
    Rare& rare();
    bool server_failed() const { return rare_ != nullptr && !rare_->server_error.empty(); }

    void client_event(const Event& event);
    [[gnu::cold]] void client_fault(std::error_code ec, std::string_view detail);
    void client_open(const Event& event);
    bool keeps_domain(const StreamHeader& header);
    void client_element(const Element& element);
    void client_close();
    const Limits& client_limits() const { return logged_in() ? options_.client_limits : options_.before_login; }

    void server_event(const Event& event);
    void server_open(const Event& event);
    void server_element(const Element& element);
    [[gnu::cold]] void watch_login(const Element& element);
    [[gnu::cold, gnu::noinline]] void server_error(const Element& element);
    [[gnu::cold, gnu::noinline]] void send_features(const Element& element);
    [[gnu::cold, gnu::noinline]] void stop_element(Verdict verdict);
    void server_close();

    void to_server(std::initializer_list<std::string_view> pieces);
    void pass_to_server(std::string_view part);
    void raw_to_client(std::string_view bytes);
    bool raw_text_to_client(std::string_view text);
    bool refuse_negotiation(const Element& element);
    void open_for_error();
    void close_client();
    void close_server();
    void finish(std::error_code ec, std::string_view reason);
    void fail(std::error_code ec, std::string_view text);

    RelayOutput& output_;
    const RelayOptions& options_;
    FrameParser parser_;
    StreamParser stream_;
    std::string domain_;           // the `to` of the first header, unescaped
    std::unique_ptr<Rare> rare_;   // made by rare()
    State state_ = State::waiting;
    Login login_ = Login::none;
    const bool subprotocol_;
    bool connected_ = false;
    bool answered_ = false;      // the client has seen a header
    bool restart_due_ = false;   // SASL succeeded: the next header is a restart
    bool told_ = false;          // the client has seen the end of the stream
};

}   // namespace wsxmpp::core
