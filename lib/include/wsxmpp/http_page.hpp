// What a WebSocketListener shows to those who ask for no WebSocket: the pages of its port.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace wsxmpp {

// A GET or HEAD request without upgrade.
struct HttpQuery {
    std::string path;      // "/healthz": without the query string, percent-encoding kept
    std::string host;      // the Host header: "chat.example.org:8443"; may be empty (HTTP/1.0), or no name at all
    std::string client;    // as Connection::peer()
    bool secure = false;   // by TLS of this listener, or of a trusted proxy before it (X-Forwarded-Proto)
};

struct HttpPage {
    int status = 200;
    std::string type = "text/plain; charset=utf-8";             // Content-Type
    std::string body;                                           // not sent in answer to HEAD
    std::vector<std::pair<std::string, std::string>> headers;   // besides Content-Type, Content-Length and Connection
};

// Called on the thread of the listener that was asked: of listeners that share one's options, on the thread of each.
// `done` is called once, there, now or later: when it was not within the listener's handshake_timeout, the client is
// answered with 503. Must not throw.
using PageHandler = std::function<void(const HttpQuery& query, std::function<void(HttpPage)> done)>;

// As headers have it, whatever the locale is: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7). On any thread. Each
// page is sent with a Date of its own, unless it has one.
std::string http_date(std::chrono::system_clock::time_point time);

}   // namespace wsxmpp
