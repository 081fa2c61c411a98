#include "admin/listen.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <asio/ip/v6_only.hpp>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "options/listen_values.hpp"

namespace wsxmpp::app {
namespace {

using asio::ip::tcp;
using Local = asio::local::stream_protocol;

constexpr std::string_view unix_prefix = "unix:";

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw std::invalid_argument{"'" + std::string{text} + "' " + why};
}

[[noreturn]] void cannot_listen(const std::string& where, std::error_code ec) {
    throw std::system_error{ec, "--admin: cannot listen on " + where};
}

std::string name_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

tcp::acceptor listening(asio::io_context& io, const tcp::endpoint& endpoint) {
    std::error_code ec;
    tcp::acceptor acceptor{io};
    acceptor.open(endpoint.protocol(), ec);
    if (!ec && endpoint.address().is_v6())   // :: takes IPv4 too, as that of --listen
        acceptor.set_option(asio::ip::v6_only{!endpoint.address().is_unspecified()}, ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) cannot_listen(name_of(endpoint), ec);
    return acceptor;
}

// A socket whose program has ended without removing it refuses; anything else at this path is left alone.
void remove_left_over(asio::io_context& io, const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
    Local::socket probe{io};
    std::error_code ec;
    probe.connect(Local::endpoint{path}, ec);
    if (ec == asio::error::connection_refused) ::unlink(path.c_str());
}

}   // namespace

AdminAddress parse_admin(std::string_view text) {
    if (text.substr(0, unix_prefix.size()) == unix_prefix) {
        const auto path = text.substr(unix_prefix.size());
        constexpr auto max_path = sizeof(sockaddr_un::sun_path) - 1;
        if (path.empty() || path.front() != '/') refuse(text, "has no absolute path: give unix:/PATH");
        if (path.size() > max_path)
            refuse(text, "is too long for a socket: its path may have " + std::to_string(max_path) + " bytes");
        return {AdminAddress::Kind::unix_path, {}, 0, std::string{path}};
    }
    const auto digits = text.substr(text.find_last_not_of("0123456789") + 1);
    const bool port_alone = digits.size() == text.size() && !text.empty();
    const bool has_port = port_alone || (text.size() > digits.size() && text[text.size() - digits.size() - 1] == ':');
    if (text.find("://") != std::string_view::npos) refuse(text, "is a URI: give ADDR:PORT alone");
    const std::string_view other = text.substr(0, text.find(':'));
    if (other == "systemd" || other == "fd") refuse(text, "is no place for it: give ADDR:PORT or unix:/PATH");
    const auto where = parse_listen(text);
    if (!has_port) refuse(text, "has no port: give ADDR:PORT, like localhost:9222, or the port alone");
    switch (where.kind) {
        case ListenAddress::Kind::loopback: return {AdminAddress::Kind::loopback, {}, where.port, {}};
        case ListenAddress::Kind::every: return {AdminAddress::Kind::every, {}, where.port, {}};
        case ListenAddress::Kind::address:
        case ListenAddress::Kind::unix_socket:
        case ListenAddress::Kind::systemd:
        case ListenAddress::Kind::descriptor: break;   // but for the first, refused above
    }
    return {AdminAddress::Kind::address, where.address, where.port, {}};
}

bool is_beyond_loopback(const AdminAddress& address) {
    return address.kind == AdminAddress::Kind::every ||
           (address.kind == AdminAddress::Kind::address && !address.address.is_loopback());
}

AdminSockets::AdminSockets(asio::io_context& io, const AdminAddress& address) {
    switch (address.kind) {
        case AdminAddress::Kind::loopback: listen_on_loopback(io, address.port); break;
        case AdminAddress::Kind::every: listen_everywhere(io, address.port); break;
        case AdminAddress::Kind::address: tcp_.push_back(listening(io, {address.address, address.port})); break;
        case AdminAddress::Kind::unix_path: listen_locally(io, address.path); break;
    }
}

// Port 0 is one that is free on both families.
void AdminSockets::listen_on_loopback(asio::io_context& io, std::uint16_t port) {
    constexpr int attempts = 16;
    for (int left = port == 0 ? attempts : 1; left > 0; --left) {
        auto v4 = listening(io, {asio::ip::address_v4::loopback(), port});
        const auto chosen = v4.local_endpoint().port();
        try {
            tcp_.push_back(listening(io, {asio::ip::address_v6::loopback(), chosen}));
        } catch (const std::system_error& e) {
            if (e.code() == asio::error::address_in_use && left > 1) continue;
            const bool no_ipv6 = e.code().value() == EADDRNOTAVAIL || e.code().value() == EAFNOSUPPORT;
            if (!no_ipv6) throw;
        }
        tcp_.insert(tcp_.begin(), std::move(v4));
        return;
    }
}

void AdminSockets::listen_everywhere(asio::io_context& io, std::uint16_t port) {
    try {
        tcp_.push_back(listening(io, {asio::ip::address_v6::any(), port}));   // takes IPv4, too
    } catch (const std::system_error& e) {
        if (e.code() != asio::error::address_family_not_supported) throw;
        tcp_.push_back(listening(io, {asio::ip::address_v4::any(), port}));
    }
}

// Its group may connect as well as its owner, and nobody else: there is no password.
void AdminSockets::listen_locally(asio::io_context& io, const std::string& path) {
    remove_left_over(io, path);
    std::error_code ec;
    Local::acceptor acceptor{io};
    acceptor.open(Local{}, ec);
    if (!ec) {
        const auto mask = ::umask(S_IXUSR | S_IXGRP | S_IRWXO);
        acceptor.bind(Local::endpoint{path}, ec);
        ::umask(mask);
    }
    if (!ec) unix_path_ = path;
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
        if (!unix_path_.empty()) ::unlink(path.c_str());
        cannot_listen("unix:" + path, ec);
    }
    local_.push_back(std::move(acceptor));
}

AdminSockets::~AdminSockets() {
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

std::vector<std::string> AdminSockets::uris() const {
    std::vector<std::string> result;
    for (const auto& acceptor : tcp_) result.push_back("http://" + name_of(acceptor.local_endpoint()) + "/");
    if (!unix_path_.empty()) result.push_back("unix:" + unix_path_);
    return result;
}

}   // namespace wsxmpp::app
