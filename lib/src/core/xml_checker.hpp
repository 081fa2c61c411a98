// What check_element() and check_start_tag() run: declared here, because it is in two files. xml_check.cpp has what
// nearly every message is made of, inlined into one loop; xml_check_rare.cpp has all else, out of line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "core/fault.hpp"
#include "core/namespaces.hpp"
#include "core/scratch_stack.hpp"
#include "core/xml_check.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

// The attributes of a tag, at a glance: names that do not even agree in this are different. Those that do, or have
// prefixes, are compared when all of the tag is known.
class NamesSeen {
public:
    explicit NamesSeen(std::size_t limit) : left_{limit} {}

    bool full() const { return left_ == 0; }
    void add(const char* name, std::size_t size) {
        const std::size_t first = static_cast<unsigned char>(name[0]);
        const std::size_t last = static_cast<unsigned char>(name[size - 1]);
        const std::uint64_t bit = std::uint64_t{1} << ((4 * first + last) % 64);
        twice_ |= bits_ & bit;
        bits_ |= bit;
        --left_;
    }
    void add_prefixed() {
        twice_ = 1;
        --left_;
    }
    bool need_comparing() const { return twice_ != 0; }

private:
    std::uint64_t bits_ = 0;
    std::uint64_t twice_ = 0;
    std::size_t left_;   // how many more there may be
};

struct OpenElement {
    std::string_view qname;
    std::size_t bindings;   // how many there were before its own
};

// What a check needs to remember; kept for the next one on its thread, so that nothing is allocated for each.
struct CheckScratch {
    ScratchStack<RawAttribute> attributes;   // of a tag whose names must be compared
    ScratchStack<OpenElement> open;
    NamespaceScopes scopes;
    std::deque<std::string> decoded;   // the few namespace names that hold references; a deque moves nothing

    void reset(const NamespaceContext* context) {
        open.clear();
        scopes.reset(context);
        if (!decoded.empty()) decoded.clear();
    }
};

// Each step is given where it begins, and returns where it ended, or null: then the fault is set. That keeps the
// position in a register.
class Checker {
public:
    [[gnu::always_inline]] inline Checker(std::string_view text, const Limits& limits, const NamespaceContext* context,
                                          Fault& fault);

    [[gnu::always_inline]] inline const char* check_element(CheckedRoot& root);
    const char* check_start_tag(CheckedRoot& root);

    // Of a tag that was checked, by its name where it stands.
    const ScratchStack<RawAttribute>& attributes(std::string_view tag);

private:
    struct QName {
        const char* end;   // null: the fault is set
        std::size_t prefix;
    };

    [[gnu::always_inline]] inline const char* start_tag(const char* p, std::size_t& depth, CheckedRoot& root);
    [[gnu::always_inline]] inline const char* plain_attribute(const char* p, NamesSeen& seen);
    [[gnu::always_inline]] inline const char* client_namespace(const char* p, NamesSeen& seen);
    template <char quote>
    [[gnu::always_inline]] inline const char* plain_value(const char* p) const;
    [[gnu::always_inline]] inline const char* end_tag(const char* p);
    [[gnu::always_inline]] inline const char* end(const char* p, CheckedRoot& root);

    // xml_check_rare.cpp
    [[gnu::cold]] const char* no_element(const char* p);
    QName any_qname(const char* name);
    const char* any_attribute(const char* p, std::string_view tag, RawAttribute& a);
    const char* any_value(const char* p, char quote, std::string_view attribute);
    const char* any_text(const char* p);
    const char* any_end_tag(const char* name, std::string_view expected);
    const char* wide_characters(const char* p);
    const char* reference(const char* p);
    const char* declaration(const char* p);
    const char* cdata(const char* p);

    const char* resolve(const char* p, std::string_view prefix, std::string_view& uri);
    const char* check_attributes(const char* p, std::string_view tag);
    const char* too_many_attributes();
    const char* declare(const char* p, const RawAttribute& a);

    [[gnu::cold]] std::nullptr_t refuse(errc code, std::string what);
    [[gnu::cold]] std::nullptr_t not_well_formed(const char* p, const std::string& what);
    [[gnu::cold]] std::nullptr_t restricted(const char* what);
    [[gnu::cold]] std::nullptr_t unfinished(const char* p);
    [[gnu::cold]] std::nullptr_t bad_character(const char* p);
    [[gnu::cold]] std::nullptr_t too_deep();

    const char* const begin_;
    const char* const end_;
    const char* const plain_end_;   // where a plain_attribute() may begin, at the latest
    const Limits& limits_;
    Fault& fault_;
    CheckScratch& scratch_;
};

}   // namespace wsxmpp::core
