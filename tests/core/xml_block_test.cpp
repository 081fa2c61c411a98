// The check looks at sixteen bytes at a time where it can: what it looks for is found wherever it stands in them, and
// nothing is read behind the end (the text is a copy of its own: a sanitizer sees it).
#include <catch2/catch.hpp>
#include <string>

#include "core/check.hpp"
#include "core/skip.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

constexpr std::size_t longest = 40;        // two blocks and a half
constexpr std::size_t longest_step = 64;   // of what runs over long text

// `what` after so many plain characters and before so many others.
std::string at(std::size_t before, std::string_view what, std::size_t after) {
    return std::string(before, 'x').append(what).append(after, 'y');
}

template <class Check>
void for_each_place(Check check) {
    for (std::size_t before = 0; before <= longest; ++before)
        for (const std::size_t after : {0U, 1U, 14U, 15U, 16U, 17U, 40U}) check(before, after);
}

std::string in_text(const std::string& text) { return "<a>" + text + "</a>"; }
std::string in_value(const std::string& value) { return "<a b='" + value + "'/>"; }
std::string in_quotes(const std::string& value) { return "<a b=\"" + value + "\"></a>"; }

}   // namespace

TEST_CASE("a character that may not be there is found wherever it stands") {
    const auto [what, code] = GENERATE(table<std::string, errc>({{"\x01", errc::not_well_formed},
                                                                 {"\x1F", errc::not_well_formed},
                                                                 {"\x80", errc::invalid_utf8},
                                                                 {"\xC3", errc::invalid_utf8},
                                                                 {"\xFF", errc::invalid_utf8},
                                                                 {"\xEF\xBF\xBF", errc::not_well_formed},
                                                                 {"& ", errc::not_well_formed},
                                                                 {"&nbsp;", errc::restricted_xml},
                                                                 {"<", errc::not_well_formed}}));
    for_each_place([&, what = what, code = code](std::size_t before, std::size_t after) {
        const std::string text = at(before, what, after);
        INFO(text);
        REQUIRE(refused(in_text(text)) == code);
        REQUIRE(refused(in_value(text)) == code);
        REQUIRE(refused(in_quotes(text)) == code);
    });
}

TEST_CASE("what needs a look and may be there is accepted wherever it stands") {
    const std::string what = GENERATE(as<std::string>{}, "\t", "\n", "\r\n", "\x7F", "\xC3\xA4", "\xF0\x9F\x98\x80",
                                      "&amp;", "&#x41;", ">", "]", "=", "/", " ");
    for_each_place([&](std::size_t before, std::size_t after) {
        const std::string text = at(before, what, after);
        INFO(text);
        REQUIRE(check(in_text(text)).accepted);
        REQUIRE(check(in_value(text + '"')).accepted);
        REQUIRE(check(in_quotes('\'' + text)).accepted);
    });
    CHECK(refused(in_text(at(20, "]]>", 20))) == errc::not_well_formed);
}

TEST_CASE("long text is looked at to its last character, and no further") {
    const auto [what, code] = GENERATE(table<std::string, errc>({{"\x1F", errc::not_well_formed},
                                                                 {"\x80", errc::invalid_utf8},
                                                                 {"\xFF", errc::invalid_utf8},
                                                                 {"& ", errc::not_well_formed},
                                                                 {"]]>", errc::not_well_formed},
                                                                 {"<", errc::not_well_formed}}));
    for (std::size_t before = 0; before <= 4 * longest_step; ++before) {
        for (const std::size_t after : {0U, 1U, 64U, 65U, 600U}) {
            INFO(before << " before, " << after << " after");
            REQUIRE(refused(in_text(at(before, what, after))) == code);
            REQUIRE(check(in_text(at(before, "&lt;\t]\xC3\xA4", after))).accepted);
        }
    }
    for (std::size_t size = 0; size <= 4 * longest_step; ++size) {
        const std::string text = "<a>" + std::string(size, 'x');
        REQUIRE(check(text + "</a>").accepted);
        REQUIRE(refused(text) == errc::not_well_formed);
    }
}

TEST_CASE("long runs are passed up to what ends them") {
    for (std::size_t before = 0; before <= 4 * longest_step; ++before) {
        for (const std::size_t after : {0U, 1U, 64U, 65U, 600U}) {
            INFO(before << " before, " << after << " after");
            const std::string text = at(before, "<", after);
            const char* const begin = text.data();
            const char* const end = begin + text.size();
            REQUIRE(core::skip_text(begin, begin, end) == begin + before);
            REQUIRE(core::skip_ascii(begin, end) == end);
            const std::string other = at(before, "\x80", after);
            const char* const first = other.data();
            REQUIRE(core::skip_text(first, first, first + other.size()) == first + before);
            REQUIRE(core::skip_ascii(first, first + other.size()) == first + before);
            const core::Passed passed = core::skip_long_other_than(begin, end, '<');
            REQUIRE(passed.end <= begin + before);
            REQUIRE(passed.only_ascii);
            const core::Passed all = core::skip_long_other_than(first, first + other.size(), '<');
            REQUIRE(all.only_ascii == (all.end <= first + before));
        }
    }
}

