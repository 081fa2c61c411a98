// The sockets of the admin listener.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <string>
#include <vector>

#include "options/listen_values.hpp"

namespace wsxmpp::app {

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
