// What prefixes are bound to.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "wsxmpp/event.hpp"

namespace wsxmpp::core {

struct Binding {
    std::string_view prefix;
    std::string_view uri;
};

// Of bindings that are in force together, those with the same URI share its bytes: long names that differ in their last
// byte, or not at all, are compared once, when they are declared, and not with each attribute.
inline const std::string_view* find_uri(const std::vector<Binding>& bindings, std::string_view uri) {
    for (const Binding& b : bindings)
        if (b.uri == uri) return &b.uri;
    return nullptr;
}

// What the header of a stream declares for the elements in it. Borrows from the header.
class NamespaceContext {
public:
    NamespaceContext() = default;
    explicit NamespaceContext(const StreamHeader& header) {
        for (const Namespace& n : header.namespaces) {
            const std::string_view* const same = find_uri(bindings_, n.uri);
            bindings_.push_back({n.prefix, same != nullptr ? *same : std::string_view{n.uri}});
        }
    }

    const std::vector<Binding>& bindings() const { return bindings_; }

private:
    std::vector<Binding> bindings_;
};

// The name of an attribute; its URI is one of a Binding, so that it is told by its address.
struct ExpandedName {
    std::string_view uri;
    std::string_view local;

    bool operator==(const ExpandedName& o) const { return local == o.local && uri.data() == o.uri.data(); }
    bool operator<(const ExpandedName& o) const {
        return local != o.local ? local < o.local : std::less<>{}(uri.data(), o.uri.data());
    }
};

}   // namespace wsxmpp::core
