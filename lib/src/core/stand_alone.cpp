#include "core/stand_alone.hpp"

#include <algorithm>

#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

// What the stream header may add to an element. It is added to each, so that without a bound a server that sent a long
// header and then many small elements would fill the memory. Real ones take 60 bytes.
constexpr std::size_t max_declarations = 512;

}   // namespace

void StandAlone::set_header(const StreamHeader& header) {
    header_ = &header;
    default_declaration_.clear();
    language_.clear();
    if (const Namespace* n = find({}); n != nullptr && !n->uri.empty())
        append_namespace(default_declaration_, {}, n->uri);
    if (const std::string_view lang = header.get("xml:lang"); !lang.empty())
        append_attribute(language_, "xml:lang", lang);
    both_ = default_declaration_ + language_;
}

const Namespace* StandAlone::find(std::string_view prefix) const {
    for (const Namespace& n : header_->namespaces)
        if (n.prefix == prefix) return &n;
    return nullptr;
}

bool StandAlone::complete(std::string_view text, bool may_have_prefix, const Limits& limits, Element& element,
                          Fault& fault) {
    TagReader tag{text};
    const std::string_view qname = tag.name();
    const std::string_view prefix = prefix_of(qname);
    bool has_default = false;
    bool has_language = false;
    bool has_own = false;   // the root declares its own prefix
    std::string_view ns;
    TagReader::Attribute a;
    while (tag.next(a)) {
        if (a.qname == "xmlns") {
            has_default = true;
            if (prefix.empty()) {
                has_own = true;
                ns = a.value;
            }
        } else if (a.qname == "xml:lang") {
            has_language = true;
        } else if (!prefix.empty() && prefix_of(a.qname) == "xmlns" && local_of(a.qname) == prefix) {
            has_own = true;
            ns = a.value;
        }
    }
    if (tag.malformed()) return fault.set(errc::not_well_formed, "a malformed tag " + quoted(qname));
    if (!has_own) {
        const Namespace* const n = find(prefix);
        ns = n != nullptr ? std::string_view{n->uri} : std::string_view{};
    } else if (needs_normalizing(ns)) {
        root_namespace_ = normalize_value(ns);
        ns = root_namespace_;
    }
    element.name = local_of(qname);
    element.ns = ns;

    const bool is_stanza =
        ns == ns_client && (element.name == "message" || element.name == "presence" || element.name == "iq");
    const bool wants_language = !has_language && !language_.empty() && (is_stanza || element.is("error", ns_streams));
    if (!may_have_prefix) {
        element.declarations = has_default ? (wants_language ? std::string_view{language_} : std::string_view{})
                                           : (wants_language ? std::string_view{both_} : default_declaration_);
    } else {
        if (!look_through(text, limits, fault)) return false;
        declarations_.clear();
        if (needed_.default_namespace) declarations_ += default_declaration_;
        for (const std::string_view p : needed_.prefixes) append_namespace(declarations_, p, find(p)->uri);
        if (wants_language) declarations_ += language_;
        element.declarations = declarations_;
    }
    if (element.declarations.size() > max_declarations)
        return fault.set(errc::element_too_large, "an element that needs more than " +
                                                      std::to_string(max_declarations) +
                                                      " bytes of the stream header's declarations");
    element.head = text.substr(0, 1 + qname.size());
    element.tail = text.substr(1 + qname.size());
    return true;
}

bool StandAlone::is_bound(std::string_view prefix) const {
    return std::any_of(bindings_.rbegin(), bindings_.rend(), [&](const Binding& b) { return b.prefix == prefix; });
}

bool StandAlone::use(std::string_view prefix, Fault& fault) {
    if (prefix == "xml" || prefix == "xmlns" || is_bound(prefix)) return true;
    if (prefix.empty()) {
        needed_.default_namespace = true;
        return true;
    }
    if (find(prefix) == nullptr)
        return fault.set(errc::not_well_formed, "the prefix " + quoted(prefix) + " is not declared");
    if (std::find(needed_.prefixes.begin(), needed_.prefixes.end(), prefix) == needed_.prefixes.end())
        needed_.prefixes.push_back(prefix);
    return true;
}

// Finds the prefixes that are used where no tag around declares them.
bool StandAlone::look_through(std::string_view text, const Limits& limits, Fault& fault) {
    needed_.default_namespace = false;
    needed_.prefixes.clear();
    bindings_.clear();
    std::size_t depth = 0;
    const auto leave = [&] {
        while (!bindings_.empty() && bindings_.back().depth >= depth) bindings_.pop_back();
    };
    for (TagWalker walker{text}; walker.next();) {
        if (walker.is_end_tag()) {
            walker.skip_end_tag();
            leave();
            if (depth > 0) --depth;
            continue;
        }
        ++depth;
        TagReader::Attribute a;
        TagReader declarations{walker.rest()};
        while (declarations.next(a)) {
            const bool is_default = a.qname == "xmlns";
            if (!is_default && prefix_of(a.qname) != "xmlns") continue;
            if (bindings_.size() >= limits.max_attributes)
                return fault.set(errc::too_many_attributes, "more namespace declarations than the limit of " +
                                                                std::to_string(limits.max_attributes));
            bindings_.push_back({is_default ? std::string_view{} : local_of(a.qname), depth});
        }
        if (declarations.malformed())
            return fault.set(errc::not_well_formed, "a malformed tag " + quoted(declarations.name()));
        if (!use(prefix_of(declarations.name()), fault)) return false;
        TagReader uses{walker.rest()};
        while (uses.next(a)) {
            const std::string_view prefix = prefix_of(a.qname);
            if (!prefix.empty() && !use(prefix, fault)) return false;
        }
        walker.skip(declarations.size());
        if (declarations.empty_element()) {
            leave();
            --depth;
        }
    }
    return true;
}

}   // namespace wsxmpp::core
