// What both sides of the proxy speak: a stream is opened, carries elements, and is closed.
//
// Pure values; no socket, no clock, no thread. Views are borrowed from the decoder that made the event, and from the
// input it was given: valid until the decoder is called again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp {

// An attribute as it stood in the tag: the value is still escaped, and is written back as it was.
struct Attribute {
    std::string name;    // with its prefix: "xml:lang"
    std::string value;   // raw, without the quotes
};

// One xmlns declaration. The prefix is empty for the default namespace; references in the URI are resolved.
struct Namespace {
    std::string prefix;
    std::string uri;
};

// The header of a stream: <stream:stream …> on TCP (RFC 6120 §4.2), <open …/> in a WebSocket message (RFC 7395 §3.3.1).
struct StreamHeader {
    std::string name;                    // as it stood: "stream:stream", "open"
    std::vector<Attribute> attributes;   // all but xmlns declarations, in order
    std::vector<Namespace> namespaces;   // the xmlns declarations, in order

    // The raw value of an attribute, or empty: get("to"), get("xml:lang").
    std::string_view get(std::string_view attribute) const noexcept;
};

// A complete first-level element: a stanza, features, a stream error, SASL …
// It is the three parts put together: `head` and `tail` are the element as it came, byte for byte; `declarations`
// goes between them, and holds what the element needs to stand alone (empty when it stands alone already).
struct Element {
    std::string_view head;
    std::string_view declarations;
    std::string_view tail;

    std::string_view name;   // local name of the root: "message"
    std::string_view ns;     // namespace of the root, references resolved: "jabber:client"

    std::size_t size() const noexcept { return head.size() + declarations.size() + tail.size(); }
    std::string str() const;   // the three parts in one; allocates
    bool is(std::string_view local_name, std::string_view uri) const noexcept {
        return name == local_name && ns == uri;
    }
};

struct Event {
    enum class Type {
        open,      // `header` and `raw`
        element,   // `element`
        close,     // `raw`
        space,     // white space between elements: a keepalive (RFC 6120 §4.6.1); only from a FrameDecoder
    };

    Type type = Type::element;
    const StreamHeader* header = nullptr;   // owned by the decoder; replaced by the next header
    Element element;
    std::string_view raw;   // the tag as it came, without an XML declaration
};

}   // namespace wsxmpp
