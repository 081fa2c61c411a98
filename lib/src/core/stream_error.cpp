#include "core/stream_error.hpp"

#include <algorithm>

#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

// Not longer than a log line bears, never cut inside a character, and without what would break the line.
std::string sentence(std::string_view raw) {
    constexpr std::size_t longest = 200;
    raw = raw.substr(0, longest);
    std::string text = normalize_value(raw.substr(0, complete_utf8(raw)));
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return text;
}

}   // namespace

std::string describe_error(std::string_view content) {
    std::string name;
    std::string text;
    for (TagWalker walker{content}; walker.next();) {
        if (walker.is_end_tag()) {
            walker.skip_end_tag();
            continue;
        }
        TagReader tag{walker.rest()};
        for (TagReader::Attribute a; tag.next(a);) continue;
        if (tag.malformed()) break;
        if (local_of(tag.name()) == "text") {
            const std::string_view rest = walker.rest().substr(tag.size());
            text = sentence(rest.substr(0, rest.find('<')));
        } else if (name.empty()) {
            name = quoted(local_of(tag.name()));
        }
        walker.skip(tag.size());
    }
    return (name.empty() ? "unknown" : name) + (text.empty() ? "" : " (" + text + ")");
}

}   // namespace wsxmpp::core
