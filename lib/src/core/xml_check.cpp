#include "core/xml_check.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "core/skip.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

struct RawAttribute {
    std::string_view qname;
    std::string_view value;
    bool normal = true;   // normalize_value() would not change it
};

struct OpenElement {
    std::string_view qname;
    std::size_t bindings;   // how many there were before its own
};

// What a check needs to remember; kept for the next one on this thread, so that nothing is allocated for each.
struct Scratch {
    std::vector<RawAttribute> attributes;
    std::vector<Binding> bindings;
    std::vector<OpenElement> open;
    std::vector<ExpandedName> names;
    std::deque<std::string> decoded;   // the few namespace names that hold references; a deque moves nothing

    void clear() {
        attributes.clear();
        bindings.clear();
        open.clear();
        if (!decoded.empty()) decoded.clear();
    }
};

Scratch& thread_scratch() {
    thread_local Scratch scratch;
    return scratch;
}

class Checker {
public:
    Checker(std::string_view text, const Limits& limits, const NamespaceContext* context, Fault& fault)
        : p_{text.data()},
          begin_{text.data()},
          end_{text.data() + text.size()},
          limits_{limits},
          context_{context},
          fault_{fault},
          scratch_{thread_scratch()} {
        scratch_.clear();
    }

    bool element(CheckedRoot& root) {
        if (!root_tag(root)) return false;
        root.has_content = !scratch_.open.empty() && std::string_view{p_, left()}.substr(0, 2) != "</";
        while (!scratch_.open.empty()) {
            if (!text()) return false;
            if (!markup()) return false;
        }
        root.size = offset();
        while (p_ != end_ && is_space(*p_)) ++p_;
        if (p_ == end_) return true;
        return not_well_formed(*p_ == '<' ? "more than one element in a message" : "text after the element");
    }

    bool start_tag(CheckedRoot& root) {
        if (!root_tag(root)) return false;
        root.has_content = !scratch_.open.empty();
        root.size = offset();
        return true;
    }

    const std::vector<RawAttribute>& attributes() const { return scratch_.attributes; }

private:
    // So many attributes are compared each with each, which is faster than sorting.
    static constexpr std::size_t few = 16;

    std::size_t offset() const { return static_cast<std::size_t>(p_ - begin_); }
    std::size_t left() const { return static_cast<std::size_t>(end_ - p_); }
    void skip_space() {
        while (p_ != end_ && is_space(*p_)) ++p_;
    }

    bool not_well_formed(std::string what) {
        return fault_.set(errc::not_well_formed, std::move(what) + " (at byte " + std::to_string(offset()) + ")");
    }
    bool restricted(const char* what) {
        return fault_.set(errc::restricted_xml, std::string{what} + ", which XMPP does not allow (RFC 6120 §11.1)");
    }
    bool unfinished() {
        if (scratch_.open.empty()) return not_well_formed("the message ends inside a tag");
        return not_well_formed("the message ends inside the element " + quoted(scratch_.open.back().qname));
    }
    bool bad_character() {
        char32_t c = 0;
        if (static_cast<unsigned char>(*p_) >= 0x80 && decode_utf8(p_, end_, c) == 0)
            return fault_.set(errc::invalid_utf8, "invalid UTF-8 (at byte " + std::to_string(offset()) + ")");
        return not_well_formed("a character that XML does not allow");
    }

    bool root_tag(CheckedRoot& root) {
        if (p_ == end_ || *p_ != '<') return not_well_formed("the first character must be '<'");
        if (p_ + 1 != end_ && (p_[1] == '!' || p_[1] == '?' || p_[1] == '/')) {
            if (p_[1] == '/') return not_well_formed("an end tag without an element");
            return markup();
        }
        if (!tag()) return false;
        root.qname = root_qname_;
        root.ns = root_ns_;
        return true;
    }

    // What begins with '<', at any depth.
    bool markup() {
        if (p_ + 1 == end_) return unfinished();
        switch (p_[1]) {
            case '/': return end_tag();
            case '?': return restricted("a processing instruction");
            case '!': return declaration();
            default: return tag();
        }
    }

    bool declaration() {
        const std::string_view rest{p_, left()};
        if (rest.substr(0, 4) == "<!--") return restricted("a comment");
        if (rest.substr(0, 9) == "<!DOCTYPE") return restricted("a document type declaration");
        if (rest.substr(0, 9) == "<![CDATA[" && !scratch_.open.empty()) return cdata();
        return not_well_formed("'<!' that begins nothing XML knows here");
    }

