// What a WebSocket client does not see of the server's features.
#include "wsxmpp/stream_codec.hpp"

#include <catch2/catch.hpp>

using wsxmpp::without_transport_features;

namespace {

const std::string root = "<stream:features xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const std::string end = "</stream:features>";
const std::string mechanisms =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";
const std::string tls = "urn:ietf:params:xml:ns:xmpp-tls";
const std::string compress = "http://jabber.org/features/compress";

std::string without(const std::string& content) { return without_transport_features(root + content + end); }

}   // namespace

TEST_CASE("starttls and compression are removed from the features") {
    CHECK(without("<starttls xmlns='" + tls + "'/>") == root + end);
    CHECK(without("<starttls xmlns='" + tls + "'><required/></starttls>") == root + end);
    CHECK(without("<compression xmlns='" + compress + "'><method>zlib</method></compression>") == root + end);
}

TEST_CASE("what stands around starttls and compression stays byte for byte") {
    const std::string before = "\n <a x='<starttls/>'/>" + mechanisms;
    const std::string between = " <b><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></b>";
    const std::string after = mechanisms + "<!-- --> ";
    CHECK(without(before + "<starttls xmlns=\"" + tls + "\" ><required /></starttls >" + between +
                  "<compression  xmlns='" + compress + "' ></compression>" + after) ==
          root + before + between + after + end);
}

TEST_CASE("features are recognized by namespace, whatever their prefix") {
    CHECK(without("<t:starttls xmlns:t='" + tls + "'/>") == root + end);
    CHECK(without("<starttls xmlns='urn&#58;ietf:params:xml:ns:xmpp-tls'/>") == root + end);
    const std::string outer = "<f:features xmlns:f='http://etherx.jabber.org/streams' xmlns:t='" + tls + "'>";
    CHECK(without_transport_features(outer + "<t:starttls/></f:features>") == outer + "</f:features>");
}

TEST_CASE("features that only have the same name stay") {
    const std::string content = GENERATE(as<std::string>{}, "<starttls/>", "<starttls xmlns='urn:other'/>",
                                         "<compression/>", "<compression xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
                                         "<starttls xmlns='http://jabber.org/features/compress'/>",
                                         "<x xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
                                         "<starttls xmlns:t='urn:ietf:params:xml:ns:xmpp-tls'/>");
    CHECK(without(content) == root + content + end);
}

TEST_CASE("features without children stay as they are") {
    const std::string text = GENERATE(as<std::string>{}, "<features/>", "<stream:features xmlns:stream='x' />",
                                      "<features></features>", "<features> </features>");
    CHECK(without_transport_features(text) == text);
}

namespace {

const std::string sasl = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>";
const std::string sasl2 = "<authentication xmlns='urn:xmpp:sasl:2'>";
const std::string bindings =
    "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/><channel-binding "
    "type=\"tls-server-end-point\"/></sasl-channel-binding>";
const std::string end_point =
    "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type=\"tls-server-end-point\"/>"
    "</sasl-channel-binding>";

std::string keeping(const std::string& content) { return without_transport_features(root + content + end, true); }

}   // namespace

TEST_CASE("mechanisms that bind to TLS are removed, of SASL and of SASL 2") {
    const std::string plus = GENERATE(
        as<std::string>{}, "<mechanism>SCRAM-SHA-1-PLUS</mechanism>", "<mechanism > SCRAM-SHA-256-PLUS\n</mechanism >",
        "<mechanism>SCRAM-SHA-1&#45;PLUS</mechanism>", "<mechanism><![CDATA[SCRAM-SHA-1-PLUS]]></mechanism>",
        "<mechanism>SCRAM<![CDATA[-PL]]>US</mechanism>");
    const std::string content =
        " <mechanism>SCRAM-SHA-1</mechanism> " + plus + "<mechanism>PLAIN</mechanism>" + plus + "<x>A-PLUS</x>";
    const std::string rest = " <mechanism>SCRAM-SHA-1</mechanism> <mechanism>PLAIN</mechanism><x>A-PLUS</x>";
    CHECK(without(sasl + content + "</mechanisms>") == root + sasl + rest + "</mechanisms>" + end);
    CHECK(without(sasl2 + content + "</authentication>") == root + sasl2 + rest + "</authentication>" + end);
    CHECK(keeping(sasl + content + "</mechanisms>") == root + sasl + content + "</mechanisms>" + end);
}

