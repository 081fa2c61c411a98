#include "options/http_options.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include "wsxmpp/origin_list.hpp"
#include "wsxmpp/web_pages.hpp"

namespace wsxmpp::app {
namespace {

// The library takes no more (websocket_listener.hpp); less would refuse browsers.
constexpr std::size_t least_header_bytes = 1'000;
constexpr std::size_t most_header_bytes = 15'000;
constexpr std::size_t least_headers = 10;
constexpr std::size_t most_headers = 1'000;

std::string parse_path(const std::string& text) {
    const bool legal = std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < '\x7f' && std::string_view{"?#\"<>\\^`{|}"}.find(c) == std::string_view::npos;
    });
    if (text.empty() || text.front() != '/' || !legal)
        throw std::invalid_argument{"'" + text + "' is not a path, like /xmpp-websocket"};
    constexpr std::array<std::string_view, 4> taken{"/healthz", "/readyz", "/.well-known/host-meta",
                                                    "/.well-known/host-meta.json"};
    if (std::find(taken.begin(), taken.end(), text) != taken.end())
        throw std::invalid_argument{"'" + text + "' is a page of wsxmpp's own: give another, like /xmpp-websocket"};
    return text;
}

std::string parse_origin(const std::string& text) {
    const OriginList check{{text}};
    return text;
}

std::string parse_public_url(const std::string& text) {
    if (text.empty()) throw std::invalid_argument{"'' is not a WebSocket URI, like wss://chat.example.org/xmpp"};
    WebPagesOptions check;
    check.public_url = text;
    web_pages(check);
    return text;
}

}   // namespace

void declare_http_options(OptionSet& set, Options& options) {
    auto& websocket = options.websocket;
    set.group("HTTP");
    set.add("--path", "PATH", "The path that is a WebSocket, like /xmpp-websocket; others are answered with 404",
            "every path", [&websocket](const std::string& text) { websocket.path = parse_path(text); });
    set.add_list(
        "--origin", "ORIGIN",
        "Web pages that may connect, as SCHEME://HOST[:PORT]; may be repeated. https://*.example.org is every "
        "subdomain, null a page without an origin (a local file). Others get 403; programs, which send no Origin, may "
        "connect",
        "every page", [&websocket](const std::string& text) { websocket.origins.push_back(parse_origin(text)); });
    set.add("--public-url", "URL",
            "Where browsers connect, like wss://chat.example.org/xmpp-websocket: what /.well-known/host-meta tells. "
            "Needed behind a proxy that ends TLS or changes the path",
            "from each request", [&options](const std::string& text) { options.public_url = parse_public_url(text); });
    set.add_count("--max-header-bytes", "BYTES", "Largest head of an HTTP request; more is answered with 431",
                  {&websocket.max_header_bytes}, least_header_bytes, most_header_bytes, "bytes");
    set.add_count("--max-headers", "COUNT", "Header lines of an HTTP request; more is answered with 431",
                  {&websocket.max_headers}, least_headers, most_headers, "lines");
}

}   // namespace wsxmpp::app
