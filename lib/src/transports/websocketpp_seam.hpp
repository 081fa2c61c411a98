// What of websocketpp is used; the .cpp is the only file that names it.
//
// It does what runs once for a connection, and what runs for text that is not ASCII. Where it is known to take too
// much (DESIGN §5), the caller checks first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::transports {

// A parsed WebSocket handshake; what http_head.hpp reads is not read again.
class HttpRequest {
public:
    // `head` ends with the empty line. Throws HttpError.
    explicit HttpRequest(std::string_view head);
    ~HttpRequest();
    HttpRequest(const HttpRequest&) = delete;
    HttpRequest& operator=(const HttpRequest&) = delete;

    // Those that Sec-WebSocket-Protocol lists; nothing when it cannot be parsed.
    std::optional<std::vector<std::string>> subprotocols() const;
    // The 101 response; no Sec-WebSocket-Protocol when `subprotocol` is empty.
    std::string accept(const std::string& subprotocol, const std::string& extensions = {}) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct HttpError {
    int status;
    std::string text;
};

// Goes on checking UTF-8 text. `state` starts as 0, which is also what it is wherever a character ends.
// False: the bytes are invalid, wherever the text goes on.
bool check_utf8(std::uint32_t& state, std::string_view text);

// Whether a peer may send this code in a close frame (RFC 6455 §7.4).
bool is_close_code_allowed(std::uint16_t code);

}   // namespace wsxmpp::transports
