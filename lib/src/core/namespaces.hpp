// What prefixes are bound to, and what follows from that for attributes (Namespaces in XML 1.0).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/scratch_stack.hpp"
#include "core/xml_text.hpp"
#include "wsxmpp/event.hpp"

namespace wsxmpp::core {

struct Binding {
    std::string_view prefix;
    std::string_view uri;
};

// What the header of a stream declares for the elements in it. Borrows from the header.
class NamespaceContext {
public:
    NamespaceContext() = default;
    explicit NamespaceContext(const std::vector<Namespace>& namespaces);

    const std::vector<Binding>& bindings() const { return bindings_; }

private:
    std::vector<Binding> bindings_;
};

// An attribute as it stood in a tag.
struct RawAttribute {
    std::string_view qname;
    std::string_view value;
    std::size_t prefix = 0;   // bytes of it, without the colon; 0: there is none

    std::string_view prefix_name() const { return qname.substr(0, prefix); }
    std::string_view local() const { return prefix == 0 ? qname : qname.substr(prefix + 1); }
    bool declares_default() const { return qname == "xmlns"; }
    bool declares_prefix() const { return prefix_name() == "xmlns"; }
};

// The declarations that are in force at one place of a message.
class NamespaceScopes {
public:
    // Forgets everything. `context`, if there is one, has what the message itself does not declare.
    void reset(const NamespaceContext* context) {
        context_ = context;
        bindings_.clear();
    }

    // A default namespace, as nearly all declarations are. `uri` is resolved. False: declare() must judge.
    bool declare_default(std::string_view uri, std::size_t limit) {
        if (uri.size() == ns_xml.size() || uri.size() == ns_xmlns.size() || bindings_.size() >= limit) return false;
        bindings_.push({{}, uri});
        return true;
    }

    // Any declaration. `uri` is resolved, and lives until reset(). False: it must not be declared, `why` says so.
    bool declare(std::string_view prefix, std::string_view uri, std::string& why);

    std::size_t size() const { return bindings_.size(); }
    void leave(std::size_t size) { bindings_.cut(size); }   // the declarations after that many are no longer in force

    bool look_up(std::string_view prefix, std::string_view& uri) const;

    // The same without a prefix, where nothing but the default namespace is declared.
    bool is_default_alone() const { return bindings_.size() == 1 && bindings_.top().prefix.empty(); }
    std::string_view last_declared() const { return bindings_.top().uri; }

    // Checks that the attributes of a tag have prefixes that are declared, and that none stands twice.
    bool check_attributes(const ScratchStack<RawAttribute>& attributes, std::string_view tag, std::string& why);

private:
    // The name of an attribute; its URI is one of a Binding, so that it is told by its address.
    struct ExpandedName {
        std::string_view uri;
        std::string_view local;

        bool operator==(const ExpandedName& o) const { return local == o.local && uri.data() == o.uri.data(); }
        bool operator<(const ExpandedName& o) const {
            return local != o.local ? local < o.local : std::less<>{}(uri.data(), o.uri.data());
        }
    };

    std::string_view shared(std::string_view uri) const;
    const ExpandedName* find_twice();

    const NamespaceContext* context_ = nullptr;
    ScratchStack<Binding> bindings_;
    ScratchStack<ExpandedName> names_;
};

}   // namespace wsxmpp::core
