// Domain names as they are compared and asked for: ASCII, lower case (IDNA 2008 by libidn2). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsxmpp::upstream {

// "Bücher.example." → "xn--bcher-kva.example"; addresses as they are, without brackets. Empty: it is no domain name.
std::optional<std::string> to_ascii(std::string_view domain);

}   // namespace wsxmpp::upstream
