#include "transports/websocket_handshake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "transports/http_answer.hpp"
#include "transports/websocketpp_seam.hpp"

namespace wsxmpp::transports {

namespace {

// Every 426 says what is wanted (RFC 9110 §15.5.22; the version: RFC 6455 §4.4).
constexpr std::string_view upgrade_headers = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Whether a comma-separated header names the token: websocketpp looks for it anywhere in the text.
bool has_token(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (equals_ignoring_case(trimmed(list.substr(0, comma)), token)) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_token_char(char c) {
    return is_alphanumeric(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

// 16 bytes in base64: 22 characters, of which the last carries two bits, and "==" (RFC 6455 §4.2.1).
bool is_key(std::string_view key) {
    return key.size() == 24 && key.substr(22) == "==" &&
           std::all_of(key.begin(), key.begin() + 22,
                       [](char c) { return is_alphanumeric(c) || c == '+' || c == '/'; }) &&
           std::string_view{"AQgw"}.find(key[21]) != std::string_view::npos;
}

// What websocketpp's parser lets pass and no request needs: what other servers may read differently.
// Returns what is wrong with the lines of the head, or nothing.
std::string_view find_fault(std::string_view head) {
    struct Once {
        std::string_view name;
        std::string_view fault;
        bool seen = false;
    };
    std::array once{Once{"Host", "more than one Host header"},
                    Once{"Sec-WebSocket-Key", "more than one Sec-WebSocket-Key header (RFC 6455 §11.3.1)"},
                    Once{"Sec-WebSocket-Version", "more than one Sec-WebSocket-Version header (RFC 6455 §11.3.5)"},
                    Once{"Content-Length", "more than one Content-Length header"}};
    bool has_host = false;
    for (bool request_line = true; !head.empty(); request_line = false) {
        const auto end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (line.empty()) return has_host ? std::string_view{} : "no Host header (RFC 9112 §3.2)";
        for (const char c : line)
            if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return "a control character";
        if (request_line) continue;
        const auto colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos) return "a header line without a name";
        const std::string_view name = line.substr(0, colon);
        if (!std::all_of(name.begin(), name.end(), is_token_char)) return "a header name with forbidden characters";
        if (equals_ignoring_case(name, "Host")) has_host = !trimmed(line.substr(colon + 1)).empty();
        for (Once& header : once)
            if (equals_ignoring_case(name, header.name) && std::exchange(header.seen, true)) return header.fault;
    }
    return {};
}

}   // namespace

std::optional<HandshakeAnswer> Handshake::feed(std::string_view bytes) {
    const std::size_t searched = head_.size() < 3 ? 0 : head_.size() - 3;
    head_.append(bytes);

    // A request begins with its method. What a TLS client says first is told apart, because it is met so often.
    if (head_[0] == 0x16)
        return refuse(400, "TLS on a port that does not speak it: use ws:// or http:// here, or the TLS port");
    if (head_[0] < 'A' || head_[0] > 'Z') return refuse(400, "this is not an HTTP request");

    const auto end = head_.find("\r\n\r\n", searched);
    if (end == std::string::npos && head_.size() <= max_head) {
        // The empty line would never be found.
        if (head_.find("\n\n", searched) != std::string::npos)
            return refuse(400, "lines of an HTTP request end with CR LF");
        return std::nullopt;
    }
    if (end == std::string::npos || end + 4 > max_head)
        return refuse(431, fmt::format("the request head has more than {} bytes", max_head));

    HandshakeAnswer result = answer(std::string_view{head_}.substr(0, end + 4));
    if (result.status == 101) result.early = head_.substr(end + 4);
    return result;
}

HandshakeAnswer Handshake::answer(std::string_view head) const try {
    if (const std::string_view fault = find_fault(head); !fault.empty())
        return refuse(400, fmt::format("malformed request: {}", fault));

    const HttpRequest request{head};
    if (request.version() != "HTTP/1.1" && request.version() != "HTTP/1.0")
        return refuse(505, "only HTTP/1.1 is spoken here");
    if (request.method() != "GET" && request.method() != "HEAD")
        return refuse(405, "only GET is understood here: this is a WebSocket endpoint", "Allow: GET, HEAD\r\n");
    const std::string& length = request.header("Content-Length");
    if ((!length.empty() && length != "0") || !request.header("Transfer-Encoding").empty())
        return refuse(400, "a GET request with a body is not understood here");

    const bool upgrades =
        has_token(request.header("Upgrade"), "websocket") && has_token(request.header("Connection"), "upgrade");
    const std::string& key = request.header("Sec-WebSocket-Key");
    if (!upgrades) {
        if (key.empty() && request.header("Upgrade").empty())
            return show_page(policy_.subprotocol, request.method() == "HEAD");
        return refuse(426,
                      "a WebSocket handshake needs the headers \"Upgrade: websocket\" and \"Connection: Upgrade\" "
                      "(RFC 6455 §4.2.1); a proxy in front of this server has to be told to pass them on",
                      upgrade_headers);
    }
    if (request.method() != "GET")
        return refuse(405, "a WebSocket handshake is a GET request (RFC 6455 §4.1)", "Allow: GET, HEAD\r\n");
    if (request.version() != "HTTP/1.1")
        return refuse(400,
                      "a WebSocket handshake needs HTTP/1.1 (RFC 6455 §4.1); a proxy in front of this server has to be "
                      "told to use it (nginx: proxy_http_version 1.1)");
    if (request.header("Sec-WebSocket-Version") != "13")
        return refuse(426, "Sec-WebSocket-Version must be 13 (RFC 6455 §4.4)", upgrade_headers);
    if (!is_key(key)) return refuse(400, "Sec-WebSocket-Key must be 16 bytes in base64 (RFC 6455 §4.1)");

    const auto offered = request.subprotocols();
    if (!offered) return refuse(400, "malformed Sec-WebSocket-Protocol header (RFC 6455 §11.3.4)");
    const bool agreed = !policy_.subprotocol.empty() &&
                        std::find(offered->begin(), offered->end(), policy_.subprotocol) != offered->end();
    if (!agreed && policy_.require_subprotocol)
        return refuse(400, fmt::format("the WebSocket subprotocol \"{0}\" must be offered (RFC 7395 §3.1): "
                                       "new WebSocket(url, '{0}')",
                                       policy_.subprotocol));
    DeflateNegotiation deflate = negotiate_deflate(request.header("Sec-WebSocket-Extensions"), policy_.deflate);
    if (deflate.malformed) return refuse(400, "malformed Sec-WebSocket-Extensions header (RFC 6455 §9.1)");
    HandshakeAnswer accepted;
    accepted.status = 101;
    accepted.subprotocol = agreed;
    accepted.deflate = deflate.agreed;
    accepted.response = request.accept(agreed ? policy_.subprotocol : std::string{}, deflate.response);
    return accepted;
} catch (const HttpError& error) {
    return refuse(error.status == 431 ? 431 : 400, fmt::format("malformed request: {}", error.text));
}

HandshakeAnswer Handshake::timeout() { return refuse(408, "the request took too long"); }

HandshakeAnswer Handshake::unavailable() {
    return refuse(503, "this server is shutting down; try again in a moment", "Retry-After: 1\r\n");
}

}   // namespace wsxmpp::transports
