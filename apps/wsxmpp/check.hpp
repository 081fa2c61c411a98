// `wsxmpp check DOMAIN`: does once, and shows, what the proxy would do for a client of this domain.
#pragma once

#include <string>

#include "check_report.hpp"
#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::app {

// Connects, opens a stream, reads its features, and closes; each wait is bounded. `options.log` is not used.
CheckReport check(const std::string& domain, ServerUpstreamOptions options);

}   // namespace wsxmpp::app
