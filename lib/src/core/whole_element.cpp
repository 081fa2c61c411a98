#include "core/whole_element.hpp"

#include <algorithm>
#include <cstddef>

#include "core/scan_tag.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

class Reader {
public:
    Reader(const char* end, const Limits& limits) noexcept
        : end_{end}, max_depth_{limits.max_depth}, max_attributes_{limits.max_attributes}, seek_{end} {}

    bool read(const char* p, WholeElement& element) noexcept {
        std::uint32_t depth = 0;
        bool plain = root_tag(p, element.notes, depth);
        while (plain && depth > 0) plain = next_tag(p, depth, element.at);
        if (!plain) {
            element.depth = depth;
            element.has_colon = has_colon_;
            return false;
        }
        element.at = p;
        // So many declarations would be an error, if a colon made us look for prefixes: that is found out there.
        element.notes.may_have_prefix = has_prefix_ || (has_colon_ && declarations_ > max_attributes_);
        element.only_ascii = seek_.only_ascii();
        return true;
    }

private:
    // These move `p` over a tag and count it in `depth`, or return false.

    bool root_tag(const char*& p, ElementNotes& root, std::uint32_t& depth) noexcept {
        if (*p != '<' || !is_class(p[1], char_name_start) || max_depth_ == 0) return false;
        const char* const begin = ++p;
        // A prefix must be looked up; a stream header is more than a tag.
        if (!to_end_of_name(p) || *p == ':') return false;
        root.local = {begin, static_cast<std::size_t>(p - begin)};
        root.name_size = root.local.size();
        return root.local != "stream" && attributes<true>(p, root, depth);
    }

    // `at`: where the tag begins.
    bool next_tag(const char*& p, std::uint32_t& depth, const char*& at) noexcept {
        if (p != end_ && *p != '<') seek_.to_far<Only<'<'>>(p);
        at = p;
        if (end_ - p < 2) return false;
        ++p;
        if (*p == '/') {
            if (!seek_.to<Only<'>'>>(p)) return false;
            ++p;
            --depth;
            return true;
        }
        if (!is_class(*p, char_name_start) || depth >= max_depth_ || !to_end_of_name(p)) return false;
        if (*p == ':') {
            has_colon_ = has_prefix_ = true;
            if (!to_end_of_name(++p)) return false;
        }
        ElementNotes none;
        return attributes<false>(p, none, depth);
    }

    // Up to what ends a name, which is not the last character.
    bool to_end_of_name(const char*& p) noexcept {
        while (seek_.to<NoLetter>(p) && p + 1 != end_) {
            if (*p == '=' || !is_class(*p, char_name)) return true;
            ++p;
        }
        return false;
    }

    // … and the end of the tag. There is no other character between them than these.
    template <bool of_root>
    bool attributes(const char*& p, ElementNotes& root, std::uint32_t& depth) noexcept {
        std::size_t count = 0;
        while (*p == ' ') {
            const char* const begin = ++p;
            if (!to_end_of_name(p)) return false;
            if (p == begin) continue;   // one more blank, or that before a '/' or '>'
            if (*p == ':') {
                if (!to_end_of_name(++p)) return false;
                const bool is_language = std::string_view{begin, static_cast<std::size_t>(p - begin)} == "xml:lang";
                has_colon_ = true;
                has_prefix_ = has_prefix_ || !is_language;
                if (of_root && is_language) root.has_language = true;
            }
            if (*p != '=') return false;
            const std::string_view qname{begin, static_cast<std::size_t>(p - begin)};
            const char* const value = p + 2;
            if (!to_end_of_value(p)) return false;
            if (qname == "xmlns") {
                ++declarations_;
                if (of_root) root.declare_default({value, static_cast<std::size_t>(p - value)});
            }
            if (++p == end_) return false;
            ++count;
        }
        if (count > max_attributes_) return false;
        const bool empty = *p == '/';
        if (empty && ++p == end_) return false;
        if (*p != '>') return false;
        ++p;
        if (!empty) ++depth;
        return true;
    }

    // From '=' to the quote at the end.
    bool to_end_of_value(const char*& p) noexcept {
        const char quote = p[1];
        p += 2;
        if (quote == '\'') return seek_.to<Only<'\''>>(p);
        return quote == '"' && seek_.to<Only<'"'>>(p);
    }

    const char* const end_;
    const std::size_t max_depth_;
    const std::size_t max_attributes_;
    Seeker seek_;
    std::size_t declarations_ = 0;
    bool has_colon_ = false;
    bool has_prefix_ = false;
};

}   // namespace

bool WholeElement::read(const char* p, const char* end, const Limits& limits) noexcept {
    if (end - p < std::max<std::ptrdiff_t>(Seeker::least_input, 2)) return false;
    return Reader{end, limits}.read(p, *this);
}

}   // namespace wsxmpp::core
