#include "transports/http_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "ascii.hpp"
#include "transports/http_head.hpp"

namespace wsxmpp::transports {

namespace {

std::string_view phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 204: return "No Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 410: return "Gone";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

struct Response {
    int status = 200;
    std::string_view headers;   // whole lines
    std::string_view type;
    std::string_view body;
    std::string_view caching = "no-store";   // empty: `headers` says it
    bool is_dated = false;                   // likewise
};

std::string to_text(const Response& response) {
    const int status = response.status;
    std::string text = fmt::format("HTTP/1.1 {} {}\r\n{}", status, phrase(status), response.headers);
    const auto out = std::back_inserter(text);
    if (!response.is_dated) fmt::format_to(out, "Date: {}\r\n", http_date(std::chrono::system_clock::now()));
    // A 204 has neither of them (RFC 9110 §8.6).
    if (status != 204)
        fmt::format_to(out, "Content-Type: {}\r\nContent-Length: {}\r\n", response.type, response.body.size());
    text += "X-Content-Type-Options: nosniff\r\n";
    if (!response.caching.empty()) fmt::format_to(out, "Cache-Control: {}\r\n", response.caching);
    // Upgrade is a header of the connection, and so named there (RFC 9110 §7.8).
    fmt::format_to(out, "Connection: {}close\r\n\r\n", status == 426 ? "Upgrade, " : "");
    if (status != 204) text += response.body;
    return text;
}

bool is_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

// Those that are made here.
bool is_own(std::string_view name) {
    for (const std::string_view own :
         {"Content-Type", "Content-Length", "Connection", "Transfer-Encoding", "X-Content-Type-Options"})
        if (ascii::equals_ignoring_case(name, own)) return true;
    return false;
}

// What of a page cannot be sent, or nothing.
std::string find_fault(const HttpPage& page) {
    if (page.status < 200 || page.status > 599) return fmt::format("the status {}", page.status);
    if (!is_value(page.type)) return "the content type";
    for (const auto& [name, value] : page.headers)
        if (!is_token(name) || !is_value(value) || is_own(name)) return fmt::format("the header '{}'", name);
    return {};
}

// {}: the subprotocol.
constexpr const char* built_in_page = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>XMPP over WebSocket</title>
<style>
body {{ font: 1em/1.5 sans-serif; max-width: 38em; margin: 3em auto; padding: 0 1em }}
pre {{ background: #eee; color: #000; padding: 1em; overflow: auto }}
</style>
<h1>XMPP over WebSocket</h1>
<p>This address speaks the WebSocket protocol. It is for chat programs, not for browsing: it connects them to an XMPP
server (<a href="https://www.rfc-editor.org/rfc/rfc7395">RFC 7395</a>).</p>
<p>From a web page:</p>
<pre>const ws = new WebSocket(url, '{}');</pre>
<p>where <code>url</code> is the address of this page with <code>ws:</code> in place of <code>http:</code>, or
<code>wss:</code> in place of <code>https:</code>.</p>
</html>
)";

}   // namespace

HandshakeAnswer refuse(int status, std::string reason, std::string_view headers) {
    HandshakeAnswer answer;
    answer.status = status;
    answer.response = to_text({status, headers, "text/plain; charset=utf-8", reason + "\n"});
    answer.reason = std::move(reason);
    return answer;
}

HandshakeAnswer show_page(std::string_view subprotocol) {
    HandshakeAnswer answer;
    answer.status = 200;
    answer.response = to_text({200, {}, "text/html; charset=utf-8", fmt::format(built_in_page, subprotocol)});
    return answer;
}

void leave_out_body(std::string& response) { response.erase(response.find("\r\n\r\n") + 4); }

HandshakeAnswer answer_page(const HttpPage& page, bool head_only) {
    HandshakeAnswer answer;
    if (const std::string fault = find_fault(page); !fault.empty()) {
        answer = refuse(500, "this page could not be made: " + fault + " is wrong");
        if (head_only) leave_out_body(answer.response);
        return answer;
    }
    std::string headers;
    bool says_caching = false;
    bool is_dated = false;
    for (const auto& [name, value] : page.headers) {
        headers.append(name).append(": ").append(value).append("\r\n");
        says_caching = says_caching || ascii::equals_ignoring_case(name, "Cache-Control");
        is_dated = is_dated || ascii::equals_ignoring_case(name, "Date");
    }
    answer.status = page.status;
    answer.response = to_text({page.status, headers, page.type, page.body, says_caching ? "" : "no-store", is_dated});
    if (head_only) leave_out_body(answer.response);
    return answer;
}

}   // namespace wsxmpp::transports
