// Base64 (RFC 4648 §4). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsxmpp::upstream {

// The padding may be left out; anything else that is no base64 (white space, bits that are not zero) has no value.
std::optional<std::string> decode_base64(std::string_view text);

}   // namespace wsxmpp::upstream
