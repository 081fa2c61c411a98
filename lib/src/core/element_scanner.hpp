// Finds where the first-level parts of an XML stream begin and end, in input that arrives in any pieces.
//
// Looks at each byte once and never back, so its work is linear however the input is split; it keeps a few numbers and
// no bytes. Whether tags match is not looked at.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/fault.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

class ElementScanner {
public:
    enum class Found {
        nothing,    // all of the input was looked at: more is needed
        begin,      // the '<' of a first-level part: it begins at the position returned
        root_tag,   // the end of a first-level start tag; an element goes on, a stream header does not: see below
        element,    // the end of a first-level element
        end_tag,    // the end of an end tag with nothing open: that of the stream
        skipped,    // the end of a comment or processing instruction between elements
        fault,
    };

    // Looks on from `p`; moves it behind what was found.
    Found scan(const char*& p, const char* end, const Limits& limits, Fault& fault);

    // Goes on inside a first-level element, `depth` of whose tags are open; up to here it had nothing to be said
    // against.
    void enter_element(std::uint32_t depth, bool has_colon) {
        depth_ = depth;
        has_colon_ = has_colon;
        state_ = State::text;
    }

    // Outside of everything: the next thing is a first-level part, or white space.
    bool between_parts() const { return state_ == State::between; }

    // After root_tag: the tag was a stream header; what follows is first-level again.
    void enter_stream() {
        depth_ = 0;
        state_ = State::between;
    }

    // After root_tag or element: whether that tag ended in '/>'.
    bool empty_element() const { return empty_element_; }

    // In a comment or processing instruction between elements: nobody will want its bytes.
    bool skipping() const { return state_ == State::comment || state_ == State::instruction; }

    // Whether a colon stood in a tag since `begin`, outside of attribute values: only then can there be a prefix.
    bool has_colon() const { return has_colon_; }

private:
    enum class State : std::uint8_t {
        between,       // first level, outside of everything
        text,          // inside an element
        markup,        // after '<'
        tag,           // in a start tag
        value,         // in an attribute value; quote_ ends it
        end_tag,       // in an end tag
        declaration,   // after '<!', matched_ characters of what it may become
        cdata,         // matched_ characters of ']]>'
        comment,       // matched_ characters of '-->'
        instruction,   // matched_ characters of '?>'
    };

    Found between(const char*& p, const char* end, Fault& fault);
    Found markup(const char*& p, Fault& fault);
    Found tag(const char*& p, const char* end, const Limits& limits, Fault& fault);
    Found end_of_tag();
    Found end_tag(const char*& p, const char* end);
    Found declaration(const char*& p, Fault& fault);
    bool match_to_end(const char*& p, const char* end, const char* terminator, std::uint8_t length);

    // An element with so many tags that these could overflow would be longer than 8 GB.
    std::uint32_t attributes_ = 0;   // of the current tag
    std::uint32_t depth_ = 0;        // elements open
    State state_ = State::between;
    char quote_ = 0;
    std::uint8_t matched_ = 0;
    bool slash_ = false;   // the character before this one was a '/' in a tag
    bool empty_element_ = false;
    bool has_colon_ = false;
    bool cdata_ = false;   // the declaration is becoming '<![CDATA[', not '<!--'
};

}   // namespace wsxmpp::core
