// The options of what the port answers over HTTP, beside and before the WebSocket.
#pragma once

#include <string>

#include "options/option_set.hpp"
#include "options/options.hpp"

namespace wsxmpp::app {

void declare_http_options(OptionSet& set, Options& options);

}   // namespace wsxmpp::app
