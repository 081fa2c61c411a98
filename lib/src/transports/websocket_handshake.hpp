// The opening handshake of a WebSocket, as a server answers it (RFC 6455 §4.2): bytes in, one answer out. No socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "transports/deflate_negotiation.hpp"
#include "transports/http_head.hpp"
#include "wsxmpp/http_page.hpp"
#include "wsxmpp/listener_counters.hpp"
#include "wsxmpp/origin_list.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace wsxmpp::transports {

// websocketpp's parser takes 16000 bytes, and counts one more for each line.
inline constexpr std::size_t most_header_bytes = 15'000;
inline constexpr std::size_t most_headers = 1'000;

struct HandshakePolicy {
    std::string subprotocol;            // agreed on when the client offers it
    bool require_subprotocol = false;   // otherwise refused
    std::string path = {};              // that is a WebSocket; empty: every one is
    OriginList origins = {};            // whose pages may connect
    std::size_t max_head = 8'192;       // bytes of a request's head; more: 431
    std::size_t max_headers = 100;      // lines of it, without the first; more: 431
    bool asks_for_pages = false;        // HandshakeAnswer::query, instead of the page there is
    DeflateOptions deflate = {};        // agreed on when the client offers it
};

// Throws std::invalid_argument: a path or an origin that is none.
HandshakePolicy handshake_policy(const WebSocketListenerOptions& options);

// What to send, and what to do then.
struct HandshakeAnswer {
    int status = 0;             // 101: a WebSocket now; otherwise to be closed
    std::string response;       // the whole HTTP response
    std::string reason;         // for the log and the person; empty for 101 and the page
    bool subprotocol = false;   // it was agreed on
    std::optional<DeflateAgreement> deflate = {};
    std::string early;   // bytes that followed the request: 101 only
    // Status 0: a request for a page, which is to be asked for; answered with answer_page() (http_answer.hpp).
    std::optional<HttpQuery> query;
    bool head_only = false;                      // the request came by HEAD
    Counter ListenerCounters::*over = nullptr;   // the limit that was hit, by what counts it
    // What the request says of the client, if it came through a proxy: believed of trusted ones alone. Several headers
    // of a name come joined with ", ", in their order.
    std::string x_forwarded_for;
    std::string x_forwarded_proto;
    std::string forwarded;   // RFC 7239
};

class Handshake {
public:
    explicit Handshake(const HandshakePolicy& policy) : policy_{policy} {}   // which outlives it
    explicit Handshake(HandshakePolicy&&) = delete;

    // Empty: more is needed. Not called after an answer.
    std::optional<HandshakeAnswer> feed(std::string_view bytes);

    // Answers that do not depend on what was sent.
    static HandshakeAnswer timeout();
    static HandshakeAnswer no_page();   // none was made in time
    static HandshakeAnswer unavailable();
    // Over a limit of this server (503), or of the client's own (429); `reason` says which. When it may come again.
    static HandshakeAnswer full(std::string reason, std::chrono::seconds retry_after);
    static HandshakeAnswer too_many(std::string reason, std::chrono::seconds retry_after);

private:
    std::optional<HandshakeAnswer> incomplete(std::size_t searched) const;
    HandshakeAnswer answer(std::string_view text) const;
    HandshakeAnswer answer(const HttpHead& head, std::string_view text) const;
    HandshakeAnswer upgrade(const HttpHead& head, std::string_view text) const;

    const HandshakePolicy& policy_;
    std::string head_;
    bool after_empty_line_ = false;
};

}   // namespace wsxmpp::transports