    bool cdata() {
        for (p_ += 9; p_ != end_;) {
            if (is_class(*p_, char_plain_text) || *p_ == '<' || *p_ == '&') {
                ++p_;
            } else if (*p_ == ']') {
                if (end_ - p_ >= 3 && p_[1] == ']' && p_[2] == '>') {
                    p_ += 3;
                    return true;
                }
                ++p_;
            } else if (!wide_character()) {
                return false;
            }
        }
        return unfinished();
    }

    bool text() {
        for (;;) {
            p_ = skip_text(p_, end_);
            if (p_ == end_) return unfinished();
            switch (*p_) {
                case '<': return true;
                case '&':
                    if (!reference()) return false;
                    break;
                case ']':
                    if (end_ - p_ >= 3 && p_[1] == ']' && p_[2] == '>') return not_well_formed("']]>' in text");
                    ++p_;
                    break;
                default:
                    if (!wide_character()) return false;
            }
        }
    }

    // A character that is not plain ASCII: steps over it if XML allows it.
    bool wide_character() {
        char32_t c = 0;
        const std::size_t size = static_cast<unsigned char>(*p_) >= 0x80 ? decode_utf8(p_, end_, c) : 0;
        if (size == 0 || !is_char(c)) return bad_character();
        p_ += size;
        return true;
    }

    bool reference() {
        std::size_t length = 0;
        char32_t c = 0;
        switch (read_reference(p_, end_, length, c)) {
            case Reference::valid: p_ += length; return true;
            case Reference::malformed: return not_well_formed("a malformed reference ('&' must be written '&amp;')");
            case Reference::undefined: break;
        }
        const std::string_view rest{p_, left()};
        return fault_.set(errc::restricted_xml, "the entity " + quoted(rest.substr(0, rest.find(';') + 1)) +
                                                    ", which XML does not predefine (RFC 6120 §11.1)");
    }

    // A QName (Namespaces in XML 1.0 §4): a name with at most one colon, and that inside it.
    bool qname(std::string_view& name) {
        const char* p = p_;
        if (p != end_ && is_class(*p, char_name_start)) {   // nearly all: ASCII, and no colon
            do ++p;
            while (p != end_ && is_class(*p, char_name));
            if (p != end_ && *p != ':' && static_cast<unsigned char>(*p) < 0x80) {
                name = {p_, static_cast<std::size_t>(p - p_)};
                name_has_colon_ = false;
                p_ = p;
                return true;
            }
        }
        return any_qname(name);
    }

    bool any_qname(std::string_view& name) {
        const char* const from = p_;
        const char* colon = nullptr;
        bool at_start = true;
        for (; p_ != end_; at_start = false) {
            if (is_class(*p_, at_start ? char_name_start : char_name)) {
                ++p_;
                continue;
            }
            char32_t c = 0;
            if (static_cast<unsigned char>(*p_) >= 0x80) {
                const std::size_t size = decode_utf8(p_, end_, c);
                if (size == 0) return bad_character();
                if (!(at_start ? is_name_start(c) : is_name_char(c))) break;
                p_ += size;
                continue;
            }
            if (*p_ != ':' || at_start || colon != nullptr) break;
            colon = p_++;
            // The local part begins like a name of its own.
            if (p_ == end_) break;
            c = static_cast<unsigned char>(*p_);
            if (c >= 0x80 && decode_utf8(p_, end_, c) == 0) return bad_character();
            if (!is_name_start(c)) return not_well_formed("a name that ends in a colon or has a bad local part");
        }
        if (p_ == end_) return unfinished();
        if (p_ == from) return not_well_formed("a name was expected");
        if (*p_ == ':') return not_well_formed("a name with two colons");
        name = {from, static_cast<std::size_t>(p_ - from)};
        name_has_colon_ = colon != nullptr;
        return true;
    }

