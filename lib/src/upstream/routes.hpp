// Which route a client's domain takes, and what the connections of one route share.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "upstream/balancer.hpp"
#include "upstream/failure.hpp"
#include "upstream/tls_client.hpp"
#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::upstream {

struct ServedRoute {
    ServedRoute(Route settings, std::chrono::milliseconds retry_down)
        : route{std::move(settings)}, tls{route.tls}, balancer{route.balance, route.targets.size(), retry_down} {}

    Route route;
    bool any_domain = false;   // the domain was not named by the operator
    bool open = false;         // nor the targets
    TlsClient tls;
    Balancer balancer;
};

// TLS where an attacker may listen: not on this machine, nor in a private network that was named by its address.
Security default_security(const ServerTarget& target);
bool is_unix(std::string_view host);               // "/run/xmpp.sock"
std::string to_text(const ServerTarget& target);   // "localhost:5222", "[::1]:5222", "unix:/run/xmpp.sock"

class Routes {
public:
    // Throws std::invalid_argument: a domain that is none, or stands twice, and what TlsClient throws.
    explicit Routes(const ServerUpstreamOptions& options);

    struct Found {
        ServedRoute* route = nullptr;   // null: `failure`
        std::string domain;             // ASCII; empty: none was named, and the route is for any
        Failure failure;
    };
    Found find(std::string_view domain);

    std::string name() const;

private:
    std::vector<std::unique_ptr<ServedRoute>> routes_;
    std::unordered_map<std::string, ServedRoute*> by_domain_;   // ASCII
    std::unique_ptr<ServedRoute> otherwise_;
};

}   // namespace wsxmpp::upstream
