#include "upstream/idn.hpp"

#include <idn2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "ascii.hpp"
#include "upstream/literal_address.hpp"

namespace wsxmpp::upstream {
namespace {

constexpr std::size_t max_name = 253;   // RFC 1035 §2.3.4, as text
constexpr std::size_t max_label = 63;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || ascii::is_digit(c); }

// Letters, digits and hyphens, none of them at an end: STD 3 (RFC 1123 §2.1).
bool is_label(std::string_view label) {
    if (label.empty() || label.size() > max_label || label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

// What inet_aton takes for an address or the end of one ("127.1", "0x7f000001", "2130706433"): no domain is named so,
// and who gets the name, such as a SOCKS5 proxy, might use inet_aton.
bool is_number(std::string_view label) {
    if (label.substr(0, 2) == "0x") return label.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
    return std::all_of(label.begin(), label.end(), ascii::is_digit);
}

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > max_name) return false;
    for (;;) {
        const std::size_t dot = name.find('.');
        const std::string_view label = name.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == std::string_view::npos) return !is_number(label);
        name.remove_prefix(dot + 1);
    }
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// IDNA 2008 with the mapping of UTS #46, non-transitional: "ß" stays what it is. A-labels are checked, too.
// Not IDN2_USE_STD3_ASCII_RULES: with it libidn2 2.3.3 leaves out what the rules forbid, and "a／b" becomes "ab", which
// is somebody else's. Without it such a character stays, in A-labels, too, and is_name() refuses it.
std::optional<std::string> by_libidn2(const std::string& domain) {
    std::uint8_t* found = nullptr;
    const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
    if (idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(domain.c_str()), &found, flags) != IDN2_OK) return {};
    std::string name{reinterpret_cast<const char*>(found)};
    idn2_free(found);
    return name;
}

// RFC 5952's text of it, so that equal addresses are equal. Without a zone: that is of this machine, and no domain.
std::optional<std::string> address(std::string_view text) {
    if (text.find_first_of(std::string_view{"%\0", 2}) != std::string_view::npos) return {};
    const auto parsed = literal_address(text);
    return parsed ? std::optional{parsed->to_string()} : std::nullopt;
}

}   // namespace

std::optional<std::string> to_ascii(std::string_view domain) {
    // No name of 253 bytes is longer before, save by characters that the mapping drops.
    if (domain.size() > 4 * max_name || domain.find('\0') != std::string_view::npos) return {};
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
        const std::string_view inner = domain.substr(1, domain.size() - 2);
        return inner.find(':') != std::string_view::npos ? address(inner) : std::nullopt;
    }
    if (auto literal = address(domain)) return literal;

    std::string name{domain};
    std::transform(name.begin(), name.end(), name.begin(), ascii::lower);
    // Of names that are ASCII alone, libidn2 refuses some that are in use ("r3---sn-x"): it looks at the others.
    if (!is_ascii(name) || name.find("xn--") != std::string::npos) {
        auto mapped = by_libidn2(name);
        if (!mapped) return {};
        name = std::move(*mapped);
    }
    if (!name.empty() && name.back() == '.') name.pop_back();
    if (auto literal = address(name)) return literal;   // in full-width digits
    if (!is_name(name)) return {};
    return name;
}

}   // namespace wsxmpp::upstream
