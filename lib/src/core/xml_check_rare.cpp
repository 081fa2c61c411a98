#include <utility>

#include "core/skip.hpp"
#include "core/xml_checker.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

// Behind a name or a value: any white space, and an attribute if there is one. Returns where that ends, or where the
// tag does.
const char* Checker::any_attribute(const char* p, std::string_view tag, RawAttribute& a) {
    const char* const blank = p;
    const auto skip_space = [&] {
        while (p != end_ && is_space(*p)) ++p;
    };
    skip_space();
    if (p == end_) return unfinished(p);
    if (*p == '>') return p;
    if (*p == '/') {
        if (p + 1 == end_) return unfinished(p);
        return p[1] == '>' ? p : not_well_formed(p, "'/' inside a tag");
    }
    if (p == blank) return not_well_formed(p, "white space was expected in the tag " + quoted(tag));

    const char* const name = p;
    const QName qname = any_qname(name);
    if (qname.end == nullptr) return nullptr;
    p = qname.end;
    a.prefix = qname.prefix;
    a.qname = {name, static_cast<std::size_t>(p - name)};
    skip_space();
    if (p == end_) return unfinished(p);
    if (*p != '=') return not_well_formed(p, "the attribute " + quoted(a.qname) + " has no value");
    ++p;
    skip_space();
    if (p == end_) return unfinished(p);
    const char quote = *p;
    if (quote != '\'' && quote != '"')
        return not_well_formed(p, "the value of " + quoted(a.qname) + " is not in quotes");
    const char* const value = p + 1;
    p = any_value(value, quote, a.qname);
    if (p == nullptr) return nullptr;
    a.value = {value, static_cast<std::size_t>(p - value)};
    return p + 1;
}

const ScratchStack<RawAttribute>& Checker::attributes(std::string_view tag) {
    scratch_.attributes.clear();
    for (const char* p = tag.data() + tag.size();;) {
        RawAttribute a;
        p = any_attribute(p, tag, a);
        if (a.qname.empty()) return scratch_.attributes;
        scratch_.attributes.push(a);
    }
}

// Returns where the closing quote is.
const char* Checker::any_value(const char* p, char quote, std::string_view attribute) {
    for (;;) {
        p = skip_value(begin_, p, end_, quote);
        if (p == end_) return unfinished(p);
        if (*p == quote) return p;
        if (*p == '<') return not_well_formed(p, "'<' in the value of " + quoted(attribute));
        p = *p == '&' ? reference(p) : wide_characters(p);
        if (p == nullptr) return nullptr;
    }
}

// Text, from something that needs a look. Returns where the next markup begins.
const char* Checker::any_text(const char* p) {
    for (;;) {
        if (p == end_) return unfinished(p);
        switch (*p) {
            case '<': return p;
            case '&': p = reference(p); break;
            case ']':
                if (end_ - p >= 3 && p[1] == ']' && p[2] == '>') return not_well_formed(p, "']]>' in text");
                ++p;
                break;
            default: p = wide_characters(p);
        }
        if (p == nullptr) return nullptr;
        p = skip_text(begin_, p, end_);
    }
}

// From a character that is not plain ASCII: steps over as many of them as XML allows.
const char* Checker::wide_characters(const char* p) {
    do {
        char32_t c = static_cast<unsigned char>(*p);
        const std::size_t size = c < 0x80 ? 1 : decode_utf8(p, end_, c);
        if (size == 0 || !is_char(c)) return bad_character(p);
        p += size;
    } while (p != end_ && static_cast<signed char>(*p) < 0);
    return p;
}

const char* Checker::reference(const char* p) {
    std::size_t length = 0;
    char32_t c = 0;
    switch (read_reference(p, end_, length, c)) {
        case Reference::valid: return p + length;
        case Reference::malformed: return not_well_formed(p, "a malformed reference ('&' must be written '&amp;')");
        case Reference::undefined: break;
    }
    const std::string_view rest{p, static_cast<std::size_t>(end_ - p)};
    return refuse(errc::restricted_xml, "the entity " + quoted(rest.substr(0, rest.find(';') + 1)) +
                                            ", which XML does not predefine (RFC 6120 §11.1)");
}

// A QName (Namespaces in XML 1.0 §4): a name with at most one colon, and that inside it.
Checker::QName Checker::any_qname(const char* const name) {
    const char* p = name;
    const char* colon = nullptr;
    for (;;) {
        while (p != end_ && is_class(*p, p == name ? char_name_start : char_name)) ++p;
        if (p == end_) break;
        char32_t c = 0;
        if (static_cast<unsigned char>(*p) >= 0x80) {
            const std::size_t size = decode_utf8(p, end_, c);
            if (size == 0) return {bad_character(p), 0};
            if (!(p == name ? is_name_start(c) : is_name_char(c))) break;
            p += size;
            continue;
        }
        if (*p != ':' || p == name || colon != nullptr) break;
        colon = p++;
        // The local part begins like a name of its own.
        if (p == end_) break;
        c = static_cast<unsigned char>(*p);
        if (c >= 0x80 && decode_utf8(p, end_, c) == 0) return {bad_character(p), 0};
        if (!is_name_start(c)) return {not_well_formed(p, "a name that ends in a colon or has a bad local part"), 0};
    }
    if (p == end_) return {unfinished(p), 0};
    if (p == name) return {not_well_formed(p, "a name was expected"), 0};
    if (*p == ':') return {not_well_formed(p, "a name with two colons"), 0};
    return {p, colon != nullptr ? static_cast<std::size_t>(colon - name) : 0};
}

