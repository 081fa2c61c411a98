#include "transports/websocket_handshake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "transports/http_answer.hpp"
#include "transports/websocketpp_seam.hpp"

namespace wsxmpp::transports {

namespace {

// Every 426 says what is wanted (RFC 9110 §15.5.22; the version: RFC 6455 §4.4).
constexpr std::string_view upgrade_headers = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
constexpr std::string_view allow_headers = "Allow: GET, HEAD\r\n";

bool is_base64(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// 16 bytes in base64: 22 characters, of which the last carries two bits, and "==" (RFC 6455 §4.2.1).
bool is_key(std::string_view key) {
    return key.size() == 24 && key.substr(22) == "==" && std::all_of(key.begin(), key.begin() + 22, is_base64) &&
           std::string_view{"AQgw"}.find(key[21]) != std::string_view::npos;
}

// A path as requests have it, so that what is configured can be met (RFC 3986 §3.3).
bool is_path(std::string_view text) {
    return text.front() == '/' && std::all_of(text.begin(), text.end(), [](char c) {
               return c > ' ' && c < 0x7F && std::string_view{"?#\"<>\\^`{|}"}.find(c) == std::string_view::npos;
           });
}

// What a client sent, as part of a sentence.
std::string cut(std::string_view text) {
    constexpr std::size_t most = 200;
    return std::string{text.substr(0, most)} + (text.size() > most ? "…" : "");
}

// No request that is answered here has a body (RFC 9110 §9.3.1).
std::optional<HandshakeAnswer> refuse_body(const HttpHead& head) {
    const std::string_view length = head.content_length;
    if (head.transfer_encoding.empty() && length.find_first_not_of('0') == std::string_view::npos) return std::nullopt;
    if (!head.transfer_encoding.empty() && !length.empty())
        return refuse(400, "malformed request: both Transfer-Encoding and Content-Length (RFC 9112 §6.1)");
    if (length.find_first_not_of("0123456789") != std::string_view::npos)
        return refuse(400, "malformed request: a Content-Length that is no number");
    return refuse(413, "no request with a body is taken here, however small it is");
}

HandshakeAnswer refuse_over(Counter ListenerCounters::*limit, int status, std::string reason) {
    HandshakeAnswer answer = refuse(status, std::move(reason));
    answer.over = limit;
    return answer;
}

std::string retry_after_header(std::chrono::seconds time) { return fmt::format("Retry-After: {}\r\n", time.count()); }

}   // namespace

HandshakePolicy handshake_policy(const WebSocketListenerOptions& options) {
    if (!options.path.empty() && !is_path(options.path))
        throw std::invalid_argument{"'" + options.path + "' is no path, like /xmpp-websocket"};
    HandshakePolicy policy;
    policy.subprotocol = options.subprotocol;
    policy.require_subprotocol = options.require_subprotocol;
    policy.path = options.path;
    policy.origins = OriginList{options.origins};
    policy.max_head = std::min(options.max_header_bytes, most_header_bytes);
    policy.max_headers = std::min(options.max_headers, most_headers);
    policy.deflate = options.deflate;
    policy.asks_for_pages = static_cast<bool>(options.on_get);
    return policy;
}

std::optional<HandshakeAnswer> Handshake::feed(std::string_view bytes) {
    const std::size_t searched = head_.size() < 3 ? 0 : head_.size() - 3;
    head_.append(bytes);

    // An empty line before the request is ignored (RFC 9112 §2.2); one is enough for anybody.
    if (head_ == "\r" && !after_empty_line_) return std::nullopt;
    if (head_.compare(0, 2, "\r\n") == 0 && !std::exchange(after_empty_line_, true)) head_.erase(0, 2);
    if (head_.empty()) return std::nullopt;

    // A request begins with its method. What a TLS client says first is told apart, because it is met so often.
    if (head_[0] == 0x16)
        return refuse(400, "TLS on a port that does not speak it: use ws:// or http:// here, or the TLS port");
    if (head_[0] < 'A' || head_[0] > 'Z') return refuse(400, "this is not an HTTP request");

    const auto end = head_.find("\r\n\r\n", searched);
    if (end == std::string::npos || end + 4 > policy_.max_head) return incomplete(searched);

    HandshakeAnswer result = answer(std::string_view{head_}.substr(0, end + 4));
    if (result.status == 101) result.early = head_.substr(end + 4);
    return result;
}

// The head has no end, or none within the limit.
std::optional<HandshakeAnswer> Handshake::incomplete(std::size_t searched) const {
    const std::size_t most = std::min(max_request_line, policy_.max_head);
    if (head_.size() > most && head_.find("\r\n") > most)
        return refuse_over(policy_.max_head == most ? &ListenerCounters::over_max_header_bytes : nullptr, 414,
                           fmt::format("the request line has more than {} bytes", most));
    if (head_.size() > policy_.max_head)
        return refuse_over(&ListenerCounters::over_max_header_bytes, 431,
                           fmt::format("the request head has more than {} bytes", policy_.max_head));
    // The empty line would never be found.
    if (head_.find("\n\n", searched) != std::string::npos)
        return refuse(400, "lines of an HTTP request end with CR LF");
    return std::nullopt;
}

HandshakeAnswer Handshake::answer(std::string_view text) const {
    const HttpHead head = read_head(text, policy_.max_headers);
    HandshakeAnswer result = answer(head, text);
    result.head_only = head.method == "HEAD";
    if (result.head_only && !result.query) leave_out_body(result.response);
    result.x_forwarded_for = head.x_forwarded_for.joined();
    result.x_forwarded_proto = head.x_forwarded_proto.joined();
    result.forwarded = head.forwarded.joined();
    return result;
}

HandshakeAnswer Handshake::answer(const HttpHead& head, std::string_view text) const {
    switch (head.status) {
        case 0: break;
        case 414: return refuse(414, fmt::format("the request line has more than {} bytes", max_request_line));
        case 431:
            return refuse_over(&ListenerCounters::over_max_headers, 431,
                               fmt::format("the request has more than {} header lines", policy_.max_headers));
        default: return refuse(head.status, fmt::format("malformed request: {}", head.fault));
    }
    if (head.version != "HTTP/1.1" && head.version != "HTTP/1.0") return refuse(505, "only HTTP/1.1 is spoken here");
    if (head.method != "GET" && head.method != "HEAD")
        return refuse(405, "only GET and HEAD are understood here: this is a WebSocket endpoint", allow_headers);
    if (auto refused = refuse_body(head)) return std::move(*refused);

    const bool websocket = head.upgrade.has("websocket");
    if (websocket && head.connection.has("upgrade")) return upgrade(head, text);
    if (websocket || !head.websocket_key.empty())
        return refuse(426,
                      "a WebSocket handshake needs the headers \"Upgrade: websocket\" and \"Connection: Upgrade\" "
                      "(RFC 6455 §4.2.1); a proxy in front of this server has to be told to pass them on",
                      upgrade_headers);
    // An upgrade to something else, as clients that know HTTP/2 offer it, may be ignored (RFC 9110 §7.8).
    if (!policy_.asks_for_pages) return show_page(policy_.subprotocol);
    HandshakeAnswer page;
    page.query.emplace();
    page.query->path = head.path;
    page.query->host = head.host;
    return page;
}

HandshakeAnswer Handshake::upgrade(const HttpHead& head, std::string_view text) const try {
    if (head.method != "GET")
        return refuse(405, "a WebSocket handshake is a GET request (RFC 6455 §4.1)", allow_headers);
    if (head.version != "HTTP/1.1")
        return refuse(400,
                      "a WebSocket handshake needs HTTP/1.1 (RFC 6455 §4.1); a proxy in front of this server has to be "
                      "told to use it (nginx: proxy_http_version 1.1)");
    if (!policy_.path.empty() && head.path != policy_.path)
        return refuse(404, fmt::format("there is no WebSocket at {}: look at the path of the URL", cut(head.path)));
    if (!head.origin.empty() && !policy_.origins.allows(head.origin))
        return refuse(403, fmt::format("pages of {0} may not connect here: whoever runs this server can allow it, with "
                                       "--origin {0}",
                                       cut(head.origin)));
    if (head.websocket_version != "13")
        return refuse(426, "Sec-WebSocket-Version must be 13 (RFC 6455 §4.4)", upgrade_headers);
    if (!is_key(head.websocket_key)) return refuse(400, "Sec-WebSocket-Key must be 16 bytes in base64 (RFC 6455 §4.1)");

    const HttpRequest request{text};
    const auto offered = request.subprotocols();
    if (!offered) return refuse(400, "malformed Sec-WebSocket-Protocol header (RFC 6455 §11.3.4)");
    const bool agreed = !policy_.subprotocol.empty() &&
                        std::find(offered->begin(), offered->end(), policy_.subprotocol) != offered->end();
    if (!agreed && policy_.require_subprotocol)
        return refuse(400, fmt::format("the WebSocket subprotocol \"{0}\" must be offered (RFC 7395 §3.1): "
                                       "new WebSocket(url, '{0}')",
                                       policy_.subprotocol));
    DeflateNegotiation deflate = negotiate_deflate(head.websocket_extensions.joined(), policy_.deflate);
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

HandshakeAnswer Handshake::no_page() {
    return full("this page was not made in time; try again in a moment", std::chrono::seconds{5});
}

HandshakeAnswer Handshake::unavailable() {
    return full("this server is shutting down; try again in a moment", std::chrono::seconds{1});
}

HandshakeAnswer Handshake::full(std::string reason, std::chrono::seconds retry_after) {
    return refuse(503, std::move(reason), retry_after_header(retry_after));
}

HandshakeAnswer Handshake::too_many(std::string reason, std::chrono::seconds retry_after) {
    return refuse(429, std::move(reason), retry_after_header(retry_after));
}

}   // namespace wsxmpp::transports
