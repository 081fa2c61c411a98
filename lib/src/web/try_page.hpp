// The page at /: try_page.html with try_page.js in it, compiled in.
#pragma once

#include <string>
#include <string_view>

#include "wsxmpp/http_page.hpp"

namespace wsxmpp::web {

// What it is told of the endpoint.
struct TryPageFacts {
    std::string_view url;       // of the WebSocket; empty: the host the page was opened at, and `path`
    std::string_view path;      // "/xmpp-websocket"
    std::string_view domain;    // to try first; empty: the page's host
    std::string_view host;      // that was asked, which may be another one than the browser's: a proxy may change it
    std::string_view origins;   // whose pages may connect: "any"; or which of "http https", of this host
};

// The page changes nothing and loads nothing, and no other page can frame it or put anything into it: its policy allows
// the script and the style it was compiled with, by their hashes (CSP 3 §8.4), and no other.
class TryPage {
public:
    TryPage();
    HttpPage show(const TryPageFacts& facts) const;

private:
    std::string html_;
    std::string policy_;
};

}   // namespace wsxmpp::web
