// Declares the options of the admin listener.
#pragma once

#include "admin/admin.hpp"
#include "options/option_set.hpp"

namespace wsxmpp::app {

// `options` outlives `set`.
void declare_admin_options(OptionSet& set, AdminOptions& options);

}   // namespace wsxmpp::app
