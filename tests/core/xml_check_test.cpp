// The whole check of what a client sends: well-formed, one element, nothing restricted.
#include "core/xml_check.hpp"
#include "core/xml_declaration.hpp"

#include <catch2/catch.hpp>

#include "core/check.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

TEST_CASE("a well-formed element is accepted whole") {
    const std::string text = GENERATE(
        as<std::string>{}, "<a/>", "<a></a>", "<a />", "<a\t\r\n/>", "<a></a >", "<a b='1' c=\"2\"/>", "<a b = '1'\n/>",
        "<a b='>' c='/>' d='\"' e=\"'\"/>", "<a>text</a>", "<a>]] ></a>", "<a>]</a>", "<a>></a>", "<a>'\"</a>",
        "<a b=']]>'/>", "<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x1F600;</a>", "<a b='&lt;&#10;'/>",
        "<a><![CDATA[<b>&nbsp;</a>]]]]></a>", "<a><![CDATA[]]></a>", "<a><b><c/></b><b/>text</a>", "<_a.b-c1/>",
        "<\xC3\xA4 \xE4\xB8\x80='\xF0\x9F\x98\x80'>\xE2\x82\xAC</\xC3\xA4>", "<a>\x7F\t\r\n</a>",
        "<a>\xEF\xBF\xBD</a>");
    const Checked checked = check(text);
    INFO(text << ": " << checked.fault.detail());
    CHECK(checked.accepted);
    CHECK(checked.root.size == text.size());
}

TEST_CASE("white space after the element is accepted, and not part of it") {
    const Checked checked = check("<a/> \t\r\n");
    CHECK(checked.accepted);
    CHECK(checked.root.size == 4);
}

TEST_CASE("what is not exactly one element is refused") {
    const std::string text = GENERATE(as<std::string>{}, "", " ", " <a/>", "\n<a/>", "text", "<a/><b/>", "<a/>text",
                                      "<a/> <b/>", "<a></a></a>", "</a>", "<a/></a>", "<a/>&lt;", "<a/><![CDATA[]]>",
                                      "\xEF\xBB\xBF<a/>", "<![CDATA[x]]>", "&lt;a/>");
    INFO(text);
    CHECK(refused(text) == errc::not_well_formed);
}

TEST_CASE("every prefix of an element is refused") {
    const std::string text =
        "<a xmlns='urn:a' xmlns:p='urn:p' p:b=\"1&lt;2\"><p:c d='&#x41;'>t&amp;\xC3\xA4</p:c ><![CDATA[x]]]><e /></a >";
    REQUIRE(check(text).accepted);
    for (std::size_t size = 0; size < text.size(); ++size) {
        const Checked checked = check(text.substr(0, size));
        INFO(text.substr(0, size));
        CHECK(!checked.accepted);
        CHECK(!checked.fault.detail().empty());
    }
}

TEST_CASE("an element that lost one byte of its markup is refused") {
    const std::string text = "<abc x='1'><d></d></abc>";
    for (const std::size_t at : {0U, 4U, 6U, 7U, 9U, 10U, 11U, 13U, 14U, 15U, 16U, 17U, 18U, 19U, 20U, 23U}) {
        std::string cut = text;
        cut.erase(at, 1);
        INFO(cut);
        CHECK(refused(cut) == errc::not_well_formed);
    }
}

TEST_CASE("malformed markup is refused") {
    const std::string text =
        GENERATE(as<std::string>{}, "<a></b>", "<a></A>", "<a></ab>", "<ab></a>", "<a><b></a></b>", "<a></a/>",
                 "<a></a b='1'>", "<a></ a>", "< a/>", "<a/ >", "<a / b='1'/>", "<a b/>", "<a b=/>", "<a b=1/>",
                 "<a b='1\"/>", "<a b='1'c='2'/>", "<a ='1'/>", "<a b='<'/>", "<a b='1' b='2'/>",
                 "<a b='1' c='' b=\"1\"/>", "<1a/>", "<-a/>", "<.a/>", "<>", "<a><></></a>", "<a><</a>", "<a b='1' '/>",
                 "<a,b/>", "<a>]]></a>", "<a>x]]]]></a>", "<a><![CDATA[x]]</a>", "<a><![cdata[x]]></a>", "<a><!></a>",
                 "<a><!ELEMENT a></a>", "<a/\n>", "<a\x01/>", "<a><b</a>", "<!a/>", "<a\xC3\x97/>", "<\xC2\xB7/>");
    INFO(text);
    CHECK(refused(text) == errc::not_well_formed);
}

