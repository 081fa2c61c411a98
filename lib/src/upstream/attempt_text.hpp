// The words of an attempt's log lines and failures. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "wsxmpp/tls.hpp"

namespace wsxmpp::upstream {

std::string ms_since(std::chrono::steady_clock::time_point start);   // "12"
std::string within(std::chrono::milliseconds time);                  // "within 0.5 s"
std::string listed(const std::vector<std::string>& texts, std::string_view separator);
std::string_view to_string(Security security);

}   // namespace wsxmpp::upstream
