#include "check/stream_answers.hpp"

#include <catch2/catch.hpp>

using wsxmpp::app::attribute_value;
using wsxmpp::app::read_features;
using wsxmpp::app::read_stream_error;
using Texts = std::vector<std::string>;

TEST_CASE("features are the children, mechanisms their children") {
    const auto found = read_features(
        "<stream:features xmlns:stream='s'><starttls xmlns='t'><required/></starttls>"
        "<mechanisms xmlns='m'>\n<mechanism>SCRAM-SHA-1</mechanism> <mechanism>PLAIN</mechanism></mechanisms>"
        "<c:c xmlns:c='caps' ver='a>b/'/><bind/></stream:features>");
    CHECK(found.features == Texts{"starttls", "c", "bind"});
    CHECK(found.mechanisms == Texts{"SCRAM-SHA-1", "PLAIN"});
}

TEST_CASE("a mechanism that SASL2 offers too is shown once") {
    const auto found = read_features(
        "<features><mechanisms><mechanism>PLAIN</mechanism></mechanisms>"
        "<authentication><mechanism>PLAIN</mechanism><mechanism>X&amp;Y</mechanism></authentication></features>");
    CHECK(found.features == Texts{"authentication"});
    CHECK(found.mechanisms == Texts{"PLAIN", "X&Y"});
}

TEST_CASE("a mechanism elsewhere is none of SASL") {
    CHECK(read_features("<features><compression><mechanism>zlib</mechanism></compression></features>")
              .mechanisms.empty());
    CHECK(read_features("<features><x><mechanisms><mechanism>X</mechanism></mechanisms></x></features>")
              .mechanisms.empty());
}

TEST_CASE("what is no XML is read as far as it is some, at every cut") {
    const std::string whole =
        "<f><a b='>'/><![CDATA[</f><x/>]]><mechanisms><mechanism>X</mechanism></mechanisms><c></c></f>";
    CHECK(read_features(whole).features == Texts{"a", "c"});
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(read_features(whole.substr(0, size)).features.size() <= 2);
    CHECK(read_features("").features.empty());
    CHECK(read_features("<>").features.empty());
    CHECK(read_features("</f></f><a><b/></a>").features.empty());
}

TEST_CASE("a stream error is its condition, and its text") {
    CHECK(read_stream_error("<stream:error><host-unknown xmlns='e'/></stream:error>") == "host-unknown");
    CHECK(read_stream_error("<error><conflict xmlns='e'/><text xml:lang='en'>it&apos;s gone</text><app/></error>") ==
          "conflict (it's gone)");
    CHECK(read_stream_error("<error/>") == "a stream error");
}

TEST_CASE("a text stays one value of an attribute") {
    CHECK(attribute_value("a'b\"<&>") == "a&apos;b&quot;&lt;&amp;&gt;");
}
