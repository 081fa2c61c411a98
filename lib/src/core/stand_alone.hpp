// What an element of a server's stream needs to stand alone in a WebSocket message: every namespace that the stream
// header declared and the element uses, and the stream's language (RFC 7395 §3.3.3).
#pragma once

#include <string>
#include <string_view>

#include "core/fault.hpp"
#include "core/stream_context.hpp"
#include "wsxmpp/event.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

// What was noted of an element while it was read, most of it of its start tag.
struct ElementNotes {
    std::string_view prefix;
    std::string_view local;
    std::size_t name_size = 0;   // of both, with the colon
    std::string_view ns;         // raw: what it binds the prefix to, or the default namespace if it has none
    bool declares_own = false;   // there is such an `ns`
    bool declares_default = false;
    bool has_language = false;
    bool may_have_prefix = false;   // in any tag: all of them must be looked through

    // An xmlns attribute, where there is no prefix.
    void declare_default(std::string_view uri) {
        ns = uri;
        declares_own = declares_default = true;
    }
};

// Notes what the start tag of `element` says.
bool read_root_tag(std::string_view element, ElementNotes& notes, Fault& fault);

// An event, and what it borrows that is neither in the input nor in the StreamContext.
struct StreamEvent {
    Event event;
    StreamHeader header;   // the last one
    std::string declarations;
    std::string ns;
};

// Makes an Element of the text of one.
bool stand_alone(std::string_view text, const ElementNotes& notes, const StreamContext& context, const Limits& limits,
                 StreamEvent& out, Fault& fault);

}   // namespace wsxmpp::core
