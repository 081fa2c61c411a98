// The command line of the wsxmpp program: arguments in, a struct out. Pure, but for reading the file of --config.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "admin/admin.hpp"
#include "log_format.hpp"
#include "options/listen_values.hpp"
#include "options/values.hpp"
#include "wsxmpp/admission.hpp"
#include "wsxmpp/bridge.hpp"
#include "wsxmpp/server_upstream.hpp"
#include "wsxmpp/tls_server.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace wsxmpp::app {

// Where the library has a default, that is the program's default too.
struct Options {
    std::vector<ListenAddress> listen{ListenAddress{}};
    AdmissionLimits admission;
    WebSocketListenerOptions websocket;   // `endpoints`, `admission` and `log` are left for main to fill
    ServerUpstreamOptions upstream;       // `log` likewise
    TlsServerOptions tls;                 // no certificates: no TLS to clients; `log` likewise
    std::chrono::milliseconds tls_reload_interval{10'000};   // 0: on SIGHUP alone
    BridgeOptions bridge;                                    // `log` likewise
    std::string public_url;                                  // empty: as the request came (web_pages.hpp)
    std::chrono::milliseconds drain_delay{0};                // from the signal to the drain; /readyz says no meanwhile
    std::chrono::milliseconds drain_timeout{10'000};         // sessions still open then are ended
    std::optional<std::size_t> threads;                      // empty: one for each core that the process may use
    AdminOptions admin;
    LogLevel log_level = LogLevel::info;
    LogFormat log_format = LogFormat::text;
};

// `wsxmpp check DOMAIN`
struct CheckRequest {
    std::string domain;
    bool json = false;
    bool colour = true;   // on a terminal
};

struct ParseResult {
    std::optional<Options> options;   // empty: print the texts and exit
    int exit_code = 0;
    std::string out;                          // what --help and --version print
    std::string err;                          // which option is wrong, why, and what would be right
    std::optional<CheckRequest> check = {};   // only this is asked for; `options` says with what
};

// `arguments` without the name of the program.
ParseResult parse_options(std::vector<std::string> arguments);

}   // namespace wsxmpp::app
