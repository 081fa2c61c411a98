// Listens for WebSocket connections (RFC 6455) on TCP: the Listener that browsers connect to.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "wsxmpp/deflate.hpp"
#include "wsxmpp/listener.hpp"
#include "wsxmpp/log.hpp"

namespace wsxmpp {

struct WebSocketListenerOptions {
    // Where to listen; port 0: one is chosen, see endpoints(). An IPv6 endpoint takes IPv6 only, except `::`,
    // which takes IPv4 as well.
    std::vector<asio::ip::tcp::endpoint> endpoints;

    // The subprotocol that is agreed on when the client offers it, alone or in a list (RFC 7395 §3.1).
    std::string subprotocol = "xmpp";
    // Refuse clients that do not offer it, with 400 and a text that says so. Otherwise they are accepted without one.
    bool require_subprotocol = false;
    // Take binary messages as well as text; otherwise one ends reading with errc::binary_message.
    bool accept_binary = false;

    std::chrono::milliseconds handshake_timeout{10'000};   // from accept to the end of the request; then 408
    std::chrono::milliseconds ping_interval{45'000};       // less up to 10 % jitter; nginx cuts after 60 s. 0: never
    std::chrono::milliseconds pong_timeout{15'000};        // without a pong in this time: errc::ping_timeout
    std::chrono::milliseconds close_timeout{5'000};        // wait for the peer's close frame; then the socket closes
    std::size_t max_fragments = 1'024;                     // frames of one message; more: errc::too_many_fragments

    DeflateOptions deflate;   // compression (RFC 7692); off

    Log log;   // handshakes refused, accept errors
};

// Answers plain GET requests with a short page that says what this is. Pauses for a moment when accept() fails for
// want of file descriptors or memory.
class WebSocketListener final : public Listener {
public:
    // Binds and listens, so that a port in use is known at once. Throws std::system_error; its what() names the
    // endpoint.
    WebSocketListener(asio::io_context& io, WebSocketListenerOptions options);

    // Listens where `first` does, with its options, for an io_context that another thread runs: one listener a thread
    // (examples/threads.cpp). The kernel gives each connection to one of them, by a hash of its addresses and ports
    // (SO_REUSEPORT; Linux spreads them evenly). The endpoints are not given away: a listener made with options, in
    // this process or in another, fails there as ever. Make them before `first` is started, and stop them together:
    // what waits in the backlog of one that stops is reset, not handed to the others. Throws as above.
    WebSocketListener(asio::io_context& io, WebSocketListener& first);
    ~WebSocketListener() override;

    void start(AcceptHandler on_accept) override;
    void stop() override;   // connections whose handshake is not complete are answered with 503

    // Where it listens, with the ports that were chosen; in the order of the options.
    std::vector<asio::ip::tcp::endpoint> endpoints() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}   // namespace wsxmpp
