#include "core/element_scanner.hpp"

#include <array>
#include <cstring>

#include "core/skip.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

// The bytes that end the fast loop inside a tag.
constexpr std::array<bool, 256> make_tag_stops() {
    std::array<bool, 256> stops{};
    for (const char c : {'>', '\'', '"', ':', '/', '<'}) stops[static_cast<unsigned char>(c)] = true;
    return stops;
}
constexpr std::array<bool, 256> tag_stops = make_tag_stops();

// What is looked for is mostly near; where it is not, memchr() is faster.
const char* find(const char* p, const char* end, char c) {
    constexpr std::ptrdiff_t near = 64;
    const char* const near_end = end - p > near ? p + near : end;
    const char* const found_near = skip_to(p, near_end, c);
    if (found_near != near_end || near_end == end) return found_near;
    const void* const found = std::memchr(near_end, c, static_cast<std::size_t>(end - near_end));
    return found != nullptr ? static_cast<const char*>(found) : end;
}

}   // namespace

ElementScanner::Found ElementScanner::scan(const char*& p, const char* end, const Limits& limits, Fault& fault) {
    while (p != end) {
        Found found = Found::nothing;
        switch (state_) {
            case State::between: found = between(p, end, fault); break;
            case State::text:
                p = find(p, end, '<');
                if (p != end) {
                    ++p;
                    state_ = State::markup;
                }
                break;
            case State::markup: found = markup(p, fault); break;
            case State::tag: found = tag(p, end, limits, fault); break;
            case State::value:
                p = find(p, end, quote_);
                if (p != end) {
                    ++p;
                    state_ = State::tag;
                }
                break;
            case State::end_tag: found = end_tag(p, end); break;
            case State::declaration: found = declaration(p, fault); break;
            case State::cdata:
                if (match_to_end(p, end, "]]>", 3)) state_ = State::text;
                break;
            case State::comment:
                if (match_to_end(p, end, "-->", 3)) found = Found::skipped;
                break;
            case State::instruction:
                if (match_to_end(p, end, "?>", 2)) found = Found::skipped;
                break;
        }
        if (found == Found::skipped) state_ = State::between;
        if (found != Found::nothing) return found;
    }
    return Found::nothing;
}

ElementScanner::Found ElementScanner::between(const char*& p, const char* end, Fault& fault) {
    while (p != end && is_space(*p)) ++p;
    if (p == end) return Found::nothing;
    if (*p != '<') {
        fault.set(errc::not_well_formed, "text outside of elements");
        return Found::fault;
    }
    ++p;
    state_ = State::markup;
    has_colon_ = false;
    return Found::begin;
}

ElementScanner::Found ElementScanner::markup(const char*& p, Fault& fault) {
    slash_ = false;
    attributes_ = 0;
    switch (*p) {
        case '/':
            ++p;
            state_ = State::end_tag;
            return Found::nothing;
        case '!':
            ++p;
            matched_ = 0;
            state_ = State::declaration;
            return Found::nothing;
        case '?':
            if (depth_ > 0) {
                fault.set(errc::restricted_xml, "a processing instruction inside an element");
                return Found::fault;
            }
            ++p;
            matched_ = 0;
            state_ = State::instruction;
            return Found::nothing;
        default:
            // What cannot begin a name would let a quote or a '>' be read as something it is not.
            if (!is_class(*p, char_name_start) && *p != ':' && static_cast<unsigned char>(*p) < 0x80) {
                fault.set(errc::not_well_formed, "'<' that begins no tag");
                return Found::fault;
            }
            state_ = State::tag;
            return Found::nothing;
    }
}

ElementScanner::Found ElementScanner::tag(const char*& p, const char* end, const Limits& limits, Fault& fault) {
    for (;;) {
        const char* const from = p;
        while (p != end && !tag_stops[static_cast<unsigned char>(*p)]) ++p;
        if (p != from) slash_ = false;
        if (p == end) return Found::nothing;
        const char c = *p++;
        switch (c) {
            case '>':
                empty_element_ = slash_;
                if (depth_ >= limits.max_depth) {
                    fault.set(errc::too_deep,
                              "elements nested deeper than the limit of " + std::to_string(limits.max_depth));
                    return Found::fault;
                }
                if (!slash_) ++depth_;
                return end_of_tag();
            case '/': slash_ = true; break;
            case ':':
                slash_ = false;
                has_colon_ = true;
                break;
            case '<': fault.set(errc::not_well_formed, "'<' inside a tag"); return Found::fault;
            default:
                slash_ = false;
                if (++attributes_ > limits.max_attributes) {
                    fault.set(errc::too_many_attributes,
                              "more attributes in one tag than the limit of " + std::to_string(limits.max_attributes));
                    return Found::fault;
                }
                quote_ = c;
                state_ = State::value;
                return Found::nothing;
        }
    }
}

ElementScanner::Found ElementScanner::end_of_tag() {
    if (empty_element_) {
        state_ = depth_ == 0 ? State::between : State::text;
        return depth_ == 0 ? Found::root_tag : Found::nothing;
    }
    state_ = State::text;
    return depth_ == 1 ? Found::root_tag : Found::nothing;
}

ElementScanner::Found ElementScanner::end_tag(const char*& p, const char* end) {
    p = find(p, end, '>');
    if (p == end) return Found::nothing;
    ++p;
    if (depth_ == 0) {
        state_ = State::between;
        return Found::end_tag;
    }
    --depth_;
    state_ = depth_ == 0 ? State::between : State::text;
    return depth_ == 0 ? Found::element : Found::nothing;
}

ElementScanner::Found ElementScanner::declaration(const char*& p, Fault& fault) {
    if (matched_ == 0) cdata_ = *p == '[';
    const char* const expected = cdata_ ? "[CDATA[" : "--";
    if (*p != expected[matched_]) {
        fault.set(errc::restricted_xml, "a document type declaration");
        return Found::fault;
    }
    ++p;
    ++matched_;
    if (expected[matched_] != '\0') return Found::nothing;
    matched_ = 0;
    if (cdata_ && depth_ == 0) {
        fault.set(errc::not_well_formed, "a CDATA section outside of elements");
        return Found::fault;
    }
    if (!cdata_ && depth_ > 0) {
        fault.set(errc::restricted_xml, "a comment inside an element");
        return Found::fault;
    }
    state_ = cdata_ ? State::cdata : State::comment;
    return Found::nothing;
}

// Looks for `terminator`, of which matched_ characters have been seen. Its characters but the last are all the same
// ('--', ']]') or it is two characters long, so a mismatch falls back to as many as were just repeated.
bool ElementScanner::match_to_end(const char*& p, const char* end, const char* terminator, std::uint8_t length) {
    while (p != end) {
        if (matched_ == 0) {
            p = find(p, end, terminator[0]);
            if (p == end) return false;
        }
        const char c = *p++;
        if (c == terminator[matched_]) {
            if (++matched_ == length) return true;
        } else if (c == terminator[0]) {
            matched_ = static_cast<std::uint8_t>(length - 1);   // ']]]': the last two still count
        } else {
            matched_ = 0;
        }
    }
    return false;
}

}   // namespace wsxmpp::core
