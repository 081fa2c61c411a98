// From --listen to places: what `localhost`, `*` and `systemd` stand for on this machine. Opens sockets, for a moment.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "handed_over.hpp"
#include "options/listen_values.hpp"
#include "wsxmpp/listen_place.hpp"
#include "wsxmpp/log.hpp"

namespace wsxmpp::app {

// Where it can be listened on, besides what this machine has.
struct ListenMeans {
    std::vector<HandedSocket> handed = {};
    std::shared_ptr<TlsServer> tls = {};   // empty: there are no certificates
};

// Keep it until the listener has been made. It holds the ports it chose for `localhost:0`, so that they are still
// free on both families then: sockets that are bound and do not listen let another one with SO_REUSEADDR bind too.
class ListenPlan {
public:
    // Throws std::invalid_argument when a socket is wanted or a descriptor that was not handed over.
    ListenPlan(asio::io_context& io, const std::vector<ListenAddress>& addresses, const ListenMeans& means,
               const Log& log);

    const std::vector<ListenPlace>& places() const noexcept { return places_; }

private:
    void add_loopback(asio::io_context& io, std::uint16_t port, const std::shared_ptr<TlsServer>& tls);
    void add_handed(const std::string& name, const ListenMeans& means, const std::shared_ptr<TlsServer>& tls);
    void add_descriptor(int descriptor, const std::shared_ptr<TlsServer>& tls);
    void add(const asio::ip::tcp::endpoint& endpoint, const std::shared_ptr<TlsServer>& tls);

    std::vector<ListenPlace> places_;
    std::vector<int> handed_;   // those that are listened on
    std::vector<asio::ip::tcp::acceptor> reserved_;
    bool has_ipv6_ = false;
};

// Bound there, for a start not listening. An IPv6 socket takes IPv6 only, but that of `::`, as in ListenPlace.
asio::ip::tcp::acceptor bound(asio::io_context& io, const asio::ip::tcp::endpoint& endpoint, std::error_code& ec);

// "127.0.0.1:6222", "[::1]:6222"
std::string host_and_port(const asio::ip::tcp::endpoint& endpoint);

// "ws://127.0.0.1:6222/", "wss://[::]:443/xmpp-websocket", "unix:/run/wsxmpp.sock", "wss://unix:/run/wsxmpp.sock".
// `path`: of --path; may be empty.
std::string listen_uri(const ListenPlace& place, std::string_view path = {});

// Whether other machines can connect to one of them.
bool reach_beyond_this_machine(const std::vector<ListenPlace>& places);

}   // namespace wsxmpp::app
