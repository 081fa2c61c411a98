#include "core/namespaces.hpp"

#include <algorithm>
#include <iterator>

namespace wsxmpp::core {

namespace {

// So many attributes are compared each with each, which is faster than sorting.
constexpr std::size_t few = 16;

// Of bindings that are in force together, those with the same URI share its bytes: long names that differ in their last
// byte, or not at all, are compared once, when they are declared, and not with each attribute.
template <class Bindings>
const std::string_view* find_uri(const Bindings& bindings, std::string_view uri) {
    for (const Binding& b : bindings)
        if (b.uri == uri) return &b.uri;
    return nullptr;
}

// The last one counts.
template <class Bindings>
bool find_prefix(const Bindings& bindings, std::string_view prefix, std::string_view& uri) {
    for (auto i = std::make_reverse_iterator(bindings.end()); i != std::make_reverse_iterator(bindings.begin()); ++i) {
        if (i->prefix == prefix) {
            uri = i->uri;
            return true;
        }
    }
    return false;
}

}   // namespace

NamespaceContext::NamespaceContext(const std::vector<Namespace>& namespaces) {
    for (const Namespace& n : namespaces) {
        const std::string_view* const same = find_uri(bindings_, n.uri);
        bindings_.push_back({n.prefix, same != nullptr ? *same : std::string_view{n.uri}});
    }
}

// §3 and §5
bool NamespaceScopes::declare(std::string_view prefix, std::string_view uri, std::string& why) {
    if (prefix == "xmlns")
        why = "the prefix 'xmlns' must not be declared";
    else if ((prefix == "xml") != (uri == ns_xml))
        why = "the prefix 'xml' and its namespace belong together";
    else if (uri == ns_xmlns)
        why = "the namespace of 'xmlns' must not be declared";
    else if (uri.empty() && !prefix.empty())
        why = "the prefix " + quoted(prefix) + " is declared with an empty namespace";
    if (!why.empty()) return false;
    bindings_.push({prefix, shared(uri)});
    return true;
}

// What the context declares comes first: a default namespace of the message may have the same name and not share it.
std::string_view NamespaceScopes::shared(std::string_view uri) const {
    const std::string_view* same = context_ != nullptr ? find_uri(context_->bindings(), uri) : nullptr;
    if (same == nullptr) same = find_uri(bindings_, uri);
    if (same != nullptr) return *same;
    return uri == ns_xml ? ns_xml : uri;
}

bool NamespaceScopes::look_up(std::string_view prefix, std::string_view& uri) const {
    if (find_prefix(bindings_, prefix, uri)) return true;
    if (prefix == "xml") {
        uri = ns_xml;
        return true;
    }
    if (context_ != nullptr && find_prefix(context_->bindings(), prefix, uri)) return true;
    // The stream's default namespace, declared by the header that encode_stream_open() makes.
    uri = context_ == nullptr ? ns_client : std::string_view{};
    return prefix.empty();
}

bool NamespaceScopes::check_attributes(const ScratchStack<RawAttribute>& attributes, std::string_view tag,
                                       std::string& why) {
    names_.clear();
    for (const RawAttribute& a : attributes) {
        ExpandedName name{{}, a.local()};
        if (a.declares_prefix()) {
            name.uri = ns_xmlns;
        } else if (a.prefix != 0 && !look_up(a.prefix_name(), name.uri)) {
            why = "the prefix " + quoted(a.prefix_name()) + " is not declared in the message";
            return false;
        }
        names_.push(name);
    }
    const ExpandedName* const twice = find_twice();
    if (twice == nullptr) return true;
    why = "the attribute " + quoted(twice->local) + " stands twice in the tag " + quoted(tag);
    return false;
}

const NamespaceScopes::ExpandedName* NamespaceScopes::find_twice() {
    if (names_.size() <= few) {
        for (const ExpandedName* name = names_.begin(); name != names_.end(); ++name)
            if (std::find<const ExpandedName*>(names_.begin(), name, *name) != name) return name;
        return nullptr;
    }
    std::sort(names_.begin(), names_.end());
    const ExpandedName* const found = std::adjacent_find(names_.begin(), names_.end());
    return found != names_.end() ? found : nullptr;
}

}   // namespace wsxmpp::core