TEST_CASE("malformed references are refused") {
    const std::string reference = GENERATE(as<std::string>{}, "&", "& ", "&&lt;", "&lt", "&#;", "&#x;", "&#0;", "&#1;",
                                           "&#xD800;", "&#xFFFE;", "&#x110000;", "&#xg;", "&;", "&a:b;");
    INFO(reference);
    CHECK(refused("<a>" + reference + "</a>") == errc::not_well_formed);
    CHECK(refused("<a b='" + reference + "'/>") == errc::not_well_formed);
}

TEST_CASE("entities that XML does not predefine are restricted") {
    const std::string entity = GENERATE(as<std::string>{}, "&nbsp;", "&LT;", "&\xC3\xA4;");
    CHECK(refused("<a>" + entity + "</a>") == errc::restricted_xml);
    CHECK(refused("<a b='" + entity + "'/>") == errc::restricted_xml);
}

TEST_CASE("comments, processing instructions and DTDs are restricted, wherever they stand") {
    const std::string what = GENERATE(as<std::string>{}, "<!-- c -->", "<!---->", "<?pi?>", "<?xml version='1.0'?>",
                                      "<?xml-stylesheet x?>", "<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b 'c'>]>");
    INFO(what);
    CHECK(refused(what + "<a/>") == errc::restricted_xml);
    CHECK(refused("<a>" + what + "</a>") == errc::restricted_xml);
    CHECK(refused("<a><b/>" + what + "<b/></a>") == errc::restricted_xml);
    CHECK(!check("<a/>" + what).accepted);
}

TEST_CASE("characters that XML does not allow are refused in text, values, CDATA and names") {
    const std::string character = GENERATE(as<std::string>{}, std::string(1, '\0'), "\x01", "\x08", "\x0B", "\x0C",
                                           "\x1F", "\xEF\xBF\xBE", "\xEF\xBF\xBF");
    CHECK(refused("<a>" + character + "</a>") == errc::not_well_formed);
    CHECK(refused("<a b='" + character + "'/>") == errc::not_well_formed);
    CHECK(refused("<a><![CDATA[" + character + "]]></a>") == errc::not_well_formed);
    CHECK(refused("<a" + character + "/>") == errc::not_well_formed);
    CHECK(refused("<a/>" + character) == errc::not_well_formed);
}

TEST_CASE("invalid UTF-8 is told as such wherever it stands") {
    const std::string bytes =
        GENERATE(as<std::string>{}, "\x80", "\xFF", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xED\xBF\xBF",
                 "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x98");
    CHECK(refused("<a>" + bytes + "</a>") == errc::invalid_utf8);
    CHECK(refused("<a>" + bytes) == errc::invalid_utf8);
    CHECK(refused("<a b='" + bytes + "'/>") == errc::invalid_utf8);
    CHECK(refused("<a><![CDATA[" + bytes + "]]></a>") == errc::invalid_utf8);
    CHECK(refused("<a" + bytes + "/>") == errc::invalid_utf8);
    CHECK(refused("<" + bytes + "/>") == errc::invalid_utf8);
    CHECK(refused("<a " + bytes + "=''/>") == errc::invalid_utf8);
    CHECK(refused("<a:" + bytes + "/>") == errc::invalid_utf8);
}

TEST_CASE("the root tells whether there is anything in it") {
    CHECK(!check("<a/>").has_content);
    CHECK(!check("<a></a>").has_content);
    CHECK(!check("<a b='1' ></a >").has_content);
    CHECK(check("<a> </a>").has_content);
    CHECK(check("<a><b/></a>").has_content);
}

