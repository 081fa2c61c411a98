// Which of a client's offers of permessage-deflate is accepted, and how (RFC 7692 §5 and §7.1). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsxmpp/deflate.hpp"

namespace wsxmpp::transports {

// What both sides keep to.
struct DeflateAgreement {
    std::uint8_t client_window_bits = 15;   // 8 to 15
    std::uint8_t server_window_bits = 15;   // 8 to 15
    bool client_context_takeover = true;
    bool server_context_takeover = true;
};

struct DeflateNegotiation {
    bool malformed = false;                   // the header breaks the grammar of RFC 6455 §9.1: no handshake
    std::optional<DeflateAgreement> agreed;   // empty: no offer was acceptable, and the connection has no extension
    std::string response;                     // the Sec-WebSocket-Extensions that says so; empty with `agreed`
};

// `offers`: the client's Sec-WebSocket-Extensions; several headers are one, joined by commas. The first acceptable
// offer is taken. One with a parameter that is unknown, there twice, or has a wrong value, is not acceptable (§7.1).
DeflateNegotiation negotiate_deflate(std::string_view offers, const DeflateOptions& options);

}   // namespace wsxmpp::transports
