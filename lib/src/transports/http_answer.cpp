#include "transports/http_answer.hpp"

#include <fmt/format.h>

#include <utility>

namespace wsxmpp::transports {

namespace {

std::string_view phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Error";
    }
}

std::string response(int status, std::string_view headers, std::string_view type, std::string_view body,
                     bool head_only) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\n"
        "{}"
        "Content-Type: {}\r\n"
        "Content-Length: {}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Cache-Control: no-store\r\n"
        "Connection: {}close\r\n"
        "\r\n"
        "{}",
        status, phrase(status), headers, type, body.size(), status == 426 ? "Upgrade, " : "",
        head_only ? std::string_view{} : body);
}

// {}: the subprotocol.
constexpr const char* page = R"(<!DOCTYPE html>
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
    answer.response = response(status, headers, "text/plain; charset=utf-8", reason + "\n", false);
    answer.reason = std::move(reason);
    return answer;
}

HandshakeAnswer show_page(std::string_view subprotocol, bool head_only) {
    HandshakeAnswer answer;
    answer.status = 200;
    answer.response = response(200, {}, "text/html; charset=utf-8", fmt::format(page, subprotocol), head_only);
    return answer;
}

HandshakeAnswer answer_page(const HttpPage& page, bool head_only) {
    std::string headers;
    for (const auto& [name, value] : page.headers) headers += fmt::format("{}: {}\r\n", name, value);
    HandshakeAnswer answer;
    answer.status = page.status;
    answer.response = response(page.status, headers, page.type, page.body, head_only);
    return answer;
}

}   // namespace wsxmpp::transports
