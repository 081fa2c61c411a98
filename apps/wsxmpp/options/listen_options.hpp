// The options that say where clients connect, which proxies are believed who they are, and how many may.
#pragma once

#include <vector>

#include "options/listen_values.hpp"
#include "options/option_set.hpp"
#include "options/options.hpp"

namespace wsxmpp::app {

// All that is given outlives the parsing. `listen` is filled, and the default is Options'.
void declare_listen_options(OptionSet& set, std::vector<ListenAddress>& listen, Options& options);
void declare_admission_options(OptionSet& set, AdmissionLimits& limits);

}   // namespace wsxmpp::app
