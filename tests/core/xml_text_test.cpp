// Characters, references and escaping.
#include "core/xml_text.hpp"

#include <catch2/catch.hpp>

using namespace wsxmpp;
using namespace wsxmpp::core;

namespace {

// The length decode_utf8() reads from bytes that end where `text` does.
std::size_t utf8_length(std::string_view text) {
    const std::vector<char> copy(text.begin(), text.end());   // so that a sanitizer sees a read behind it
    char32_t c = 0;
    return decode_utf8(copy.data(), copy.data() + copy.size(), c);
}

Reference reference(std::string_view text, char32_t& c, std::size_t& length) {
    const std::vector<char> copy(text.begin(), text.end());
    return read_reference(copy.data(), copy.data() + copy.size(), length, c);
}

}   // namespace

TEST_CASE("every code point but the surrogates survives UTF-8 both ways") {
    for (char32_t c = 0x80; c <= 0x10FFFF; ++c) {
        std::string text;
        append_utf8(text, c);
        char32_t back = 0;
        const std::size_t length = decode_utf8(text.data(), text.data() + text.size(), back);
        const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (surrogate ? length != 0 : (length != text.size() || back != c)) FAIL("U+" << std::hex << std::uint32_t{c});
    }
}

TEST_CASE("overlong, cut and impossible UTF-8 is not read") {
    const std::string bytes = GENERATE(
        as<std::string>{}, "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xFE",
        "\xC3", "\xC3(", "\xE2\x82", "\xE2(\xAC", "\xE2\x82(", "\xF0\x9F\x98", "\xF0\x9F\x98(", "\xF8\x88\x80\x80\x80");
    CHECK(utf8_length(bytes) == 0);
}

TEST_CASE("characters are those of XML 1.0") {
    for (const char32_t c : {0x9U, 0xAU, 0xDU, 0x20U, 0x7FU, 0xD7FFU, 0xE000U, 0xFFFDU, 0x10000U, 0x10FFFFU})
        CHECK(is_char(c));
    for (const char32_t c : {0x0U, 0x1U, 0x8U, 0xBU, 0xCU, 0xEU, 0x1FU, 0xD800U, 0xDFFFU, 0xFFFEU, 0xFFFFU, 0x110000U})
        CHECK(!is_char(c));
}

TEST_CASE("names begin with letters, and go on with digits, dots and hyphens too") {
    for (const char32_t c : {U'a', U'Z', U'_', U'\u00E4', U'\u4E00', U'\U00010000'}) CHECK(is_name_start(c));
    for (const char32_t c : {U'0', U'-', U'.', U'\u00B7', U'\u0300'}) {
        CHECK(!is_name_start(c));
        CHECK(is_name_char(c));
    }
    for (const char32_t c : {U':', U' ', U'/', U'<', U'\u00D7', U'\u2000', U'\u037E', U'\U000F0000'})
        CHECK(!is_name_char(c));
}

TEST_CASE("a text is cut before the character that is not whole") {
    const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
    const std::size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    for (std::size_t size = 0; size <= text.size(); ++size) {
        INFO("of " << size << " bytes");
        CHECK(complete_utf8(std::string_view{text}.substr(0, size)) == whole[size]);
    }
}

TEST_CASE("a reference is read with its length and character") {
    struct Case {
        const char* text;
        char32_t character;
    };
    const Case c = GENERATE(values<Case>({{"&lt;", '<'},
                                          {"&gt;", '>'},
                                          {"&amp;", '&'},
                                          {"&apos;", '\''},
                                          {"&quot;", '"'},
                                          {"&#65;", 'A'},
                                          {"&#x41;", 'A'},
                                          {"&#x0000000000041;", 'A'},
                                          {"&#xfFfD;", 0xFFFD},
                                          {"&#x10FFFF;", 0x10FFFF},
                                          {"&#9;", '\t'}}));
    char32_t character = 0;
    std::size_t length = 0;
    CHECK(reference(std::string{c.text} + ";x", character, length) == Reference::valid);
    CHECK(character == c.character);
    CHECK(length == std::string_view{c.text}.size());
}

