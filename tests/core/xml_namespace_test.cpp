// Namespaces in XML 1.0, in what a client sends.
#include <catch2/catch.hpp>

#include "core/check.hpp"
#include "core/xml_text.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

std::string namespace_of(std::string_view text) {
    const Checked checked = check(text);
    INFO(text << ": " << checked.fault.detail());
    REQUIRE(checked.accepted);
    return checked.ns;
}

}   // namespace

TEST_CASE("the root's namespace is the one its prefix is bound to") {
    CHECK(namespace_of("<a xmlns='urn:a'/>") == "urn:a");
    CHECK(namespace_of("<p:a xmlns='urn:a' xmlns:p='urn:p'/>") == "urn:p");
    CHECK(namespace_of("<p:a xmlns:p=\"urn:p\" xmlns='urn:a'></p:a>") == "urn:p");
    CHECK(namespace_of("<a xmlns='urn&#58;&#x61;'/>") == "urn:a");
    CHECK(namespace_of("<a xmlns='urn:a&amp;b'><b xmlns='urn:&lt;'/></a>") == "urn:a&b");
    CHECK(namespace_of("<xml:a/>") == core::ns_xml);
    CHECK(namespace_of("<a xmlns=''/>").empty());
}

TEST_CASE("the declaration that most stanzas have is read like any other") {
    const std::string declared = "<message xmlns='jabber:client'";
    const std::string rest = " to='somebody@example.org/with-a-resource' type='chat'><body>hello</body></message>";
    CHECK(namespace_of(declared + rest) == "jabber:client");
    CHECK(namespace_of("<message xmlns=\"jabber:client\"" + rest) == "jabber:client");
    CHECK(namespace_of(declared + "/>") == "jabber:client");
    CHECK(namespace_of("<a xmlns='urn:a'><b xmlns='jabber:client' c='0123456789abcdef0123456789'/></a>") == "urn:a");
    CHECK(namespace_of("<message xmlns='jabber:clienT'" + rest) == "jabber:clienT");
    CHECK(namespace_of("<message xmlns='jabber:client2'" + rest) == "jabber:client2");
    CHECK(refused(declared + " xmlns='jabber:client'" + rest) == errc::not_well_formed);
    CHECK(refused(declared + " xmlns='urn:a'" + rest) == errc::not_well_formed);
    CHECK(refused("<message xmlns='urn:a' xmlns='jabber:client'" + rest) == errc::not_well_formed);
    CHECK(refused("<message  xmlns='jabber:client'to='somebody'" + rest) == errc::not_well_formed);
    CHECK(refused(declared + "to='somebody'" + rest) == errc::not_well_formed);
    CHECK(refused("<message xmlns='jabber:client\"" + rest) == errc::not_well_formed);
    CHECK(refused("<message xmlns=xjabber:clientx" + rest) == errc::not_well_formed);

    Limits limits;
    limits.max_attributes = 3;
    CHECK(check(declared + rest, limits).accepted);
    limits.max_attributes = 2;
    CHECK(refused(declared + rest, limits) == errc::too_many_attributes);
    limits.max_attributes = 0;
    CHECK(refused(declared + rest, limits) == errc::too_many_attributes);
}

TEST_CASE("an element that declares no namespace is in jabber:client") {
    CHECK(namespace_of("<message/>") == "jabber:client");
    CHECK(namespace_of("<message xmlns:p='urn:p'/>") == "jabber:client");
}

TEST_CASE("a prefix may be used wherever an element around declares it") {
    const std::string text =
        GENERATE(as<std::string>{}, "<p:a xmlns:p='urn:p'><p:b p:c=''/></p:a>", "<a xmlns:p='urn:p'><b><p:c/></b></a>",
                 "<a><b xmlns:p='urn:p'><p:c/></b></a>", "<a p:b='' xmlns:p='urn:p'/>", "<a xml:lang='en' xml:x=''/>",
                 "<a xmlns:p='1'><b xmlns:p='2'/><p:c/></a>",
                 "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang=''/>");
    INFO(text);
    CHECK(check(text).accepted);
}

TEST_CASE("a prefix that the message does not declare is refused") {
    const std::string text = GENERATE(as<std::string>{}, "<p:a/>", "<a p:b=''/>", "<a><p:b/></a>", "<a><b p:c=''/></a>",
                                      "<a><b xmlns:p='urn:p'/><p:c/></a>", "<a><b xmlns:p='urn:p'></b><c p:d=''/></a>",
                                      "<stream:features/>", "<a xmlns:p='urn:p'><P:b/></a>");
    const Checked checked = check(text);
    INFO(text);
    CHECK(checked.fault.code() == errc::not_well_formed);
    CHECK(checked.fault.detail().find("is not declared") != std::string::npos);
}

TEST_CASE("a name has one colon at most, and parts on both sides of it") {
    const std::string name = GENERATE(as<std::string>{}, ":a", "p:", "p::a", "p:a:b", ":", "p:1", "p:-a", "p:\xC2\xB7");
    CHECK(refused("<" + name + " xmlns:p='urn:p'/>") == errc::not_well_formed);
    CHECK(refused("<a xmlns:p='urn:p' " + name + "=''/>") == errc::not_well_formed);
    CHECK(refused("<a xmlns:p='urn:p'><" + name + "></" + name + "></a>") == errc::not_well_formed);
}

