#include "core/stream_parser.hpp"

#include <utility>

#include "core/tag_reader.hpp"
#include "core/whole_element.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

bool is_stream_header(TagReader& tag, StreamHeader& header) {
    header.name = tag.name();
    TagReader::Attribute a;
    while (tag.next(a)) add_to_header(header, a.qname, a.value);
    if (tag.malformed()) return false;
    for (const Namespace& n : header.namespaces)
        if (n.prefix == prefix_of(header.name)) return n.uri == ns_streams;
    return false;
}

}   // namespace

// What one call works on.
struct StreamParser::Input {
    const char* p;
    const char* end;
    const char* part;   // where the current part begins, or goes on after the stash
    const Limits& limits;
    StreamEvent& out;
};

bool StreamParser::next(std::string_view& input, const Limits& limits, StreamEvent& out) {
    if (stash_ && scanner_.between_parts()) stash_.reset();   // what the last event was made of: idle streams hold none
    Input in{input.data(), input.data() + input.size(), input.data(), limits, out};
    const bool found = state_ != State::closed && !fault_ && find(in);
    input = {in.p, found ? static_cast<std::size_t>(in.end - in.p) : 0};
    return found;
}

// These are inline because each element comes this way.

inline bool StreamParser::find(Input& in) {
    while (in.p != in.end) {
        if (state_ == State::open && scanner_.between_parts()) {
            while (is_space(*in.p))
                if (++in.p == in.end) return false;
            // The fast way, which ends where the slow one is to go on.
            in.part = in.p;
            WholeElement whole;
            if (whole.read(in.p, in.end, in.limits)) return whole_element(in, whole);
            if (whole.depth > 0) {
                in.p = whole.at;
                scanner_.enter_element(whole.depth, whole.has_colon);
            }
        }
        switch (scanner_.scan(in.p, in.end, in.limits, fault_)) {
            case ElementScanner::Found::nothing: break;
            case ElementScanner::Found::begin: in.part = in.p - 1; break;
            case ElementScanner::Found::skipped: stash_.reset(); break;
            case ElementScanner::Found::root_tag:
                if (root_tag(in)) return true;
                break;
            case ElementScanner::Found::element: return scanned_element(in);
            case ElementScanner::Found::end_tag: return close(in);
            case ElementScanner::Found::fault: break;
        }
        if (fault_) return false;
    }
    keep_part(in);
    return false;
}

inline bool StreamParser::whole_element(Input& in, const WholeElement& whole) {
    in.p = whole.at;
    const std::string_view text{in.part, static_cast<std::size_t>(in.p - in.part)};
    return within_limit(text.size(), in.limits) && (whole.only_ascii || is_utf8(text)) &&
           element(in, text, whole.notes);
}

inline bool StreamParser::within_limit(std::size_t size, const Limits& limits) {
    return size <= limits.max_element || too_large(limits);
}

inline bool StreamParser::element(Input& in, std::string_view text, const ElementNotes& notes) {
    Event& event = in.out.event;
    event.type = Event::Type::element;
    event.header = nullptr;
    event.raw = {};
    return stand_alone(text, notes, *context_, in.limits, in.out, fault_);
}

// The current part up to here, in one piece.
std::string_view StreamParser::part(Input& in) {
    const std::string_view more{in.part, static_cast<std::size_t>(in.p - in.part)};
    if (!stash_) return more;
    in.part = in.p;
    return stash_->append(more);
}

void StreamParser::keep_part(Input& in) {
    if (scanner_.between_parts()) return;
    if (scanner_.skipping()) {
        stash_.reset();
        return;
    }
    const std::string_view more{in.part, static_cast<std::size_t>(in.end - in.part)};
    if (!within_limit((stash_ ? stash_->size() : 0) + more.size(), in.limits) || more.empty()) return;
    if (!stash_) stash_ = std::make_unique<std::string>();
    stash_->append(more);
}

bool StreamParser::too_large(const Limits& limits) {
    return fault_.set(errc::element_too_large,
                      "an element of more than the limit of " + std::to_string(limits.max_element) + " bytes");
}

// A WebSocket's text messages must be (RFC 6455 §5.6).
bool StreamParser::is_utf8(std::string_view text) {
    return core::is_utf8(text) || fault_.set(errc::invalid_utf8, "invalid UTF-8");
}

bool StreamParser::root_tag(Input& in) {
    const std::string_view text = part(in);
    TagReader tag{text};
    if (local_of(tag.name()) == "stream") {
        StreamHeader header;
        if (is_stream_header(tag, header)) return open(in, text, std::move(header), tag.empty_element());
    }
    if (state_ == State::waiting)
        return fault_.set(errc::bad_format, "an element " + quoted(tag.name()) + " before the stream header");
    return scanner_.empty_element() && scanned_element(in);
}

bool StreamParser::open(Input& in, std::string_view text, StreamHeader header, bool empty_element) {
    if (!within_limit(text.size(), in.limits)) return false;
    if (empty_element) return fault_.set(errc::bad_format, "the stream header is the tag of an empty element");
    if (!is_utf8(text)) return false;
    context_ = StreamContext::of(header);
    state_ = State::open;
    scanner_.enter_stream();
    in.out.header = std::move(header);
    in.out.event = {};
    in.out.event.type = Event::Type::open;
    in.out.event.header = &in.out.header;
    in.out.event.raw = text;
    return true;
}

bool StreamParser::scanned_element(Input& in) {
    const std::string_view text = part(in);
    ElementNotes notes;
    notes.may_have_prefix = scanner_.has_colon();
    return within_limit(text.size(), in.limits) && is_utf8(text) && read_root_tag(text, notes, fault_) &&
           element(in, text, notes);
}

bool StreamParser::close(Input& in) {
    const std::string_view text = part(in);
    if (state_ == State::waiting) return fault_.set(errc::bad_format, "an end tag before the stream header");
    state_ = State::closed;
    in.out.event = {};
    in.out.event.type = Event::Type::close;
    in.out.event.raw = text;
    return true;
}

}   // namespace wsxmpp::core