// Behind the name that matches, or would have to.
const char* Checker::any_end_tag(const char* const name, std::string_view expected) {
    const std::string_view rest{name, static_cast<std::size_t>(end_ - name)};
    if (rest.substr(0, expected.size()) == expected) {
        const char* p = name + expected.size();
        while (p != end_ && is_space(*p)) ++p;
        if (p == end_) return unfinished(name);
        if (*p == '>') return p + 1;
    }
    return not_well_formed(name, "the end tag does not match the element " + quoted(expected));
}

// '<!' or '<?'
const char* Checker::declaration(const char* p) {
    const std::string_view rest{p, static_cast<std::size_t>(end_ - p)};
    if (rest.substr(0, 2) == "<?") return restricted("a processing instruction");
    if (rest.substr(0, 4) == "<!--") return restricted("a comment");
    if (rest.substr(0, 9) == "<!DOCTYPE") return restricted("a document type declaration");
    if (rest.substr(0, 9) == "<![CDATA[" && !scratch_.open.empty()) return cdata(p + 9);
    return not_well_formed(p, "'<!' that begins nothing XML knows here");
}

const char* Checker::cdata(const char* p) {
    while (p != end_) {
        if (*p == ']') {
            if (end_ - p >= 3 && p[1] == ']' && p[2] == '>') return p + 3;
            ++p;
        } else if (is_class(*p, char_plain_text) || *p == '<' || *p == '&') {
            ++p;
        } else {
            p = wide_characters(p);
            if (p == nullptr) return nullptr;
        }
    }
    return unfinished(p);
}

// What is too short for an element, or begins with something else.
const char* Checker::no_element(const char* p) {
    if (p == end_ || *p != '<') return not_well_formed(p, "the first character must be '<'");
    if (p + 1 == end_) return unfinished(p + 1);
    return p[1] == '/' ? not_well_formed(p, "an end tag without an element") : declaration(p);
}

// --- Namespaces, once all of a tag's declarations are known

const char* Checker::resolve(const char* p, std::string_view prefix, std::string_view& uri) {
    if (prefix == "xmlns") return not_well_formed(p, "an element with the prefix 'xmlns'");
    if (scratch_.scopes.look_up(prefix, uri)) return p;
    return not_well_formed(p, "the prefix " + quoted(prefix) + " is not declared in the message");
}

const char* Checker::check_attributes(const char* p, std::string_view tag) {
    std::string why;
    return scratch_.scopes.check_attributes(attributes(tag), tag, why) ? p : not_well_formed(p, why);
}

const char* Checker::declare(const char* p, const RawAttribute& a) {
    std::string_view uri = a.value;
    if (needs_normalizing(uri)) uri = scratch_.decoded.emplace_back(normalize_value(uri));
    std::string why;
    if (!scratch_.scopes.declare(a.prefix == 0 ? std::string_view{} : a.local(), uri, why))
        return not_well_formed(p, why);
    // Bounds what a look-up costs, and so keeps the check linear.
    if (scratch_.scopes.size() <= limits_.max_attributes) return p;
    return refuse(errc::too_many_attributes,
                  "more namespace declarations than the limit of " + std::to_string(limits_.max_attributes));
}

// --- Refusals

std::nullptr_t Checker::refuse(errc code, std::string what) {
    fault_.set(code, std::move(what));
    return nullptr;
}
std::nullptr_t Checker::not_well_formed(const char* p, const std::string& what) {
    return refuse(errc::not_well_formed, what + " (at byte " + std::to_string(p - begin_) + ")");
}
std::nullptr_t Checker::restricted(const char* what) {
    return refuse(errc::restricted_xml, std::string{what} + ", which XMPP does not allow (RFC 6120 §11.1)");
}
std::nullptr_t Checker::unfinished(const char* p) {
    if (scratch_.open.empty()) return not_well_formed(p, "the message ends inside a tag");
    return not_well_formed(p, "the message ends inside the element " + quoted(scratch_.open.top().qname));
}
std::nullptr_t Checker::bad_character(const char* p) {
    char32_t c = 0;
    if (static_cast<unsigned char>(*p) >= 0x80 && decode_utf8(p, end_, c) == 0)
        return refuse(errc::invalid_utf8, "invalid UTF-8 (at byte " + std::to_string(p - begin_) + ")");
    return not_well_formed(p, "a character that XML does not allow");
}
std::nullptr_t Checker::too_deep() {
    return refuse(errc::too_deep, "elements nested deeper than the limit of " + std::to_string(limits_.max_depth));
}
const char* Checker::too_many_attributes() {
    return refuse(errc::too_many_attributes,
                  "more attributes in one tag than the limit of " + std::to_string(limits_.max_attributes));
}

}   // namespace wsxmpp::core
