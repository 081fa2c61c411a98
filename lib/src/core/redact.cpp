#include "core/redact.hpp"

#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

bool is_secret(std::string_view local) {
    return local == "password" || local == "digest" || local == "token" || local == "header";
}

// A field of a form whose name says so (XEP-0004; XEP-0077, XEP-0133: "password", "password-verify").
bool is_secret_field(std::string_view element, const TagReader::Attribute& a) {
    return element == "field" && a.qname == "var" && a.value.find("password") != std::string_view::npos;
}

}   // namespace

std::string redacted(const Element& element) {
    constexpr std::string_view mark = "[redacted]";
    const std::string text = element.str();
    // Mechanism lists hold nothing secret; every other element of SASL may.
    const bool is_sasl = (element.ns == ns_sasl || element.ns == ns_sasl2) && element.name != "mechanisms";
    std::string out;
    std::size_t depth = 0;
    std::size_t secret_depth = 0;   // of the element whose content is left out; 0: none is
    std::size_t kept = 0;
    const std::string_view view = text;
    for (TagWalker walker{view}; walker.next();) {
        if (walker.is_end_tag()) {
            if (depth == secret_depth && secret_depth != 0) {
                if (walker.at() > kept) out.append(mark);
                kept = walker.at();
                secret_depth = 0;
            }
            walker.skip_end_tag();
            if (depth > 0) --depth;
            continue;
        }
        TagReader tag{walker.rest()};
        bool has_secret_attribute = false;
        for (TagReader::Attribute a; tag.next(a);)
            has_secret_attribute |= is_secret(a.qname) || is_secret_field(local_of(tag.name()), a);
        if (tag.malformed()) return std::string{view.substr(0, walker.at())}.append(mark);
        const std::size_t end = walker.at() + tag.size();
        ++depth;
        const bool cut = has_secret_attribute || is_secret(local_of(tag.name()));
        if (secret_depth == 0 && (cut || (is_sasl && depth == 1))) {
            // A secret may stand in an attribute (XEP-0249, XEP-0484): then the tag is cut too.
            const std::size_t shown = cut ? walker.at() + 1 + tag.name().size() : end;
            out.append(view.substr(kept, shown - kept));
            if (shown != end) out.append(tag.empty_element() ? " [redacted]/>" : " [redacted]>");
            kept = end;
            if (!tag.empty_element()) secret_depth = depth;
        }
        walker.skip(tag.size());
        if (tag.empty_element()) --depth;
    }
    return out.append(view.substr(kept));
}

}   // namespace wsxmpp::core
