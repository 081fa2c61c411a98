// From --listen to endpoints: what `localhost` and `*` stand for on this machine. Opens sockets, for a moment.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "values.hpp"
#include "wsxmpp/log.hpp"

namespace wsxmpp::app {

// Keep it until the listener has been made. It holds the ports it chose for `localhost:0`, so that they are still
// free on both families then: sockets that are bound and do not listen let another one with SO_REUSEADDR bind too.
class ListenPlan {
public:
    ListenPlan(asio::io_context& io, const std::vector<ListenAddress>& addresses, const Log& log);

    const std::vector<asio::ip::tcp::endpoint>& endpoints() const noexcept { return endpoints_; }

private:
    void add_loopback(asio::io_context& io, std::uint16_t port);
    void add(const asio::ip::tcp::endpoint& endpoint);

    std::vector<asio::ip::tcp::endpoint> endpoints_;
    std::vector<asio::ip::tcp::acceptor> reserved_;
    bool has_ipv6_;
};

// "ws://127.0.0.1:6222/"
std::string websocket_uri(const asio::ip::tcp::endpoint& endpoint);

}   // namespace wsxmpp::app
