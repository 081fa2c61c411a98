// What a log shows of elements that carry credentials.
#include "core/redact.hpp"

#include <catch2/catch.hpp>

#include "wsxmpp/frame_codec.hpp"

using namespace wsxmpp;

namespace {

// The element that a client sends, as a log shows it.
std::string logged(const std::string& text) {
    FrameDecoder decoder;
    REQUIRE(decoder.decode("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>") != nullptr);
    const Event* event = decoder.decode(text);
    INFO(decoder.detail());
    REQUIRE(event != nullptr);
    return core::redacted(event->element);
}

}   // namespace

TEST_CASE("SASL data is redacted, its mechanism is shown") {
    CHECK(logged("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>") ==
          "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>[redacted]</auth>");
    const std::string name = GENERATE(as<std::string>{}, "response", "challenge", "success", "x:auth");
    const std::string space = name[1] == ':' ? " xmlns:x=" : " xmlns=";
    CHECK(logged("<" + name + space + "'urn:ietf:params:xml:ns:xmpp-sasl'>c2VjcmV0</" + name + ">") ==
          "<" + name + space + "'urn:ietf:params:xml:ns:xmpp-sasl'>[redacted]</" + name + ">");
}

TEST_CASE("SASL 2 is redacted with all that is inside it") {
    CHECK(logged("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>c2VjcmV0"
                 "</initial-response><user-agent id='1'/></authenticate>") ==
          "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>[redacted]</authenticate>");
}

TEST_CASE("passwords, digests and tokens are redacted wherever they stand") {
    CHECK(
        logged("<iq type='set'><query xmlns='jabber:iq:register'><username>alice</username><password>secret</password>"
               "<email/></query></iq>") ==
        "<iq type='set'><query xmlns='jabber:iq:register'><username>alice</username><password [redacted]>[redacted]"
        "</password><email/></query></iq>");
    for (const char* name : {"password", "digest", "token", "q:password"}) {
        const std::string n = name;
        INFO(n);
        const std::string shown =
            logged("<iq xmlns:q='urn:q'><" + n + " a='secret'>secret<b>secret</b></" + n + "></iq>");
        CHECK(shown.find("secret") == std::string::npos);
        CHECK(shown.find("</" + n + "></iq>") != std::string::npos);
    }
}

TEST_CASE("a secret in an attribute is redacted") {
    CHECK(logged("<iq><token xmlns='urn:xmpp:fast:0' expiry='x' token='secret'/></iq>") ==
          "<iq><token [redacted]/></iq>");
    CHECK(logged("<message><x xmlns='jabber:x:conference' jid='r@c' password='secret'/></message>") ==
          "<message><x [redacted]/></message>");
}

TEST_CASE("a secret cannot hide in markup that looks like something else") {
    for (const char* text :
         {"<iq><password><![CDATA[</password>secret]]></password></iq>",
          "<iq><password><password>secret</password>secret</password></iq>",
          "<iq><password a='>secret'>secret</password></iq>", "<iq><a/><password\n>secret</password\n></iq>"}) {
        INFO(text);
        CHECK(logged(text).find("secret") == std::string::npos);
    }
}

TEST_CASE("everything else is shown as it is") {
    const std::string text =
        GENERATE(as<std::string>{}, "<message><body>the password is secret</body></message>",
                 "<iq a='/>'><x/><y>&lt;</y><![CDATA[<password>]]></iq>", "<presence/>",
                 "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
                 "</mechanisms>");
    CHECK(logged(text) == text);
}

TEST_CASE("an element that was given its declarations is shown with them") {
    Element element;
    element.head = "<auth";
    element.declarations = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
    element.tail = ">c2VjcmV0</auth>";
    element.name = "auth";
    element.ns = "urn:ietf:params:xml:ns:xmpp-sasl";
    CHECK(core::redacted(element) == "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>[redacted]</auth>");
}

TEST_CASE("passwords in forms and headers of uploads are redacted") {
    CHECK(logged("<iq><x xmlns='jabber:x:data'><field var='password'><value>secret</value></field><field "
                 "var='name'><value>me</value></field></x></iq>") ==
          "<iq><x xmlns='jabber:x:data'><field [redacted]>[redacted]</field><field "
          "var='name'><value>me</value></field></x></iq>");
    CHECK(logged("<iq><header name='Authorization'>Basic c2VjcmV0</header></iq>") ==
          "<iq><header [redacted]>[redacted]</header></iq>");
}