TEST_CASE("attributes that have the same name in the same namespace are refused") {
    CHECK(refused("<a xmlns:p='urn:p' xmlns:q='urn:p' p:x='' q:x=''/>") == errc::not_well_formed);
    CHECK(refused("<a xmlns:p='urn:p' xmlns:q='urn&#58;p' p:x='' q:x=''/>") == errc::not_well_formed);
    CHECK(refused("<a xmlns:p='urn:p'><b xmlns:q='urn:p' q:x='' p:x=''/></a>") == errc::not_well_formed);
    CHECK(refused("<a xmlns='1' xmlns='2'/>") == errc::not_well_formed);
    CHECK(refused("<a xmlns:p='1' xmlns:p='1'/>") == errc::not_well_formed);
    CHECK(refused("<a xml:lang='' xml:lang=''/>") == errc::not_well_formed);
    CHECK(refused("<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='' xml:lang=''/>") ==
          errc::not_well_formed);
}

TEST_CASE("attributes that have the same name in other namespaces are accepted") {
    CHECK(check("<a xmlns:p='urn:p' xmlns:q='urn:q' p:x='' q:x='' x=''/>").accepted);
    CHECK(check("<p:a xmlns='urn:p' xmlns:p='urn:p' p:x='' x=''/>").accepted);   // no default for attributes
    CHECK(check("<a xmlns:lang='urn:l' xml:lang='' lang=''/>").accepted);
    CHECK(check("<a xmlns='urn:a' xmlns:xmln='urn:b' xmln:s=''/>").accepted);
}

TEST_CASE("the same attribute twice is found among few and among many") {
    for (const int count : {2, 3, 15, 16, 17, 18, 100, 200}) {
        std::string declarations = "<a xmlns:p='urn:p' xmlns:q='urn:p'>";
        std::string attributes;
        for (int i = 0; i < count - 1; ++i) attributes += " p:a" + std::to_string(i) + "=''";
        INFO(count);
        CHECK(check(declarations + "<b" + attributes + " a0='' q:b=''/></a>").accepted);
        CHECK(refused(declarations + "<b" + attributes + " q:a0=''/></a>") == errc::not_well_formed);
        CHECK(refused(declarations + "<b q:a" + std::to_string(count - 2) + "=''" + attributes + "/></a>") ==
              errc::not_well_formed);
    }
}

TEST_CASE("the prefixes 'xml' and 'xmlns' and their namespaces belong together") {
    const std::string text = GENERATE(
        as<std::string>{}, "<a xmlns:xml='urn:other'/>", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns:p='http://www.w3.org/XML/1998/namespac&#101;'/>",
        "<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>", "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<xmlns:a/>",
        "<a><xmlns:b/></a>", "<xmlns:a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>", "<a xmlns:=''/>",
        "<a xmlns:p=''/>", "<a xmlns:p='urn:p'><p:b xmlns:p=''/></a>");
    INFO(text);
    CHECK(refused(text) == errc::not_well_formed);
}

TEST_CASE("declarations that are open at once are limited, one after the other they are not") {
    Limits limits;
    limits.max_attributes = 4;
    CHECK(check("<a xmlns:p='1' xmlns:q='2'><b xmlns:r='3' xmlns:s='4'/><b xmlns:r='3' xmlns:s='4'></b></a>", limits)
              .accepted);
    CHECK(refused("<a xmlns:p='1' xmlns:q='2'><b xmlns:r='3' xmlns:s='4'><c xmlns='5'/></b></a>", limits) ==
          errc::too_many_attributes);
}

TEST_CASE("a reference in a namespace name costs the next check nothing") {
    CHECK(namespace_of("<a xmlns='urn&#58;a'/>") == "urn:a");
    CHECK(namespace_of("<a/>") == "jabber:client");
    CHECK(refused("<p:a/>") == errc::not_well_formed);   // and nothing stays declared
}

TEST_CASE("the context declares what the element does not, and no more") {
    StreamHeader header;
    header.namespaces = {{"", "urn:default"}, {"p", "urn:p"}, {"q", "urn:p"}};
    const core::NamespaceContext context{header.namespaces};
    const auto in_context = [&](std::string_view text) {
        core::CheckedRoot root;
        core::Fault fault;
        return core::check_element(text, {}, &context, root, fault) ? std::string{root.ns} : "refused";
    };
    CHECK(in_context("<a/>") == "urn:default");
    CHECK(in_context("<p:a q:b=''/>") == "urn:p");
    CHECK(in_context("<a xmlns='urn:own'><p:b/></a>") == "urn:own");
    CHECK(in_context("<p:a xmlns:p='urn:own'/>") == "urn:own");
    CHECK(in_context("<r:a/>") == "refused");
    CHECK(in_context("<a p:x='' q:x=''/>") == "refused");
    CHECK(in_context("<a xmlns:r='urn:p' r:x='' q:x=''/>") == "refused");
    CHECK(in_context("<a xmlns:p='urn:own' p:x='' q:x=''/>") == "urn:default");
}

TEST_CASE("without a default namespace in the context there is none") {
    StreamHeader header;
    const core::NamespaceContext context{header.namespaces};
    core::CheckedRoot root;
    core::Fault fault;
    REQUIRE(core::check_element("<a/>", {}, &context, root, fault));
    CHECK(root.ns.empty());
}
