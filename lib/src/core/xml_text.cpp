#include "core/xml_text.hpp"

#include <algorithm>

#include "core/skip.hpp"

namespace wsxmpp::core {

namespace {

constexpr std::array<std::uint8_t, 256> make_char_classes() {
    std::array<std::uint8_t, 256> table{};
    for (unsigned c = 0; c < 128; ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        unsigned flags = 0;
        if (letter) flags |= char_letter;
        if (letter || c == '_') flags |= char_name_start;
        if (letter || c == '_' || digit || c == '-' || c == '.') flags |= char_name;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') flags |= char_space;
        const bool legal = c >= 0x20 || (flags & char_space) != 0;
        if (legal && c != '<' && c != '&' && c != ']') flags |= char_plain_text;
        if ((flags & char_space) != 0 || c == '>' || c == '/' || c == '=') flags |= char_ends_name;
        table[c] = static_cast<std::uint8_t>(flags);
    }
    return table;
}

struct Range {
    char32_t first;
    char32_t last;
};

// XML 1.0 §2.3 [4], what is not ASCII
constexpr Range name_start_ranges[] = {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
                                       {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
                                       {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
constexpr Range name_char_ranges[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};   // [4a], beyond [4]

template <std::size_t N>
bool in_ranges(const Range (&ranges)[N], char32_t c) noexcept {
    for (const Range& r : ranges)
        if (c >= r.first && c <= r.last) return true;
    return false;
}

}   // namespace

const std::array<std::uint8_t, 256> char_classes = make_char_classes();

std::size_t decode_utf8(const char* p, const char* end, char32_t& code_point) noexcept {
    const auto byte = [&](int i) { return static_cast<char32_t>(static_cast<unsigned char>(p[i])); };
    const auto continues = [&](int i) { return (byte(i) & 0xC0U) == 0x80U; };
    const auto left = end - p;
    const char32_t first = byte(0);
    if (first >= 0xC2 && first <= 0xDF && left >= 2 && continues(1)) {
        code_point = ((first & 0x1FU) << 6U) | (byte(1) & 0x3FU);
        return 2;
    }
    if ((first & 0xF0U) == 0xE0 && left >= 3 && continues(1) && continues(2)) {
        code_point = ((first & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
        const bool overlong = code_point < 0x800;
        const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xF0 && first <= 0xF4 && left >= 4 && continues(1) && continues(2) && continues(3)) {
        code_point =
            ((first & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) | ((byte(2) & 0x3FU) << 6U) | (byte(3) & 0x3FU);
        return code_point < 0x10000 || code_point > 0x10FFFF ? 0 : 4;
    }
    return 0;
}

bool is_utf8(std::string_view text) noexcept {
    const char* const end = text.data() + text.size();
    for (const char* p = skip_ascii(text.data(), end); p != end; p = skip_ascii(p, end)) {
        char32_t c = 0;
        const std::size_t size = decode_utf8(p, end, c);
        if (size == 0) return false;
        p += size;
    }
    return true;
}

bool is_char(char32_t c) noexcept {
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

bool is_name_start(char32_t c) noexcept {
    return c < 0x80 ? is_class(static_cast<char>(c), char_name_start) : in_ranges(name_start_ranges, c);
}

bool is_name_char(char32_t c) noexcept {
    return c < 0x80 ? is_class(static_cast<char>(c), char_name)
                    : in_ranges(name_start_ranges, c) || in_ranges(name_char_ranges, c);
}

std::size_t complete_utf8(std::string_view text) noexcept {
    // A character is at most 4 bytes long: its first byte, if the last one is not whole, is among the last three.
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
        const auto c = static_cast<unsigned char>(text[text.size() - back]);
        if ((c & 0xC0U) == 0x80U) continue;
        const std::size_t length = c > 0xF4 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
        return length > back ? text.size() - back : text.size();
    }
    return text.size();
}

Reference read_reference(const char* p, const char* end, std::size_t& length, char32_t& code_point) noexcept {
    const char* const begin = p++;
    if (p != end && *p == '#') {
        ++p;
        const bool hex = p != end && *p == 'x';
        if (hex) ++p;
        const char* const digits = p;
        char32_t value = 0;
        for (; p != end && *p != ';'; ++p) {
            char32_t digit = 16;
            if (*p >= '0' && *p <= '9') digit = static_cast<char32_t>(*p - '0');
            if (hex && *p >= 'a' && *p <= 'f') digit = static_cast<char32_t>(*p - 'a' + 10);
            if (hex && *p >= 'A' && *p <= 'F') digit = static_cast<char32_t>(*p - 'A' + 10);
            if (digit == 16) return Reference::malformed;
            value = value * (hex ? 16U : 10U) + digit;
            if (value > 0x10FFFF) return Reference::malformed;
        }
        if (p == end || p == digits || !is_char(value)) return Reference::malformed;
        code_point = value;
        length = static_cast<std::size_t>(p + 1 - begin);
        return Reference::valid;
    }
    const char* const name = p;
    while (p != end && *p != ';') {
        char32_t c = static_cast<unsigned char>(*p);
        const std::size_t size = c < 0x80 ? 1 : decode_utf8(p, end, c);
        if (size == 0 || !(p == name ? is_name_start(c) : is_name_char(c))) return Reference::malformed;
        p += size;
    }
    if (p == end || p == name) return Reference::malformed;
    const std::string_view entity{name, static_cast<std::size_t>(p - name)};
    if (entity == "lt")
        code_point = '<';
    else if (entity == "gt")
        code_point = '>';
    else if (entity == "amp")
        code_point = '&';
    else if (entity == "apos")
        code_point = '\'';
    else if (entity == "quot")
        code_point = '"';
    else
        return Reference::undefined;
    length = static_cast<std::size_t>(p + 1 - begin);
    return Reference::valid;
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0U | (c >> 6U));
        put(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        put(0xE0U | (c >> 12U));
        put(0x80U | ((c >> 6U) & 0x3FU));
        put(0x80U | (c & 0x3FU));
    } else {
        put(0xF0U | (c >> 18U));
        put(0x80U | ((c >> 12U) & 0x3FU));
        put(0x80U | ((c >> 6U) & 0x3FU));
        put(0x80U | (c & 0x3FU));
    }
}

bool needs_normalizing(std::string_view raw) noexcept {
    for (const char c : raw)
        if (c == '&' || (c != ' ' && is_space(c))) return true;
    return false;
}

std::string normalize_value(std::string_view raw) {
    if (!needs_normalizing(raw)) return std::string{raw};
    std::string value;
    value.reserve(raw.size());
    const char* const end = raw.data() + raw.size();
    for (const char* p = raw.data(); p != end;) {
        std::size_t length = 0;
        char32_t code_point = 0;
        if (*p == '&' && read_reference(p, end, length, code_point) == Reference::valid) {
            append_utf8(value, code_point);
            p += length;
        } else if (*p == '\r' && p + 1 != end && p[1] == '\n') {
            ++p;   // a line end is one character (XML 1.0 §2.11)
        } else {
            value.push_back(is_space(*p) ? ' ' : *p);
            ++p;
        }
    }
    return value;
}

namespace {

void append_escaped(std::string& out, std::string_view text) {
    const char* const end = text.data() + text.size();
    for (const char* p = text.data();;) {
        const char* const plain = p;
        while (p != end && is_class(*p, char_plain_text) && *p != '>' && *p != '\'' && *p != '"' && *p >= ' ') ++p;
        out.append(plain, p);
        if (p == end) return;
        char32_t c = static_cast<unsigned char>(*p);
        const std::size_t size = c < 0x80 ? 1 : decode_utf8(p, end, c);
        if (size == 0 || !is_char(c)) {
            out.push_back('?');
            p += size == 0 ? 1 : size;
            continue;
        }
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '\'': out += "&apos;"; break;
            case '"': out += "&quot;"; break;
            case '\t': out += "&#9;"; break;   // in an attribute these would become blanks (XML 1.0 §3.3.3)
            case '\n': out += "&#10;"; break;
            case '\r': out += "&#13;"; break;
            default: out.append(p, size);
        }
        p += size;
    }
}

}   // namespace

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    append_escaped(out, text);
    return out;
}

std::string shown(std::string_view name) {
    constexpr std::size_t longest = 60;
    std::string text;
    const char* const end = name.data() + name.size();
    for (const char* p = name.data(); p != end;) {
        char32_t c = static_cast<unsigned char>(*p);
        const std::size_t size = c < 0x80 ? 1 : decode_utf8(p, end, c);
        if (static_cast<std::size_t>(p - name.data()) + size > longest) return text.append("…");
        const bool harmless = size != 0 && is_char(c) && c >= 0x20 && c != 0x7F;
        text.append(harmless ? std::string_view{p, size} : std::string_view{"?"});
        p += size == 0 ? 1 : size;
    }
    return text;
}

std::string quoted(std::string_view name) { return "'" + shown(name) + "'"; }

void append_attribute(std::string& out, std::string_view name, std::string_view raw) {
    const char quote = raw.find('\'') == std::string_view::npos ? '\'' : '"';
    out.append(1, ' ').append(name).append(1, '=').append(1, quote).append(raw).append(1, quote);
}

void append_namespace(std::string& out, std::string_view prefix, std::string_view uri) {
    out += " xmlns";
    if (!prefix.empty()) out.append(1, ':').append(prefix);
    out += "='";
    append_escaped(out, uri);
    out += '\'';
}

void add_to_header(StreamHeader& header, std::string_view qname, std::string_view raw) {
    if (qname == "xmlns")
        header.namespaces.push_back({{}, normalize_value(raw)});
    else if (prefix_of(qname) == "xmlns")
        header.namespaces.push_back({std::string{local_of(qname)}, normalize_value(raw)});
    else
        header.attributes.push_back({std::string{qname}, std::string{raw}});
}

void append_header_attributes(std::string& out, const StreamHeader& header, std::string_view declared) {
    for (const Namespace& n : header.namespaces) {
        const bool used = std::any_of(header.attributes.begin(), header.attributes.end(),
                                      [&](const Attribute& a) { return prefix_of(a.name) == n.prefix; });
        const bool skipped = n.prefix.empty() || n.prefix == "xml" || n.prefix == declared;
        if (used && !skipped) append_namespace(out, n.prefix, n.uri);
    }
    for (const Attribute& a : header.attributes) append_attribute(out, a.name, a.value);
}

}   // namespace wsxmpp::core
