#include "core/xml_declaration.hpp"

#include <algorithm>

#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

}   // namespace

bool strip_xml_declaration(std::string_view& text, Fault& fault) {
    if (text.substr(0, 5) != "<?xml" || text.size() < 6 || !is_space(text[5])) return true;
    const auto malformed = [&] { return fault.set(errc::not_well_formed, "a malformed XML declaration"); };
    std::string_view rest = text.substr(5);
    const auto skip_space = [&] {
        const std::size_t before = rest.size();
        while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
        return rest.size() != before;
    };
    // XML 1.0 §2.8 [23]: version, then encoding, then standalone; the first is required.
    int last = 0;
    while (skip_space() && rest.substr(0, 2) != "?>") {
        const std::size_t equals = rest.find('=');
        if (equals == std::string_view::npos) return malformed();
        std::string_view name = rest.substr(0, equals);
        while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
        rest.remove_prefix(equals + 1);
        skip_space();
        if (rest.empty() || (rest.front() != '\'' && rest.front() != '"')) return malformed();
        const std::size_t close = rest.find(rest.front(), 1);
        if (close == std::string_view::npos) return malformed();
        const std::string_view value = rest.substr(1, close - 1);
        rest.remove_prefix(close + 1);
        const int position = name == "version" ? 1 : name == "encoding" ? 2 : name == "standalone" ? 3 : 0;
        if (position <= last || (last == 0 && position != 1)) return malformed();
        last = position;
        if (position == 1 && value != "1.0") return malformed();
        if (position == 3 && value != "yes" && value != "no") return malformed();
        if (position == 2 && !same_ignoring_case(value, "utf-8"))
            return fault.set(errc::unsupported_encoding, "the encoding " + quoted(value) + "; XMPP is UTF-8");
    }
    if (rest.substr(0, 2) != "?>" || last == 0) return malformed();
    rest.remove_prefix(2);
    skip_space();
    text = rest;
    return true;
}

}   // namespace wsxmpp::core
