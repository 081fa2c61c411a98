#include "listen.hpp"

#include <algorithm>
#include <asio/ip/v6_only.hpp>
#include <optional>
#include <system_error>
#include <utility>

namespace wsxmpp::app {
namespace {

using asio::ip::tcp;

const asio::ip::address loopback_v4 = asio::ip::address_v4::loopback();
const asio::ip::address loopback_v6 = asio::ip::address_v6::loopback();

// Bound, not listening; empty when that is not possible.
std::optional<tcp::acceptor> bound(asio::io_context& io, const tcp::endpoint& endpoint) {
    std::error_code ec;
    tcp::acceptor acceptor{io};
    acceptor.open(endpoint.protocol(), ec);
    if (!ec && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only{true}, ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (ec) return std::nullopt;
    return acceptor;
}

}   // namespace

ListenPlan::ListenPlan(asio::io_context& io, const std::vector<ListenAddress>& addresses, const Log& log)
    : has_ipv6_{bound(io, {loopback_v6, 0}).has_value()} {
    bool wants_ipv6 = false;
    for (const auto& address : addresses) {
        switch (address.kind) {
            case ListenAddress::Kind::loopback:
                wants_ipv6 = true;
                add_loopback(io, address.port);
                break;
            case ListenAddress::Kind::every:
                wants_ipv6 = true;
                if (has_ipv6_)
                    add({asio::ip::address_v6::any(), address.port});   // takes IPv4 too
                else
                    add({asio::ip::address_v4::any(), address.port});
                break;
            case ListenAddress::Kind::address: add({address.address, address.port}); break;
        }
    }
    if (wants_ipv6 && !has_ipv6_) log(LogLevel::debug, "no IPv6 on this machine: listening on IPv4 alone");
}

void ListenPlan::add_loopback(asio::io_context& io, std::uint16_t port) {
    constexpr int attempts = 16;   // a port that IPv4 has to spare may be taken on IPv6
    for (int i = 0; port == 0 && has_ipv6_ && i < attempts; ++i) {
        auto v4 = bound(io, {loopback_v4, 0});
        if (!v4) break;
        const auto candidate = v4->local_endpoint().port();
        auto v6 = bound(io, {loopback_v6, candidate});
        if (!v6) continue;
        reserved_.push_back(std::move(*v4));
        reserved_.push_back(std::move(*v6));
        port = candidate;
    }
    add({loopback_v4, port});
    if (has_ipv6_) add({loopback_v6, port});
}

// The same address twice is one, but for port 0, where each is another port.
void ListenPlan::add(const tcp::endpoint& endpoint) {
    const bool known = std::find(endpoints_.begin(), endpoints_.end(), endpoint) != endpoints_.end();
    if (!known || endpoint.port() == 0) endpoints_.push_back(endpoint);
}

std::string websocket_uri(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return "ws://" + (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(endpoint.port()) + "/";
}

}   // namespace wsxmpp::app