TEST_CASE("a mechanism that only looks like one that binds stays") {
    const std::string content = GENERATE(
        as<std::string>{}, "<mechanisms><mechanism>A-PLUS</mechanism></mechanisms>",
        "<authentication xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>A-PLUS</mechanism></authentication>",
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism xmlns='x'>A-PLUS</mechanism></mechanisms>",
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>A-PLUS-X</mechanism></mechanisms>",
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLUS</mechanism><mechanism/></mechanisms>",
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><x><mechanism>A-PLUS</mechanism></x></mechanisms>",
        "<x><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>A-PLUS</mechanism></mechanisms></x>",
        "<mechanism xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>A-PLUS</mechanism>");
    CHECK(without(content) == root + content + end);
}

TEST_CASE("of FAST's mechanisms those that bind to TLS are removed") {
    const auto with = [](const std::string& mechanisms_of_fast) {
        return sasl2 + "<mechanism>PLAIN</mechanism><inline><a/><fast xmlns='urn:xmpp:fast:0' tls-0rtt='true'>" +
               mechanisms_of_fast + "</fast><sm xmlns='urn:xmpp:sm:3'/></inline></authentication>";
    };
    const std::string none = "<mechanism>HT-SHA-256-NONE</mechanism>";
    const std::string endp = "<mechanism>HT-SHA-256-ENDP</mechanism>";
    const std::string both = "<mechanism>HT-SHA-256-UNIQ</mechanism><mechanism> HT-SHA3-512-EXPR </mechanism>";
    CHECK(without(with(both + none + endp)) == root + with(none) + end);
    CHECK(keeping(with(both + none + endp)) == root + with(none + endp) + end);
    const std::string plain = sasl + "<mechanism>HT-SHA-256-EXPR</mechanism>" + none + "</mechanisms>";
    CHECK(without(plain) == root + sasl + none + "</mechanisms>" + end);
}

TEST_CASE("a mechanism of FAST that only looks like one that binds stays") {
    const std::string content = GENERATE(
        as<std::string>{}, "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-ENDP</mechanism></fast>",
        "<authentication xmlns='urn:xmpp:sasl:2'><inline><fast><mechanism>HT-A-ENDP</mechanism></fast></inline>"
        "</authentication>",
        "<authentication xmlns='urn:xmpp:sasl:2'><inline xmlns='x'><fast xmlns='urn:xmpp:fast:0'><mechanism>HT-A-ENDP"
        "</mechanism></fast></inline></authentication>",
        "<authentication xmlns='urn:xmpp:sasl:2'><inline><fast xmlns='urn:xmpp:fast:0'><mechanism>X-ENDP</mechanism>"
        "<mechanism>XHT-A-ENDP</mechanism><x><mechanism>HT-A-ENDP</mechanism></x></fast></inline></authentication>");
    CHECK(without(content) == root + content + end);
}

TEST_CASE("mechanisms are recognized by namespace, whatever their prefix") {
    const std::string a = "<s:mechanisms xmlns:s='urn:ietf:params:xml:ns:xmpp-sasl'>";
    CHECK(without(a + "<s:mechanism>A-PLUS</s:mechanism></s:mechanisms>") == root + a + "</s:mechanisms>" + end);
    const std::string b =
        "<s:mechanisms xmlns:s='urn:ietf:params:xml:ns:xmpp-sasl'><s:mechanism xmlns:s='x'>A-PLUS"
        "</s:mechanism></s:mechanisms>";
    CHECK(without(b) == root + b + end);
}

TEST_CASE("the types of channel binding are removed, wherever they may stand") {
    CHECK(without(bindings + mechanisms) == root + mechanisms + end);
    CHECK(without(sasl + bindings + "</mechanisms>") == root + sasl + "</mechanisms>" + end);
    CHECK(without(sasl2 + "<a/>" + bindings + "</authentication>") == root + sasl2 + "<a/></authentication>" + end);
    const std::string other = "<sasl-channel-binding/><x>" + bindings + "</x>";
    CHECK(without(other) == root + other + end);
}

TEST_CASE("where the end point is kept, no other type of channel binding is") {
    CHECK(keeping(bindings + mechanisms) == root + end_point + mechanisms + end);
    CHECK(keeping(sasl + bindings + "</mechanisms>") == root + sasl + end_point + "</mechanisms>" + end);
    CHECK(keeping(sasl2 + bindings + "</authentication>") == root + sasl2 + end_point + "</authentication>" + end);
    CHECK(keeping("<starttls xmlns='" + tls + "'/>" + mechanisms) == root + mechanisms + end);
}

TEST_CASE("features with many mechanisms take time in proportion") {
    std::string content = sasl;
    std::string rest = sasl;
    for (int i = 0; i < 20'000; ++i) {
        content += "<mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>X</mechanism>";
        rest += "<mechanism>X</mechanism>";
    }
    CHECK(without(content + "</mechanisms>") == root + rest + "</mechanisms>" + end);
}
