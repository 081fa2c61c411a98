#include "core/features.hpp"

#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

// The namespace that `tag`'s own declarations give to `prefix`; unchanged if it has none.
void look_for_namespace(TagReader& tag, std::string_view prefix, std::string& uri) {
    TagReader::Attribute a;
    while (tag.next(a)) {
        const bool is_it =
            prefix.empty() ? a.qname == "xmlns" : prefix_of(a.qname) == "xmlns" && local_of(a.qname) == prefix;
        if (is_it) uri = normalize_value(a.value);
    }
}

bool is_hidden(const StreamHeader& root, TagReader& child) {
    const std::string_view local = local_of(child.name());
    const bool tls = local == "starttls";
    if (!tls && local != "compression") return false;
    const std::string_view prefix = prefix_of(child.name());
    std::string uri;
    for (const Namespace& n : root.namespaces)
        if (n.prefix == prefix) uri = n.uri;
    look_for_namespace(child, prefix, uri);
    return uri == (tls ? ns_tls : ns_compress_feature);
}

// The declarations of the root, read once: it may be long, and have many children.
StreamHeader read_root(std::string_view features) {
    StreamHeader root;
    TagReader tag{features};
    for (TagReader::Attribute a; tag.next(a);)
        if (a.value.size() < 256) add_to_header(root, a.qname, a.value);   // no namespace looked for is as long
    return root;
}

}   // namespace

std::string without_transport_features(std::string_view features) {
    const StreamHeader root = read_root(features);
    std::string out;
    out.reserve(features.size());
    std::size_t kept = 0;                               // what stands before it is in `out` already, or hidden
    std::size_t hidden_from = std::string_view::npos;   // where a hidden child begins
    std::size_t depth = 0;
    const auto leave_hidden = [&](std::size_t end) {
        if (depth != 1 || hidden_from == std::string_view::npos) return;
        out.append(features.substr(kept, hidden_from - kept));
        kept = end;
        hidden_from = std::string_view::npos;
    };
    for (TagWalker walker{features}; walker.next();) {
        if (walker.is_end_tag()) {
            const std::size_t end = walker.skip_end_tag();
            if (depth > 0) --depth;
            leave_hidden(end);
            continue;
        }
        TagReader tag{walker.rest()};
        if (depth == 1) {
            TagReader child{walker.rest()};
            if (is_hidden(root, child)) hidden_from = walker.at();
        }
        for (TagReader::Attribute a; tag.next(a);) continue;
        if (tag.malformed()) break;
        walker.skip(tag.size());
        ++depth;
        if (tag.empty_element()) {
            --depth;
            leave_hidden(walker.at() + tag.size());
        }
    }
    return out.append(features.substr(kept));
}

}   // namespace wsxmpp::core
