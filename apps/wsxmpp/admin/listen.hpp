// Where the admin listener listens: --admin, as the person writes it, and the sockets it stands for.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::app {

struct AdminAddress {
    enum class Kind {
        loopback,    // 127.0.0.1 and ::1
        every,       // every address of the machine, IPv4 and IPv6
        address,     // the one in `address`
        unix_path,   // a Unix-domain socket
    };
    Kind kind = Kind::loopback;
    asio::ip::address address;
    std::uint16_t port = 0;
    std::string path;
};

// "9222", "localhost:9222", "[::1]:9222", "*:9222", "unix:/run/wsxmpp-admin.sock". Throws std::invalid_argument: what
// is wrong with the text, and what would be right.
AdminAddress parse_admin(std::string_view text);

// Others than this machine can connect.
bool is_beyond_loopback(const AdminAddress& address);

// Sockets that listen; throws std::system_error, which says where and why not.
class AdminSockets {
public:
    AdminSockets(asio::io_context& io, const AdminAddress& address);
    ~AdminSockets();   // the file of a Unix-domain socket goes, too
    AdminSockets(const AdminSockets&) = delete;
    AdminSockets& operator=(const AdminSockets&) = delete;

    std::vector<asio::ip::tcp::acceptor>& tcp() noexcept { return tcp_; }
    std::vector<asio::local::stream_protocol::acceptor>& local() noexcept { return local_; }

    // "http://127.0.0.1:9222/", "unix:/run/wsxmpp-admin.sock"
    std::vector<std::string> uris() const;

private:
    void listen_on_loopback(asio::io_context& io, std::uint16_t port);
    void listen_everywhere(asio::io_context& io, std::uint16_t port);
    void listen_locally(asio::io_context& io, const std::string& path);

    std::vector<asio::ip::tcp::acceptor> tcp_;
    std::vector<asio::local::stream_protocol::acceptor> local_;
    std::string unix_path_;
};

}   // namespace wsxmpp::app
