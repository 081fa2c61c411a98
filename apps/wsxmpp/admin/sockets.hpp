// Where the admin listener listens: --admin, as the person writes it, and the sockets it stands for.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "options/listen_values.hpp"

namespace wsxmpp::app {

// "9222", "localhost:9222", "[::1]:9222", "*:9222", "unix:/run/wsxmpp-admin.sock". Throws std::invalid_argument: what
// is wrong with the text, and what would be right.
ListenAddress parse_admin(std::string_view text);

// Others than this machine can connect.
bool is_beyond_loopback(const ListenAddress& address);

// Sockets that listen; throws std::system_error, which says where and why not.
class AdminSockets {
public:
    AdminSockets(asio::io_context& io, const ListenAddress& address);   // of parse_admin()
    ~AdminSockets();                                                    // the file of a Unix-domain socket goes, too
    AdminSockets(const AdminSockets&) = delete;
    AdminSockets& operator=(const AdminSockets&) = delete;

    std::vector<asio::ip::tcp::acceptor>& tcp() noexcept { return tcp_; }
    std::vector<asio::local::stream_protocol::acceptor>& local() noexcept { return local_; }

    // "http://127.0.0.1:9222/", "unix:/run/wsxmpp-admin.sock"
    std::vector<std::string> uris() const;

private:
    std::vector<asio::ip::tcp::acceptor> tcp_;
    std::vector<asio::local::stream_protocol::acceptor> local_;
    std::string unix_path_;
};

}   // namespace wsxmpp::app
