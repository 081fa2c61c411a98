// The fast way over a first-level element: for one that is whole in the input and plain, as nearly all are. It is read
// once, tag by tag, and what is needed to make it stand alone is noted on the way.
//
// What it does not know (a prefix on the root, a CDATA section, white space in a tag but blanks between its attributes,
// what is not ASCII in a name, anything that is wrong) it leaves to the ElementScanner, which finds the same, and says
// what is wrong.
#pragma once

#include <cstdint>

#include "core/stand_alone.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

struct WholeElement {
    // Looks for the end of the element whose '<' is at `p`. False: it is not whole, or not plain.
    bool read(const char* p, const char* end, const Limits& limits) noexcept;

    ElementNotes notes;
    const char* at = nullptr;   // behind the element; else where the ElementScanner is to go on
    std::uint32_t depth = 0;    // elements open there; 0: it begins anew
    bool has_colon = false;     // as ElementScanner::has_colon()
    bool only_ascii = false;    // for certain
};

}   // namespace wsxmpp::core
