// The options of what the port answers over HTTP, beside and before the WebSocket.
#pragma once

#include <string>

#include "option_set.hpp"
#include "options.hpp"

namespace wsxmpp::app {

void declare_http_options(OptionSet& set, Options& options);

// That every web page may connect to what listens beyond this machine; empty: it is not so.
std::string origin_warning(const Options& options);

}   // namespace wsxmpp::app
