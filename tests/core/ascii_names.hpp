// For comparisons with expat, which reads names of XML 1.0's fourth edition: those of the fifth have more letters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/xml_text.hpp"

namespace wsxmpp::test {

// Each character that is not ASCII and may stand in a name, in ASCII. What is accepted stays so, for either edition.
inline std::string with_ascii_names(std::string_view text) {
    std::string out;
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); p != end;) {
        char32_t c = 0;
        const std::size_t size = static_cast<unsigned char>(*p) < 0x80 ? 0 : core::decode_utf8(p, end, c);
        if (size != 0 && core::is_name_char(c))
            out.append("u").append(std::to_string(std::uint32_t{c}));
        else
            out.append(p, size == 0 ? 1 : size);
        p += size == 0 ? 1 : size;
    }
    return out;
}

}   // namespace wsxmpp::test
