// What a WebSocket client does not see of the server's features.
#include "core/features.hpp"

#include <catch2/catch.hpp>

using wsxmpp::core::without_transport_features;

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