    bool tag() {
        ++p_;
        std::string_view name;
        if (!qname(name)) return false;
        const bool prefixed = name_has_colon_;
        if (scratch_.open.size() >= limits_.max_depth)
            return fault_.set(errc::too_deep,
                              "elements nested deeper than the limit of " + std::to_string(limits_.max_depth));
        scratch_.attributes.clear();
        prefixed_attributes_ = false;
        const std::size_t bindings_before = scratch_.bindings.size();
        for (;;) {
            const char* const blank = p_;
            skip_space();
            if (p_ == end_) return unfinished();
            if (*p_ == '>') break;
            if (*p_ == '/') {
                if (p_ + 1 == end_) return unfinished();
                if (p_[1] != '>') return not_well_formed("'/' inside a tag");
                break;
            }
            if (p_ == blank) return not_well_formed("white space was expected in the tag " + quoted(name));
            if (!attribute()) return false;
        }
        if ((prefixed || scratch_.open.empty()) && !resolve_element(name)) return false;
        if (!scratch_.attributes.empty() && !resolve_attributes(name)) return false;
        if (*p_ == '/') {
            p_ += 2;
            scratch_.bindings.resize(bindings_before);
        } else {
            ++p_;
            scratch_.open.push_back({name, bindings_before});
        }
        return true;
    }

    bool attribute() {
        RawAttribute a;
        if (!qname(a.qname)) return false;
        const bool prefixed = name_has_colon_;
        skip_space();
        if (p_ == end_) return unfinished();
        if (*p_ != '=') return not_well_formed("the attribute " + quoted(a.qname) + " has no value");
        ++p_;
        skip_space();
        if (p_ == end_) return unfinished();
        const char quote = *p_;
        if (quote != '\'' && quote != '"')
            return not_well_formed("the value of " + quoted(a.qname) + " is not in quotes");
        const char* const from = ++p_;
        for (;;) {
            p_ = skip_value(p_, end_, quote);
            if (p_ == end_) return unfinished();
            if (*p_ == quote) break;
            if (*p_ == '<') return not_well_formed("'<' in the value of " + quoted(a.qname));
            if (is_space(*p_)) {   // a line end or a tab; blanks do not stop here
                ++p_;
                a.normal = false;
            } else if (*p_ == '&') {
                if (!reference()) return false;
                a.normal = false;
            } else if (!wide_character()) {
                return false;
            }
        }
        a.value = {from, static_cast<std::size_t>(p_ - from)};
        ++p_;
        if (scratch_.attributes.size() >= limits_.max_attributes)
            return fault_.set(errc::too_many_attributes,
                              "more attributes in one tag than the limit of " + std::to_string(limits_.max_attributes));
        scratch_.attributes.push_back(a);
        prefixed_attributes_ |= prefixed;
        if (prefixed ? prefix_of(a.qname) == "xmlns" : a.qname == "xmlns") return bind(a);
        return true;
    }

    // Namespaces in XML 1.0 §3 and §5
    bool bind(const RawAttribute& a) {
        std::string_view uri = a.value;
        if (!a.normal) uri = scratch_.decoded.emplace_back(normalize_value(uri));
        const std::string_view prefix = a.qname == "xmlns" ? std::string_view{} : local_of(a.qname);
        if (prefix == "xmlns") return not_well_formed("the prefix 'xmlns' must not be declared");
        if ((prefix == "xml") != (uri == ns_xml))
            return not_well_formed("the prefix 'xml' and its namespace belong together");
        if (uri == ns_xmlns) return not_well_formed("the namespace of 'xmlns' must not be declared");
        if (uri.empty() && !prefix.empty())
            return not_well_formed("the prefix " + quoted(prefix) + " is declared with an empty namespace");
        // Bounds what a look-up costs, and so keeps the check linear.
        if (scratch_.bindings.size() >= limits_.max_attributes)
            return fault_.set(errc::too_many_attributes, "more namespace declarations than the limit of " +
                                                             std::to_string(limits_.max_attributes));
        scratch_.bindings.push_back({prefix, shared(uri)});
        return true;
    }

    std::string_view shared(std::string_view uri) const {
        const std::string_view* same = find_uri(scratch_.bindings, uri);
        if (same == nullptr && context_ != nullptr) same = find_uri(context_->bindings(), uri);
        if (same != nullptr) return *same;
        return uri == ns_xml ? ns_xml : uri;
    }

    static bool find_prefix(const std::vector<Binding>& bindings, std::string_view prefix, std::string_view& uri) {
        for (auto i = bindings.rbegin(); i != bindings.rend(); ++i) {
            if (i->prefix == prefix) {
                uri = i->uri;
                return true;
            }
        }
        return false;
    }

