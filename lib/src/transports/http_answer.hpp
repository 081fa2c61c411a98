// Complete HTTP responses for those who did not get a WebSocket.
#pragma once

#include <string>
#include <string_view>

#include "transports/websocket_handshake.hpp"

namespace wsxmpp::transports {

// A refusal, told as text/plain. `headers`: whole lines, each with its CRLF.
HandshakeAnswer refuse(int status, std::string reason, std::string_view headers = {});

// What a browser shows to who opens the endpoint's address: what it is and how to connect. HEAD: no body.
HandshakeAnswer show_page(std::string_view subprotocol, bool head_only);

// A page that a PageHandler made.
HandshakeAnswer answer_page(const HttpPage& page, bool head_only);

}   // namespace wsxmpp::transports
