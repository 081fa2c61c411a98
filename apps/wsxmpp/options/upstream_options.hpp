// The options that say where XMPP servers are, and whom to trust as one.
#pragma once

#include "options/option_set.hpp"
#include "options/options.hpp"
#include "options/upstream_arguments.hpp"

namespace wsxmpp::app {

// What can be put in its place at once goes into `options`; the rest into `arguments`, for combine(). Both outlive the
// parsing.
void declare_upstream_options(OptionSet& set, UpstreamArguments& arguments, Options& options);

}   // namespace wsxmpp::app
