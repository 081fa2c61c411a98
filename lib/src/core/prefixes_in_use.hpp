// Which declarations of the stream header the tags of an element use.
#pragma once

#include <string>
#include <string_view>

#include "core/fault.hpp"
#include "core/stream_context.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

// Reads `element` whole, and appends the declarations of what is used in it where no tag around declares it.
bool declare_prefixes_in_use(std::string_view element, const StreamContext& context, const Limits& limits,
                             std::string& declarations, Fault& fault);

}   // namespace wsxmpp::core
