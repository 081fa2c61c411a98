// Characters as protocols know them: whatever the locale is, and no others than ASCII's. The library has the same for
// itself; what it offers is no place for them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace wsxmpp::app {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool same_ignoring_case(char a, char b) { return lower(a) == lower(b); }

inline std::string lowered(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_ignoring_case);
}

}   // namespace wsxmpp::app
