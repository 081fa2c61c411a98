// Complete HTTP responses for those who did not get a WebSocket.
#pragma once

#include <string>
#include <string_view>

#include "transports/websocket_handshake.hpp"

namespace wsxmpp::transports {

// A refusal, told as text/plain. `headers`: whole lines, each with its CRLF.
HandshakeAnswer refuse(int status, std::string reason, std::string_view headers = {});

// What a browser shows to who opens the endpoint's address: what it is and how to connect.
HandshakeAnswer show_page(std::string_view subprotocol);

// Makes it the answer to HEAD: the same without its body, whatever it is (RFC 9110 §9.3.2).
void leave_out_body(std::string& response);

// A page that a PageHandler made. One that cannot be sent as it is, because a header of it is none, becomes a 500 whose
// reason says what is wrong.
HandshakeAnswer answer_page(const HttpPage& page, bool head_only);

}   // namespace wsxmpp::transports
