// `wsxmpp check DOMAIN`: does once, and shows, what the proxy would do for a client of this domain.
#pragma once

#include <chrono>
#include <string>

#include "check/check_report.hpp"
#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::app {

// Connects, opens a stream, reads its features, and closes; each wait is bounded, the one for the features by
// `answer_timeout`. `options.log` is not used. Throws as ServerUpstream does.
CheckReport check(const std::string& domain, ServerUpstreamOptions options, std::chrono::milliseconds answer_timeout,
                  bool keep_end_point = false);

}   // namespace wsxmpp::app
