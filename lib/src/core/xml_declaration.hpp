// The XML declaration that a message need not have and may have (RFC 7395 §3.3.3).
#pragma once

#include <string_view>

#include "core/fault.hpp"

namespace wsxmpp::core {

// Takes an XML declaration, and the white space after it, off the front of `text`.
bool strip_xml_declaration(std::string_view& text, Fault& fault);

}   // namespace wsxmpp::core
