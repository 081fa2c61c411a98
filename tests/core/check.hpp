// Runs check_element() on a copy of some text, so that a sanitizer sees whatever is read behind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/xml_check.hpp"

namespace wsxmpp::test {

struct Checked {
    bool accepted = false;
    core::CheckedRoot root;   // its views are gone with the copy
    bool has_content = false;
    std::string name;
    std::string ns;
    core::Fault fault;
};

inline Checked check(std::string_view text, const Limits& limits = {}) {
    const std::vector<char> copy(text.begin(), text.end());
    Checked result;
    result.accepted = core::check_element({copy.data(), copy.size()}, limits, nullptr, result.root, result.fault);
    if (result.accepted) {
        result.has_content = result.root.has_content({copy.data(), copy.size()});
        result.name = result.root.qname;
        result.ns = result.root.ns;
    }
    result.root.qname = {};
    result.root.ns = {};
    return result;
}

// The code an element is refused with; 0: it is accepted.
inline errc refused(std::string_view text, const Limits& limits = {}) { return check(text, limits).fault.code(); }

}   // namespace wsxmpp::test
