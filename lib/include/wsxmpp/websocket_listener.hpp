// Listens for WebSocket connections (RFC 6455): the Listener that browsers connect to.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "wsxmpp/admission.hpp"
#include "wsxmpp/deflate.hpp"
#include "wsxmpp/http_page.hpp"
#include "wsxmpp/listen_place.hpp"
#include "wsxmpp/listener.hpp"
#include "wsxmpp/listener_counters.hpp"
#include "wsxmpp/log.hpp"
#include "wsxmpp/trusted_proxy.hpp"

namespace wsxmpp {

struct WebSocketListenerOptions {
    // Where to listen: TCP, Unix-domain sockets, and sockets that listen already, plain or with TLS.
    std::vector<ListenPlace> endpoints;

    // The subprotocol that is agreed on when the client offers it, alone or in a list (RFC 7395 §3.1).
    std::string subprotocol = "xmpp";
    // Refuse clients that do not offer it, with 400 and a text that says so. Otherwise they are accepted without one.
    bool require_subprotocol = false;
    // The path that is a WebSocket ("/xmpp-websocket"); others are answered with 404. Empty: every path is.
    std::string path;
    // Pages whose scripts may connect, as the browser's Origin header names them: "https://example.org", a wildcard
    // subdomain "https://*.example.org", "null" (origin_list.hpp). Others are answered with 403; clients that send no
    // Origin, which browsers always do, may connect. Empty: every page may.
    std::vector<std::string> origins;
    // Answers GET requests without upgrade. Empty: a short page that says what this is.
    PageHandler on_get;

    // Proxies that are believed who a client is; what others say of it is ignored. What does not name a client, as a
    // health check of the proxy, is the proxy's own.
    std::vector<TrustedProxy> trusted_proxies;
    // How many may connect. Several listeners that have the same one are counted together. Empty: one with the
    // defaults is made.
    std::shared_ptr<Admission> admission;

    // Take binary messages as well as text; otherwise one ends reading with errc::binary_message.
    bool accept_binary = false;

    std::chrono::milliseconds handshake_timeout{10'000};   // from accept to 101: TLS, request; then 408
    std::chrono::milliseconds ping_interval{45'000};       // less up to 10 % jitter; nginx cuts after 60 s. 0: never
    std::chrono::milliseconds pong_timeout{15'000};        // without a pong in this time: errc::ping_timeout
    std::chrono::milliseconds close_timeout{5'000};        // wait for the peer's close frame; then the socket closes
    std::size_t max_header_bytes = 8'192;                  // of a request's head; more: 431. At most 15000
    std::size_t max_headers = 100;                         // lines of it, without the first; more: 431. At most 1000
    std::size_t max_fragments = 1'024;                     // frames of one message; more: errc::too_many_fragments

    DeflateOptions deflate;   // compression (RFC 7692); off

    // info: handshakes refused or failed (of all listeners that share endpoints a hundred lines at once and ten a
    // second, and one that says how many more there were, which are at debug); warning: accept errors, limits that are
    // hit (a line for each in ten seconds).
    Log log;
};

// Answers plain GET requests with a short page that says what this is. Pauses for a moment when accept() fails for
// want of file descriptors or memory.
class WebSocketListener final : public Listener {
public:
    // Binds and listens, so that a port in use is known at once. Throws std::system_error; its what() names the
    // place.
    WebSocketListener(asio::io_context& io, WebSocketListenerOptions options);

    // Listens where `first` does, with its options, for an io_context that another thread runs: one listener a thread
    // (examples/threads.cpp). The kernel gives each connection to one of them, by a hash of its addresses and ports
    // (SO_REUSEPORT; Linux spreads them evenly). The endpoints are not given away: a listener made with options, in
    // this process or in another, fails there as ever. Make them before `first` is started, and stop them together:
    // what waits in the backlog of one that stops is reset, not handed to the others. Unix-domain sockets, and those
    // that listened already, have one queue, from which each takes what it can. Throws as above.
    WebSocketListener(asio::io_context& io, WebSocketListener& first);
    ~WebSocketListener() override;

    void start(AcceptHandler on_accept) override;
    void stop() override;   // connections whose handshake is not complete are answered with 503

    // Where it listens, with the ports that were chosen; in the order of the options. A ListeningDescriptor is what it
    // turned out to be.
    std::vector<ListenPlace> places() const;
    std::vector<asio::ip::tcp::endpoint> endpoints() const;   // those of TCP

    // Lives on without the listener.
    std::shared_ptr<const ListenerCounters> counters() const;
    const std::shared_ptr<Admission>& admission() const;   // never null

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}   // namespace wsxmpp
