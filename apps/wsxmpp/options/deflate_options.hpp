// The options of permessage-deflate (RFC 7692).
#pragma once

#include "options/option_set.hpp"
#include "wsxmpp/deflate.hpp"

namespace wsxmpp::app {

// `options` outlives the parsing.
void declare_deflate_options(OptionSet& set, DeflateOptions& options);

}   // namespace wsxmpp::app
