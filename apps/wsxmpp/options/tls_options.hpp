// The options that say with which certificates clients are served.
#pragma once

#include <string>
#include <vector>

#include "options/option_set.hpp"
#include "options/options.hpp"

namespace wsxmpp::app {

// As they come on the command line; the lists belong together only when all are known.
struct TlsArguments {
    std::vector<std::string> certificates;
    std::vector<std::string> keys;
};

// `arguments` and `options` outlive what is declared.
void declare_tls_options(OptionSet& set, TlsArguments& arguments, Options& options);

// Throws std::invalid_argument that names the options.
void combine(const TlsArguments& arguments, TlsServerOptions& options);

}   // namespace wsxmpp::app
