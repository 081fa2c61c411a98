#include "listen.hpp"

#include <fcntl.h>

#include <algorithm>
#include <asio/ip/v6_only.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace wsxmpp::app {
namespace {

using asio::ip::tcp;

const asio::ip::address loopback_v4 = asio::ip::address_v4::loopback();
const asio::ip::address loopback_v6 = asio::ip::address_v6::loopback();

}   // namespace

tcp::acceptor bound(asio::io_context& io, const tcp::endpoint& endpoint, std::error_code& ec) {
    tcp::acceptor acceptor{io};
    acceptor.open(endpoint.protocol(), ec);
    if (!ec && endpoint.address().is_v6())
        acceptor.set_option(asio::ip::v6_only{!endpoint.address().is_unspecified()}, ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (!ec) acceptor.bind(endpoint, ec);
    return acceptor;
}

ListenPlan::ListenPlan(asio::io_context& io, const std::vector<ListenAddress>& addresses, const ListenMeans& means,
                       const Log& log) {
    std::error_code no_ipv6;
    bound(io, {loopback_v6, 0}, no_ipv6);
    has_ipv6_ = !no_ipv6;
    bool wants_ipv6 = false;
    for (const auto& address : addresses) {
        const auto tls = address.tls ? means.tls : nullptr;
        switch (address.kind) {
            case ListenAddress::Kind::loopback:
                wants_ipv6 = true;
                add_loopback(io, address.port, tls);
                break;
            case ListenAddress::Kind::every:
                wants_ipv6 = true;
                if (has_ipv6_)
                    add({asio::ip::address_v6::any(), address.port}, tls);   // takes IPv4 too
                else
                    add({asio::ip::address_v4::any(), address.port}, tls);
                break;
            case ListenAddress::Kind::address: add({address.address, address.port}, tls); break;
            case ListenAddress::Kind::unix_socket:
                places_.emplace_back(UnixSocketPath{address.name, address.mode}, tls);
                break;
            case ListenAddress::Kind::systemd: add_handed(address.name, means, tls); break;
            case ListenAddress::Kind::descriptor: add_descriptor(address.descriptor, tls); break;
        }
    }
    if (wants_ipv6 && !has_ipv6_) log(LogLevel::debug, "no IPv6 on this machine: listening on IPv4 alone");
    for (const HandedSocket& socket : means.handed)
        if (std::find(handed_.begin(), handed_.end(), socket.descriptor) == handed_.end())
            log(LogLevel::warning, "a socket was handed over and is not listened on: --listen systemd would",
                {{"name", socket.name}, {"descriptor", std::to_string(socket.descriptor)}});
}

void ListenPlan::add_loopback(asio::io_context& io, std::uint16_t port, const std::shared_ptr<TlsServer>& tls) {
    constexpr int attempts = 16;   // a port that IPv4 has to spare may be taken on IPv6
    for (int i = 0; port == 0 && has_ipv6_ && i < attempts; ++i) {
        std::error_code ec;
        auto v4 = bound(io, {loopback_v4, 0}, ec);
        if (ec) break;
        const auto candidate = v4.local_endpoint().port();
        auto v6 = bound(io, {loopback_v6, candidate}, ec);
        if (ec) continue;
        reserved_.push_back(std::move(v4));
        reserved_.push_back(std::move(v6));
        port = candidate;
    }
    add({loopback_v4, port}, tls);
    if (has_ipv6_) add({loopback_v6, port}, tls);
}

void ListenPlan::add_handed(const std::string& name, const ListenMeans& means, const std::shared_ptr<TlsServer>& tls) {
    const auto before = places_.size();
    for (const HandedSocket& socket : means.handed) {
        if (!name.empty() && socket.name != name) continue;
        if (std::find(handed_.begin(), handed_.end(), socket.descriptor) != handed_.end()) continue;
        places_.emplace_back(ListeningDescriptor{socket.descriptor}, tls);
        handed_.push_back(socket.descriptor);
    }
    if (places_.size() > before) return;
    const std::string value = name.empty() ? "systemd" : "systemd:" + name;
    throw std::invalid_argument{"--listen: '" + value + "': " +
                                (means.handed.empty()
                                     ? "no socket was handed over (LISTEN_FDS is not set for this "
                                       "process): it is to be started by a socket unit"
                                     : "no socket of that name was handed over, or it is named twice")};
}

void ListenPlan::add_descriptor(int descriptor, const std::shared_ptr<TlsServer>& tls) {
    if (::fcntl(descriptor, F_GETFD) == -1)
        throw std::invalid_argument{"--listen: 'fd:" + std::to_string(descriptor) +
                                    "': no such descriptor is open: whoever starts this process is to hand it over"};
    places_.emplace_back(ListeningDescriptor{descriptor}, tls);
    handed_.push_back(descriptor);
}

// The same address twice is one, but for port 0, where each is another port. With TLS and without it, it is in use.
void ListenPlan::add(const tcp::endpoint& endpoint, const std::shared_ptr<TlsServer>& tls) {
    const bool known = std::any_of(places_.begin(), places_.end(), [&](const ListenPlace& place) {
        const auto* other = std::get_if<tcp::endpoint>(&place.at);
        return other != nullptr && *other == endpoint && place.tls == tls;
    });
    if (!known || endpoint.port() == 0) places_.emplace_back(endpoint, tls);
}

std::string host_and_port(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

std::string listen_uri(const ListenPlace& place, std::string_view path) {
    if (const auto* socket = std::get_if<UnixSocketPath>(&place.at))
        return (place.tls ? "wss://unix:" : "unix:") + socket->path;
    if (const auto* socket = std::get_if<ListeningDescriptor>(&place.at))
        return (place.tls ? "wss://fd:" : "fd:") + std::to_string(socket->descriptor);
    return (place.tls ? "wss://" : "ws://") + host_and_port(std::get<tcp::endpoint>(place.at)) +
           (path.empty() ? "/" : std::string{path});
}

bool reach_beyond_this_machine(const std::vector<ListenPlace>& places) {
    return std::any_of(places.begin(), places.end(), [](const ListenPlace& place) {
        const auto* endpoint = std::get_if<tcp::endpoint>(&place.at);
        return endpoint != nullptr && !endpoint->address().is_loopback();
    });
}

}   // namespace wsxmpp::app