TEST_CASE("a malformed reference is told from an undefined one") {
    char32_t c = 0;
    std::size_t length = 0;
    for (const char* text :
         {"&",      "&;",    "&#;",    "&#x;",  "&#",       "&#x",      "&lt",        "& lt;",
          "&#x4G;", "&#4A;", "&#X41;", "&#0;",  "&#xD800;", "&#xFFFE;", "&#x110000;", "&#99999999999999999999;",
          "&#-1;",  "&1;",   "&a:b;",  "&a b;", "&a\xFF;",  "&\xC3"}) {
        INFO(text);
        CHECK(reference(text, c, length) == Reference::malformed);
    }
    for (const char* text : {"&nbsp;", "&LT;", "&l;", "&\xC3\xA4;", "&a-b.c;"}) {
        INFO(text);
        CHECK(reference(text, c, length) == Reference::undefined);
    }
}

TEST_CASE("an attribute value is normalized as XML reports it") {
    CHECK(normalize_value("plain") == "plain");
    CHECK(normalize_value("a&lt;b&#x26;c") == "a<b&c");
    CHECK(normalize_value("a\tb\nc\rd\r\ne") == "a b c d e");
    CHECK(normalize_value("&#9;&#10;&#13;") == "\t\n\r");   // by reference they stay
    CHECK(!needs_normalizing("urn:plain text"));
    for (const char* raw : {"&lt;", "a\tb", "a\nb", "a\rb"}) CHECK(needs_normalizing(raw));
}

TEST_CASE("escaped text means the same in elements and attributes") {
    CHECK(escape("<a b='c' d=\"e\">&") == "&lt;a b=&apos;c&apos; d=&quot;e&quot;&gt;&amp;");
    CHECK(escape("\xC3\xA4\xF0\x9F\x98\x80") == "\xC3\xA4\xF0\x9F\x98\x80");
    const std::string blanks = "a\tb\nc\rd e";
    CHECK(normalize_value(escape(blanks)) == blanks);   // what stands in an attribute would become a blank
}

TEST_CASE("what XML cannot hold is escaped as a question mark") {
    CHECK(escape(std::string_view{"a\0b\x01", 4}) == "a?b?");
    CHECK(escape("\xFF\xC3") == "??");
    CHECK(escape("\xEF\xBF\xBE") == "?");   // U+FFFE
}

TEST_CASE("a raw value is written in the quotes it does not contain") {
    std::string out;
    append_attribute(out, "a", "it's");
    append_attribute(out, "b", "say \"x\"");
    CHECK(out == " a=\"it's\" b='say \"x\"'");
}

TEST_CASE("a namespace is written with its prefix and escaped") {
    std::string out;
    append_namespace(out, {}, "jabber:client");
    append_namespace(out, "x", "urn:a&b'c\td");
    CHECK(out == " xmlns='jabber:client' xmlns:x='urn:a&amp;b&apos;c&#9;d'");
}

TEST_CASE("a name has at most one prefix") {
    CHECK(prefix_of("a:b") == "a");
    CHECK(local_of("a:b") == "b");
    CHECK(prefix_of("b").empty());
    CHECK(local_of("b") == "b");
}

TEST_CASE("a name from the input is quoted whole characters long, and without what breaks a log line") {
    CHECK(quoted("message") == "'message'");
    CHECK(quoted("a\nb\x01"
                 "\xFF\xC3\xA4") == "'a?b??\xC3\xA4'");
    CHECK(quoted(std::string(100, 'x')) == "'" + std::string(60, 'x') + "…'");
    CHECK(quoted(std::string(59, 'x') + "\xC3\xA4yyy") == "'" + std::string(59, 'x') + "…'");
}
