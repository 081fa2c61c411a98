#include "core/stream_error.hpp"

#include <algorithm>

#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

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
            text = normalize_value(rest.substr(0, std::min<std::size_t>(rest.find('<'), 200)));
        } else if (name.empty()) {
            name = quoted(local_of(tag.name()));
        }
        walker.skip(tag.size());
    }
    return (name.empty() ? "unknown" : name) + (text.empty() ? "" : " (" + text + ")");
}

}   // namespace wsxmpp::core
