#include "admin/sockets.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>
#include <variant>

#include "listen.hpp"

namespace wsxmpp::app {
namespace {

using asio::ip::tcp;
using Kind = ListenAddress::Kind;

constexpr std::string_view unix_prefix = "unix:";
constexpr unsigned owner_and_group = 0660;   // and nobody else: there is no password

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw std::invalid_argument{"'" + std::string{text} + "' " + why};
}

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

ListenAddress parse_admin(std::string_view text) {
    if (text.substr(0, unix_prefix.size()) == unix_prefix) {
        const auto path = text.substr(unix_prefix.size());
        constexpr auto max_path = sizeof(sockaddr_un::sun_path) - 1;
        if (path.empty() || path.front() != '/') refuse(text, "has no absolute path: give unix:/PATH");
        if (path.size() > max_path)
            refuse(text, "is too long for a socket: its path may have " + std::to_string(max_path) + " bytes");
        ListenAddress result;
        result.kind = Kind::unix_socket;
        result.name = path;
        result.mode = owner_and_group;
        return result;
    }
    const auto digits = text.substr(text.find_last_not_of("0123456789") + 1);
    const bool port_alone = digits.size() == text.size() && !text.empty();
    const bool has_port = port_alone || (text.size() > digits.size() && text[text.size() - digits.size() - 1] == ':');
    if (text.find("://") != std::string_view::npos) refuse(text, "is a URI: give ADDR:PORT alone");
    const std::string_view other = text.substr(0, text.find(':'));
    if (other == "systemd" || other == "fd") refuse(text, "is no place for it: give ADDR:PORT or unix:/PATH");
    auto where = parse_listen(text);
    if (!has_port) refuse(text, "has no port: give ADDR:PORT, like localhost:9222, or the port alone");
    return where;
}

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