    bool look_up(std::string_view prefix, std::string_view& uri) const {
        if (find_prefix(scratch_.bindings, prefix, uri)) return true;
        if (prefix == "xml") {
            uri = ns_xml;
            return true;
        }
        if (context_ != nullptr && find_prefix(context_->bindings(), prefix, uri)) return true;
        // The stream's default namespace, declared by the header that encode_stream_open() makes.
        uri = context_ == nullptr ? ns_client : std::string_view{};
        return prefix.empty();
    }

    // Once all of a tag's declarations are known.
    bool resolve_element(std::string_view name) {
        const std::string_view prefix = prefix_of(name);
        std::string_view uri;
        if (prefix == "xmlns") return not_well_formed("an element with the prefix 'xmlns'");
        if (!look_up(prefix, uri))
            return not_well_formed("the prefix " + quoted(prefix) + " is not declared in the message");
        if (scratch_.open.empty()) {
            root_qname_ = name;
            root_ns_ = uri;
        }
        return true;
    }

    // Looks the prefixes of the attributes up, and checks that none stands twice.
    bool resolve_attributes(std::string_view name) {
        const auto& attributes = scratch_.attributes;
        if (!prefixed_attributes_ && attributes.size() <= few) {   // each with each, as they stand
            for (std::size_t i = 1; i < attributes.size(); ++i)
                for (std::size_t j = 0; j < i; ++j)
                    if (attributes[i].qname == attributes[j].qname) return stands_twice(attributes[i].qname, name);
            return true;
        }
        scratch_.names.clear();
        for (const RawAttribute& a : scratch_.attributes) {
            const std::string_view prefix = prefix_of(a.qname);
            ExpandedName expanded{{}, local_of(a.qname)};
            if (prefix == "xmlns") {
                expanded.uri = ns_xmlns;
            } else if (!prefix.empty() && !look_up(prefix, expanded.uri)) {
                return not_well_formed("the prefix " + quoted(prefix) + " is not declared in the message");
            }
            scratch_.names.push_back(expanded);
        }
        return unique(name);
    }

    bool unique(std::string_view tag_name) {
        auto& names = scratch_.names;
        const ExpandedName* twice = nullptr;
        if (names.size() <= few) {
            for (std::size_t i = 1; i < names.size() && twice == nullptr; ++i)
                for (std::size_t j = 0; j < i; ++j)
                    if (names[i] == names[j]) twice = &names[i];
        } else {
            std::sort(names.begin(), names.end());
            const auto found = std::adjacent_find(names.begin(), names.end());
            if (found != names.end()) twice = &*found;
        }
        return twice == nullptr || stands_twice(twice->local, tag_name);
    }

    bool stands_twice(std::string_view attribute, std::string_view tag_name) {
        return not_well_formed("the attribute " + quoted(attribute) + " stands twice in the tag " + quoted(tag_name));
    }

    bool end_tag() {
        p_ += 2;
        const std::string_view expected = scratch_.open.back().qname;
        bool matches = left() >= expected.size() && std::string_view{p_, expected.size()} == expected;
        const char* after = matches ? p_ + expected.size() : p_;
        if (matches) {
            while (after < end_ && is_space(*after)) ++after;
            if (after >= end_) return unfinished();
            matches = *after == '>';
        }
        if (!matches) return not_well_formed("the end tag does not match the element " + quoted(expected));
        p_ = after + 1;
        scratch_.bindings.resize(scratch_.open.back().bindings);
        scratch_.open.pop_back();
        return true;
    }

    const char* p_;
    const char* const begin_;
    const char* const end_;
    const Limits& limits_;
    const NamespaceContext* const context_;
    Fault& fault_;
    Scratch& scratch_;
    std::string_view root_qname_;
    std::string_view root_ns_;
    bool name_has_colon_ = false;        // of the last qname()
    bool prefixed_attributes_ = false;   // in the current tag
};

}   // namespace

bool check_element(std::string_view text, const Limits& limits, const NamespaceContext* context, CheckedRoot& root,
                   Fault& fault) {
    return Checker{text, limits, context, fault}.element(root);
}

bool check_start_tag(std::string_view text, const Limits& limits, StreamHeader& header, CheckedRoot& root,
                     Fault& fault) {
    Checker checker{text, limits, nullptr, fault};
    if (!checker.start_tag(root)) return false;
    header = {};
    header.name = root.qname;
    for (const RawAttribute& a : checker.attributes()) {
        add_to_header(header, a.qname, a.value);
    }
    return true;
}

}   // namespace wsxmpp::core
