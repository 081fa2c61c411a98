#include "admin/sockets.hpp"

#include <unistd.h>

#include <system_error>
#include <variant>

#include "listen.hpp"

namespace wsxmpp::app {
namespace {

using asio::ip::tcp;
using Kind = ListenAddress::Kind;

constexpr std::string_view unix_prefix = "unix:";

[[noreturn]] void cannot_listen(const std::string& where, std::error_code ec) {
    throw std::system_error{ec, "--admin: cannot listen on " + where};
}

tcp::acceptor listening(asio::io_context& io, const tcp::endpoint& endpoint) {
    std::error_code ec;
    auto acceptor = bound(io, endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) cannot_listen(host_and_port(endpoint), ec);
    return acceptor;
}

int listening(const UnixSocketPath& place) try { return listen_at(place); } catch (const std::system_error& e) {
    cannot_listen(std::string{unix_prefix} + place.path, e.code());
}

}   // namespace

bool is_beyond_loopback(const ListenAddress& address) {
    return address.kind == Kind::every || (address.kind == Kind::address && !address.address.is_loopback());
}

AdminSockets::AdminSockets(asio::io_context& io, const ListenAddress& address) {
    const ListenPlan plan{io, {address}, {}, {}};
    for (const ListenPlace& place : plan.places()) {
        if (const auto* const endpoint = std::get_if<tcp::endpoint>(&place.at)) {
            tcp_.push_back(listening(io, *endpoint));
        } else {
            const auto& path = std::get<UnixSocketPath>(place.at);
            local_.emplace_back(io, asio::local::stream_protocol{}, listening(path));
            unix_path_ = path.path;
        }
    }
}

AdminSockets::~AdminSockets() {
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

std::vector<std::string> AdminSockets::uris() const {
    std::vector<std::string> result;
    for (const auto& acceptor : tcp_) result.push_back("http://" + host_and_port(acceptor.local_endpoint()) + "/");
    if (!unix_path_.empty()) result.push_back(std::string{unix_prefix} + unix_path_);
    return result;
}

}   // namespace wsxmpp::app