TEST_CASE("elements may be as deep as the limit, and no deeper") {
    Limits limits;
    limits.max_depth = 3;
    CHECK(check("<a><b><c/></b></a>", limits).accepted);
    CHECK(check("<a><b><c></c></b></a>", limits).accepted);
    CHECK(refused("<a><b><c><d/></c></b></a>", limits) == errc::too_deep);
    CHECK(refused("<a><b><c><d></d></c></b></a>", limits) == errc::too_deep);
}

TEST_CASE("60 000 nested elements are refused before they are looked at") {
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += "<a>";
    CHECK(refused(text) == errc::too_deep);
}

TEST_CASE("a tag may have as many attributes as the limit, and no more") {
    Limits limits;
    limits.max_attributes = 20;
    std::string attributes;
    for (int i = 0; i < 20; ++i) attributes += " a" + std::to_string(i) + "=''";
    CHECK(check("<a" + attributes + "/>", limits).accepted);
    CHECK(refused("<a" + attributes + " b=''/>", limits) == errc::too_many_attributes);
    CHECK(refused("<a" + attributes.substr(0, attributes.size() - 7) + " a3=''/>", limits) == errc::not_well_formed);
}

TEST_CASE("an XML declaration is taken off the front with the white space after it") {
    const std::string declaration = GENERATE(as<std::string>{}, "<?xml version='1.0'?>", "<?xml version=\"1.0\" ?>\n",
                                             "<?xml version = '1.0' encoding='UTF-8'?>",
                                             "<?xml\tversion='1.0'\nencoding=\"utf-8\"\r\nstandalone='yes' ?> \r\n",
                                             "<?xml version='1.0' standalone='no'?>");
    std::string text = declaration + "<a/> ";
    std::string_view view = text;
    core::Fault fault;
    CHECK(core::strip_xml_declaration(view, fault));
    CHECK(view == "<a/> ");
}

TEST_CASE("what is no XML declaration stays where it is") {
    const std::string text = GENERATE(as<std::string>{}, "<a/>", "", "<?xml", "<?xml?>", "<?xml-stylesheet?><a/>",
                                      " <?xml version='1.0'?>", "<?XML version='1.0'?>");
    std::string_view view = text;
    core::Fault fault;
    CHECK(core::strip_xml_declaration(view, fault));
    CHECK(view == text);
    CHECK(!check(text == "<a/>" ? "" : text).accepted);
}

TEST_CASE("a malformed XML declaration is refused") {
    const std::string text = GENERATE(
        as<std::string>{}, "<?xml ?>", "<?xml version='1.0'", "<?xml version='1.0'>", "<?xml version='1.0' ? >",
        "<?xml encoding='UTF-8'?>", "<?xml encoding='UTF-8' version='1.0'?>", "<?xml version='1.0' version='1.0'?>",
        "<?xml version='1.0'encoding='UTF-8'?>", "<?xml version='1.1'?>", "<?xml version=1.0?>",
        "<?xml version='1.0' standalone='maybe'?>", "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>",
        "<?xml version='1.0' x='y'?>", "<?xml version='1.0", "<?xml version", "<?xml version='1.0' encoding");
    INFO(text);
    for (const std::string& message : {text, text + "<a/>"}) {
        std::string_view view = message;
        core::Fault fault;
        CHECK(!core::strip_xml_declaration(view, fault));
        CHECK(fault.code() == errc::not_well_formed);
    }
}

TEST_CASE("an XML declaration that names another encoding is refused as that") {
    const std::string encoding = GENERATE(as<std::string>{}, "UTF-16", "ISO-8859-1", "utf8", "");
    const std::string text = "<?xml version='1.0' encoding='" + encoding + "'?><a/>";
    std::string_view view = text;
    core::Fault fault;
    CHECK(!core::strip_xml_declaration(view, fault));
    CHECK(fault.code() == errc::unsupported_encoding);
}
