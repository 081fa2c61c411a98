// The pages that stand beside a WebSocket endpoint on its port, so that web clients find it and people see whether it
// works: a WebSocketListener shows them when this is its `on_get`.
//
//     /                            what this is; tries the connection from the browser, and says why it fails
//     /.well-known/host-meta       where the WebSocket is, for clients that know the domain alone (XEP-0156, RFC 6415)
//     /.well-known/host-meta.json  the same as JSON
//     /healthz                     200 as long as the process runs
//     /readyz                      200 when a server can be reached, otherwise 503 with the reason
//
// Other paths are 404, and the path of the WebSocket 426.
//
//     wsxmpp::ReadinessProbe probe{io, upstream, {{"example.org"}}};
//     wsxmpp::WebPagesOptions pages;
//     pages.path = listen.path = "/xmpp-websocket";
//     pages.ready = [&probe](auto done) { probe.check(std::move(done)); };
//     listen.on_get = wsxmpp::web_pages(pages);
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "wsxmpp/http_page.hpp"

namespace wsxmpp {

struct WebPagesOptions {
    // As those of WebSocketListenerOptions.
    std::string path;
    std::vector<std::string> origins;

    // What browsers connect to, "wss://chat.example.org/xmpp-websocket". Empty: the host that was asked, by ws or wss
    // as the request came, and `path`. Behind a proxy that is not trusted, or changes the host or the path, it must be
    // given.
    std::string public_url;
    // What the page at / tries first. Empty: the host it was opened at.
    std::string domain;

    // Asked for /readyz, and answers by calling `done`, now or later: empty for yes, or why not. As
    // ReadinessProbe::check(). Empty: always ready.
    std::function<void(std::function<void(const std::string& why_not)> done)> ready;
};

// For one listener's thread, or, if `ready` may be called on any thread, for all. Throws std::invalid_argument: a
// public_url that is none, or an origin.
PageHandler web_pages(WebPagesOptions options);

}   // namespace wsxmpp
