// The opening handshake of a WebSocket, as a server answers it (RFC 6455 §4.2): bytes in, one answer out. No socket.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "transports/deflate_negotiation.hpp"

namespace wsxmpp::transports {

struct HandshakePolicy {
    std::string subprotocol;            // agreed on when the client offers it
    bool require_subprotocol = false;   // otherwise refused
    DeflateOptions deflate = {};        // agreed on when the client offers it
};

// What to send, and what to do then.
struct HandshakeAnswer {
    int status = 0;             // 101: a WebSocket now; otherwise to be closed
    std::string response;       // the whole HTTP response
    std::string reason;         // for the log and the person; empty for 101 and the page
    bool subprotocol = false;   // it was agreed on
    std::optional<DeflateAgreement> deflate = {};
    std::string early;   // bytes that followed the request: 101 only
};

class Handshake {
public:
    static constexpr std::size_t max_head = 16'000;   // bytes of a request; more: 431

    explicit Handshake(const HandshakePolicy& policy) : policy_{policy} {}

    // Empty: more is needed. Not called after an answer.
    std::optional<HandshakeAnswer> feed(std::string_view bytes);

    // Answers that do not depend on what was sent.
    static HandshakeAnswer timeout();
    static HandshakeAnswer unavailable();

private:
    HandshakeAnswer answer(std::string_view head) const;

    const HandshakePolicy& policy_;
    std::string head_;
};

}   // namespace wsxmpp::transports