TEST_CASE("the quote that ends a value is found wherever it stands, and the message may end there") {
    for (const char quote : {'\'', '"'}) {
        for (std::size_t size = 0; size <= 2 * longest; ++size) {
            const std::string attribute = std::string{" b="} + quote + std::string(size, 'x') + quote;
            INFO(attribute);
            REQUIRE(check("<a" + attribute + "/>").accepted);
            REQUIRE(check("<a" + attribute + " c=''></a>").accepted);
            for (std::size_t cut = 0; cut <= attribute.size(); ++cut)
                REQUIRE(refused("<a" + attribute.substr(0, cut)) == errc::not_well_formed);
        }
    }
}

TEST_CASE("names of any length are read to their end") {
    for (std::size_t size = 1; size <= longest; ++size) {
        const std::string name(size, 'n');
        INFO(name);
        REQUIRE(check("<" + name + "/>").name == name);
        REQUIRE(check("<" + name + " " + name + "='1'/>").name == name);
        REQUIRE(check("<" + name + " m" + name + "='1' " + name + "='2'>text</" + name + ">").accepted);
        REQUIRE(refused("<" + name + " " + name + "='1' " + name + "=''/>") == errc::not_well_formed);
        for (std::size_t place = 0; place < size; ++place) {
            for (const std::string_view other : {"N", "1", "-", ".", "_", "\xC3\xA4"}) {
                std::string changed = name;
                changed.replace(place, 1, other);
                INFO(changed);
                const bool may_begin = place > 0 || other == "N" || other == "_" || other == "\xC3\xA4";
                REQUIRE(check("<" + changed + " " + changed + "='1'>text</" + changed + ">").accepted == may_begin);
                REQUIRE(refused("<" + name + ">text</" + changed + ">") == errc::not_well_formed);
                if (may_begin) REQUIRE(check("<a " + name + "='1' " + changed + "='2'/>").accepted);
            }
            for (const std::string_view other : {",", "\x01", "\"", "&", "\xC3\x97"}) {
                std::string changed = name;
                changed.replace(place, 1, other);
                INFO(changed);
                REQUIRE(refused("<" + changed + "/>" + at(0, "", longest)) == errc::not_well_formed);
                REQUIRE(refused("<a " + changed + "='1'></a>" + at(0, "", longest)) == errc::not_well_formed);
            }
        }
    }
}

TEST_CASE("a prefix is found wherever it ends") {
    for (std::size_t size = 1; size <= longest; ++size) {
        const std::string prefix(size, 'p');
        INFO(prefix);
        const std::string declaration = " xmlns:" + prefix + "='urn:p'";
        REQUIRE(check("<" + prefix + ":a" + declaration + "/>").ns == "urn:p");
        REQUIRE(check("<a" + declaration + "><" + prefix + ":b " + prefix + ":c='1' c='2'/></a>").accepted);
        REQUIRE(refused("<a" + declaration + "><" + prefix + ":b " + prefix + ":c='' " + prefix + ":c=''/></a>") ==
                errc::not_well_formed);
        REQUIRE(refused("<" + prefix + ":a/>") == errc::not_well_formed);
    }
}

TEST_CASE("namespaces of any length, and those of 'xml' and 'xmlns' among them") {
    for (std::size_t size = 1; size <= 2 * longest; ++size) {
        const std::string uri(size, 'u');
        REQUIRE(check("<a xmlns='" + uri + "'>" + at(0, "", longest) + "</a>").ns == uri);
    }
    const std::string rest = ">" + at(0, "", longest) + "</a>";
    CHECK(refused("<a xmlns='http://www.w3.org/XML/1998/namespace'" + rest) == errc::not_well_formed);
    CHECK(refused("<a xmlns='http://www.w3.org/2000/xmlns/'" + rest) == errc::not_well_formed);
    CHECK(refused("<a xmlns='1' xmlns='2'" + rest) == errc::not_well_formed);
}

TEST_CASE("attributes are counted, however plain they are") {
    Limits limits;
    limits.max_attributes = 3;
    const std::string rest = " d='4'>" + at(0, "", longest) + "</a>";
    CHECK(check("<a a='1' b='2'" + rest, limits).accepted);
    CHECK(refused("<a a='1' b='2' c='3'" + rest, limits) == errc::too_many_attributes);
    CHECK(refused("<a a='1' b='2' c='&lt;'" + rest, limits) == errc::too_many_attributes);
    CHECK(refused("<a a='1' b='2' xmlns='3'" + rest, limits) == errc::too_many_attributes);
    limits.max_attributes = 0;
    CHECK(refused("<a" + rest, limits) == errc::too_many_attributes);
}

TEST_CASE("runs of bytes are the same when all of them are") {
    for (std::size_t size = 0; size <= longest; ++size) {
        const std::string a(size, 'a');
        CHECK(core::same_bytes(a.data(), std::string{a}.data(), size));
        for (std::size_t place = 0; place < size; ++place) {
            std::string b = a;
            b[place] = 'b';
            CHECK(!core::same_bytes(a.data(), b.data(), size));
        }
    }
}
