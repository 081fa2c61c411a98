// The head of an HTTP request, looked through once: its request line, and what websocketpp's parser lets pass and no
// request needs, because other servers may read it differently (RFC 9112 §3, §5).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wsxmpp::transports {

// A header that may come several times: its values are one list then (RFC 9110 §5.3).
class HeaderList {
public:
    void add(std::string_view value);
    bool empty() const { return first_.empty() && rest_.empty(); }
    std::string joined() const { return std::string{first_} + rest_; }
    // Whether one of its comma-separated elements is `token`, in any case: websocketpp looks for it anywhere in the
    // text.
    bool has(std::string_view token) const;

private:
    std::string_view first_;
    std::string rest_;   // ", value" of each other one
};

// All views are of the head it was read from; values come without the white space around them, and are empty when there
// is no such header.
struct HttpHead {
    int status = 0;           // 0: nothing is wrong with it; otherwise 400, 414 or 431
    std::string_view fault;   // what is wrong, in words

    std::string_view method;
    std::string_view path;   // without the query string, percent-encoding kept
    std::string_view version;
    std::string_view host;   // of an absolute-form target, or of the Host header; HTTP/1.0 may have none

    std::string_view origin;
    std::string_view content_length;
    std::string_view websocket_key;
    std::string_view websocket_version;

    HeaderList upgrade;
    HeaderList connection;
    HeaderList transfer_encoding;
    HeaderList websocket_extensions;
    HeaderList forwarded;
    HeaderList x_forwarded_for;
    HeaderList x_forwarded_proto;
};

// Longer request lines get 414 (RFC 9112 §3: 8000 at least are to be supported).
inline constexpr std::size_t max_request_line = 8'000;

// `head` ends with the empty line.
HttpHead read_head(std::string_view head, std::size_t max_headers);

// Without the white space around it.
std::string_view trimmed(std::string_view text);

// The characters of methods and header names (RFC 9110 §5.6.2).
bool is_token_char(char c);
bool is_token(std::string_view text);

}   // namespace wsxmpp::transports
