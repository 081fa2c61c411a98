// What a server's stream error says, for a log line and a close reason.
#pragma once

#include <string>
#include <string_view>

namespace wsxmpp::core {

// Of the content of a <stream:error/> (RFC 6120 §4.9.2), which may begin with the rest of its tag:
// "'conflict' (Replaced by new connection)".
std::string describe_error(std::string_view content);

}   // namespace wsxmpp::core
