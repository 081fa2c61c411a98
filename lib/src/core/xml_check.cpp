#include "core/xml_check.hpp"

#include "core/skip.hpp"
#include "core/xml_checker.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

CheckScratch& thread_scratch() {
    thread_local CheckScratch scratch;
    return scratch;
}

// What plain_attribute() reads without looking where the text ends: a blank, a block that begins with a name, '=', a
// quote, and a block of the value.
constexpr std::ptrdiff_t plain_room = 2 * block_size + 3;

}   // namespace

Checker::Checker(std::string_view text, const Limits& limits, const NamespaceContext* context, Fault& fault)
    : begin_{text.data()},
      end_{text.data() + text.size()},
      plain_end_{text.size() > std::size_t{plain_room} ? end_ - plain_room : begin_},
      limits_{limits},
      fault_{fault},
      scratch_{thread_scratch()} {
    scratch_.reset(context);
}

const char* Checker::check_element(CheckedRoot& root) {
    const char* p = begin_;
    if (end_ - p < 2 || *p != '<') return no_element(p);
    for (std::size_t depth = 0;;) {
        p = start_tag(p, depth, root);
        if (p == nullptr) return nullptr;
        // What is between two start tags: text and end tags, mostly.
        for (;;) {
            if (depth == 0) return end(p, root);
            if (p == end_) return unfinished(p);
            if (*p != '<') {
                p = skip_text(begin_, p, end_);
                if (p == end_ || *p != '<') {
                    p = any_text(p);
                    if (p == nullptr) return nullptr;
                }
            }
            if (p + 1 == end_) return unfinished(p);
            if (p[1] == '/') {
                p = end_tag(p);
                --depth;
            } else if (p[1] == '!' || p[1] == '?') {
                p = declaration(p);
            } else {
                break;
            }
            if (p == nullptr) return nullptr;
        }
    }
}

const char* Checker::check_start_tag(CheckedRoot& root) {
    std::size_t depth = 0;
    if (end_ - begin_ < 2 || *begin_ != '<') return no_element(begin_);
    const char* const p = start_tag(begin_, depth, root);
    if (p != nullptr) root.size = root.tag_size;
    return p;
}

const char* Checker::start_tag(const char* p, std::size_t& depth, CheckedRoot& root) {
    const char* const name = p + 1;
    const std::size_t letters = end_ - name > block_size ? count_letters(name) : 0;
    std::size_t prefix = 0;
    p = name + letters;
    if (letters == 0 || !is_class(*p, char_ends_name)) {
        if (depth == 0 && (*name == '/' || *name == '!' || *name == '?')) return no_element(begin_);
        const QName other = any_qname(name);
        if (other.end == nullptr) return nullptr;
        p = other.end;
        prefix = other.prefix;
    }
    const std::string_view qname{name, static_cast<std::size_t>(p - name)};
    if (depth >= limits_.max_depth) return too_deep();
    const std::size_t bindings = scratch_.scopes.size();
    NamesSeen seen{limits_.max_attributes};
    for (;;) {
        const char* next = plain_attribute(p, seen);
        if (next == nullptr) {
            if (p != end_ && (*p == '>' || (*p == '/' && p + 1 != end_ && p[1] == '>'))) break;
            RawAttribute a;
            next = any_attribute(p, qname, a);
            if (next == nullptr) return nullptr;
            if (a.qname.empty()) {   // nothing but white space
                p = next;
                break;
            }
            if (seen.full()) return too_many_attributes();
            if (a.prefix == 0)
                seen.add(a.qname.data(), a.qname.size());
            else
                seen.add_prefixed();
            if ((a.declares_default() || a.declares_prefix()) && declare(next, a) == nullptr) return nullptr;
        }
        p = next;
    }
    const bool empty_element = *p == '/';
    if (depth == 0) {
        if (prefix == 0 && scratch_.scopes.is_default_alone())
            root.ns = scratch_.scopes.last_declared();
        else if (!resolve(p, qname.substr(0, prefix), root.ns))
            return nullptr;
        root.ns_is_decoded = !scratch_.decoded.empty();
        root.qname = qname;
        root.prefix = prefix;
        root.tag_size = static_cast<std::size_t>(p - begin_) + (empty_element ? 2 : 1);
        root.is_empty_element = empty_element;
    } else if (prefix != 0) {
        std::string_view uri;
        if (!resolve(p, qname.substr(0, prefix), uri)) return nullptr;
    }
    if (seen.need_comparing() && !check_attributes(p, qname)) return nullptr;
    if (empty_element) {
        scratch_.scopes.leave(bindings);
        return p + 2;
    }
    ++depth;
    scratch_.open.push({qname, bindings});
    return p + 1;
}

