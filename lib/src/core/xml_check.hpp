// The whole check of what a client sends: well-formed (XML 1.0), namespace-well-formed (Namespaces in XML 1.0),
// nothing that XMPP restricts (RFC 6120 §11.1), within limits. One pass, linear; allocates nothing once its thread has
// seen an element as deep and as wide.
#pragma once

#include <string_view>

#include "core/fault.hpp"
#include "core/namespaces.hpp"
#include "wsxmpp/event.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

// The root of an element that was checked.
struct CheckedRoot {
    std::string_view qname;
    std::string_view ns;        // references resolved; valid until the next check on this thread
    std::size_t size = 0;       // bytes of the element, or of the tag; white space after it is not counted
    bool has_content = false;   // anything between its tags
};

// Checks that `text` is exactly one element, with nothing before it and nothing but white space after it. Prefixes that
// it does not declare are looked up in `context`; without one, there are none, and the default namespace is
// jabber:client.
bool check_element(std::string_view text, const Limits& limits, const NamespaceContext* context, CheckedRoot& root,
                   Fault& fault);

// Checks that `text` begins with a start tag, and fills `header` from it. `root.size` is that of the tag,
// `has_content` is false when the tag is that of an empty element.
bool check_start_tag(std::string_view text, const Limits& limits, StreamHeader& header, CheckedRoot& root,
                     Fault& fault);

}   // namespace wsxmpp::core
