// HTTP/1.1 for the admin listener: takes connections, reads requests, writes answers. Used on the thread that runs
// the sockets' io_context; everything is bounded in size and time, so that one client cannot keep others out for long.
// A connection too many takes the place of the one whose client has been waited for longest.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "admin/request.hpp"
#include "admin/sockets.hpp"
#include "wsxmpp/http_page.hpp"
#include "wsxmpp/log.hpp"

namespace wsxmpp::app {

struct AdminHttpOptions {
    std::size_t max_connections = 64;                    // while all are being answered, more wait in the backlog
    std::chrono::milliseconds request_timeout{10'000};   // to a whole request, once it has begun; then 408
    std::chrono::milliseconds idle_timeout{30'000};      // before one begins; then the connection is closed
    std::chrono::milliseconds answer_timeout{10'000};    // to make an answer, and to write it
    Log log;
};

// "HTTP/1.1 200 OK…": with Content-Length and, where the connection ends, `Connection: close`.
std::string http_response(const HttpPage& page, bool head_only, bool keep_alive);

class AdminHttp {
public:
    // `local`: it came by a Unix-domain socket.
    using Handler = std::function<void(const AdminRequest& request, bool local, std::function<void(HttpPage)> done)>;

    // `sockets` outlives it.
    AdminHttp(AdminSockets& sockets, Handler handler, AdminHttpOptions options = {});
    ~AdminHttp();
    AdminHttp(const AdminHttp&) = delete;
    AdminHttp& operator=(const AdminHttp&) = delete;

    void start();

private:
    class Connection;
    struct Shared;
    template <typename Acceptor>
    static void wait(Acceptor& acceptor, const std::shared_ptr<Shared>& shared);
    template <typename Acceptor>
    static void accept(Acceptor& acceptor, const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> shared_;
    AdminSockets& sockets_;
};

}   // namespace wsxmpp::app