// One blank, a name of a few letters, '=', and a value of which every character stands for itself. Null: it is not as
// plain as that, or not right; nothing has changed, and any_attribute() takes it.
const char* Checker::plain_attribute(const char* const p, NamesSeen& seen) {
    if (p >= plain_end_ || *p != ' ') return nullptr;
    if (const char* const end = client_namespace(p, seen); end != nullptr) return end;
    const char* const name = p + 1;
    const std::size_t size = count_letters(name);
    const char* const equals = name + size;
    if (size == 0 || *equals != '=') return nullptr;
    const char* const value = equals + 2;
    const char* value_end = nullptr;
    if (equals[1] == '\'')
        value_end = plain_value<'\''>(value);
    else if (equals[1] == '"')
        value_end = plain_value<'"'>(value);
    if (value_end == nullptr || seen.full()) return nullptr;
    if (size == 5 && same_bytes(name, "xmlns", 5) &&
        !scratch_.scopes.declare_default({value, static_cast<std::size_t>(value_end - value)}, limits_.max_attributes))
        return nullptr;
    seen.add(name, size);
    return value_end + 1;
}

// The attribute that nearly every stanza has, for a third of what it takes else. Null: it is not that; nothing has
// changed.
const char* Checker::client_namespace(const char* const p, NamesSeen& seen) {
    constexpr std::string_view name = " xmlns=";
    static_assert(name.size() + ns_client.size() + 2 <= plain_room);
    if (!same_bytes(p, name.data(), name.size())) return nullptr;
    const char quote = p[name.size()];
    const char* const value = p + name.size() + 1;
    const char* const value_end = value + ns_client.size();
    if ((quote != '\'' && quote != '"') || !same_bytes(value, ns_client.data(), ns_client.size()) ||
        *value_end != quote || seen.full() || !scratch_.scopes.declare_default(ns_client, limits_.max_attributes))
        return nullptr;
    seen.add(p + 1, name.size() - 2);
    return value_end + 1;
}

// Where the quote behind the value is.
template <char quote>
const char* Checker::plain_value(const char* p) const {
    const std::ptrdiff_t plain = count_plain<'&', quote, '<'>(p);
    p += plain;
    if (plain == block_size) {
        p = skip_value<quote>(begin_, p, end_);
        if (p == end_) return nullptr;
    }
    return *p == quote ? p : nullptr;
}

const char* Checker::end_tag(const char* p) {
    const OpenElement& open = scratch_.open.top();
    const char* const name = p + 2;
    const std::size_t size = open.qname.size();
    if (static_cast<std::size_t>(end_ - name) > size && same_bytes(name, open.qname.data(), size) &&
        name[size] == '>') {
        p = name + size + 1;
    } else {
        p = any_end_tag(name, open.qname);
        if (p == nullptr) return nullptr;
    }
    scratch_.scopes.leave(open.bindings);
    scratch_.open.pop();
    return p;
}

// Behind the root.
const char* Checker::end(const char* p, CheckedRoot& root) {
    root.size = static_cast<std::size_t>(p - begin_);
    while (p != end_ && is_space(*p)) ++p;
    if (p == end_) return p;
    return not_well_formed(p, *p == '<' ? "more than one element in a message" : "text after the element");
}

bool check_element(std::string_view text, const Limits& limits, const NamespaceContext* context, CheckedRoot& root,
                   Fault& fault) {
    return Checker{text, limits, context, fault}.check_element(root) != nullptr;
}

bool check_start_tag(std::string_view text, const Limits& limits, StreamHeader& header, CheckedRoot& root,
                     Fault& fault) {
    Checker checker{text, limits, nullptr, fault};
    if (checker.check_start_tag(root) == nullptr) return false;
    header = {};
    header.name = root.qname;
    for (const RawAttribute& a : checker.attributes(root.qname)) add_to_header(header, a.qname, a.value);
    return true;
}

}   // namespace wsxmpp::core
