// The options that say how much a session may take.
#pragma once

#include "options/option_set.hpp"
#include "options/options.hpp"

namespace wsxmpp::app {

// `options` outlives the parsing.
void declare_limit_options(OptionSet& set, Options& options);

}   // namespace wsxmpp::app
