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
    std::size_t prefix = 0;   // bytes of it in qname, without the colon; 0: there is none
    std::string_view ns;      // references resolved
    std::size_t size = 0;     // bytes of the element, or of the tag; white space after it is not counted
    std::size_t tag_size = 0;
    bool is_empty_element = false;   // the tag ends in '/>'
    bool ns_is_decoded = false;      // `ns` is gone with the next check on this thread: it is not part of the text

    std::string_view local() const { return prefix == 0 ? qname : qname.substr(prefix + 1); }
    // Whether there is anything between its tags; `text` is what was checked.
    bool has_content(std::string_view text) const { return !is_empty_element && text.substr(tag_size, 2) != "</"; }
};

// Checks that `text` is exactly one element, with nothing before it and nothing but white space after it. Prefixes that
// it does not declare are looked up in `context`; without one, there are none, and the default namespace is
// jabber:client.
bool check_element(std::string_view text, const Limits& limits, const NamespaceContext* context, CheckedRoot& root,
                   Fault& fault);

// Checks that `text` begins with a start tag, and fills `header` from it. `root.size` is that of the tag.
bool check_start_tag(std::string_view text, const Limits& limits, StreamHeader& header, CheckedRoot& root,
                     Fault& fault);

}   // namespace wsxmpp::core
