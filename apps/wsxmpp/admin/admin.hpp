// The admin listener of the program, on a thread of its own: what it serves is in admin_router.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/sockets.hpp"
#include "wsxmpp/log.hpp"

namespace wsxmpp::app {

class Server;

struct AdminOptions {
    std::optional<ListenAddress> address;   // empty: there is no admin listener
    std::vector<std::string> hosts;         // names that the Host header of a request may have, besides addresses
};

class Admin {
public:
    // Listens, when `options` has an address; throws std::system_error. `server` outlives it.
    Admin(const AdminOptions& options, Server& server, const Log& log);
    ~Admin();   // ends the thread
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;

    void start();   // the thread
    const std::vector<std::string>& uris() const noexcept { return uris_; }

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;   // null: there is none
    std::vector<std::string> uris_;
};

}   // namespace wsxmpp::app
