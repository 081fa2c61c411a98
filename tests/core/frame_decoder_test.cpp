// RFC 7395: WebSocket messages to events and back.
#include <catch2/catch.hpp>

#include "core/frame_events.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

std::string framed(std::string_view message) { return after(framing_open, message); }

}   // namespace

TEST_CASE("the first message <open/> opens a stream, with all its attributes") {
    CHECK(first("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' from=\"a@example.org\" id='1' "
                "version='1.0' xml:lang='de' other='&lt;'/>") ==
          "open to=example.org from=a@example.org id=1 version=1.0 xml:lang=de other=&lt;");
}

TEST_CASE("<open/> is known by its namespace, however it is written") {
    const std::string message = GENERATE(
        as<std::string>{}, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
        "<open xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"></open>",
        "<f:open xmlns:f='urn:ietf:params:xml:ns:xmpp-framing'/>",
        "<stream:open xmlns:f='urn:x' xmlns:stream='urn:ietf:params:xml:ns:xmpp-framing' xmlns='jabber:client'/>",
        "<open xmlns='urn&#58;ietf:params:xml:ns:xmpp-framing'/>",
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framin&#x67;'/>",
        "<open\n\txmlns = 'urn:ietf:params:xml:ns:xmpp-framing'\n/>\r\n",
        "<?xml version='1.0'?><open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    INFO(message);
    if (message.find("<stream:open") != std::string::npos) {   // 'stream' is the prefix of the stream on TCP
        CHECK(first(message) == message_of(errc::bad_format));
    } else {
        FrameDecoder decoder;
        CHECK(decode_message(decoder, message) == "open");
        CHECK(decoder.framing() == Framing::rfc7395);
    }
}

TEST_CASE("<open/> or <close/> in another namespace is an error that says so") {
    const std::string name = GENERATE(as<std::string>{}, "open", "close");
    const std::string attributes =
        GENERATE(as<std::string>{}, "", " xmlns='jabber:client'", " xmlns='urn:ietf:params:xml:ns:xmpp-framin'",
                 " xmlns='urn:ietf:params:xml:ns:xmpp-framing '", " xmlns='URN:ietf:params:xml:ns:xmpp-framing'",
                 " xmlns='' xmlns:f='urn:ietf:params:xml:ns:xmpp-framing'");
    const std::string message = "<" + name + attributes + "/>";
    INFO(message);
    CHECK(first(message) == message_of(errc::invalid_namespace));
    CHECK(framed(message) == message_of(errc::invalid_namespace));
    CHECK(framed("<f:" + name + " xmlns:f='urn:x'/>") == message_of(errc::invalid_namespace));
}

TEST_CASE("another element in the framing namespace is an error") {
    CHECK(framed("<x xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>") == message_of(errc::invalid_namespace));
    CHECK(framed("<OPEN xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>") == message_of(errc::invalid_namespace));
}

TEST_CASE("<open/> and <close/> are empty") {
    const std::string content = GENERATE(as<std::string>{}, "x", "<a/>", "<![CDATA[]]>", "&lt;");
    for (const std::string name : {"open", "close"})
        CHECK(framed("<" + name + " xmlns='urn:ietf:params:xml:ns:xmpp-framing'>" + content + "</" + name + ">") ==
              message_of(errc::bad_format));
}

TEST_CASE("a stanza before <open/> is an error") {
    CHECK(first("<message/>") == message_of(errc::not_authorized));
    CHECK(first("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>") ==
          message_of(errc::not_authorized));
}

TEST_CASE("<close/> is a close event, even before <open/>") {
    const std::string close = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";
    CHECK(first(close) == "close " + close);
    CHECK(framed(close + " ") == "close " + close);
    CHECK(framed("<?xml version='1.0'?> " + close) == "close " + close);
    CHECK(framed("<c:close xmlns:c='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://x'></c:close>") ==
          "close <c:close xmlns:c='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://x'></c:close>");
}

TEST_CASE("an element is an event with its text, name and namespace") {
    CHECK(framed("<message xmlns='jabber:client'><body>hi</body></message>") ==
          "{jabber:client}message <message xmlns='jabber:client'><body>hi</body></message>");
    CHECK(framed("<p:a xmlns:p='urn&#58;p'/>") == "{urn:p}a <p:a xmlns:p='urn&#58;p'/>");
    CHECK(framed("<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>") ==
          "{http://etherx.jabber.org/streams}error <stream:error xmlns:stream='http://etherx.jabber.org/streams'/>");
}

TEST_CASE("an element without xmlns is in jabber:client, and is not changed") {
    CHECK(framed("<iq type='get'/>") == "{jabber:client}iq <iq type='get'/>");
}

TEST_CASE("an XML declaration and white space after the element are not part of it") {
    CHECK(framed("<?xml version='1.0'?><iq/>\r\n") == "{jabber:client}iq <iq/>");
}

TEST_CASE("slashes and angles in attribute values stay as they are") {
    CHECK(framed("<m a='/>' b=\"&lt;/m>\" c='>'><x y='/>'/></m>") ==
          "{jabber:client}m <m a='/>' b=\"&lt;/m>\" c='>'><x y='/>'/></m>");
}

TEST_CASE("a message that is not exactly one element is not well-formed") {
    const std::string message = GENERATE(
        as<std::string>{}, "", " ", "hello", " <iq/>", "\n<iq/>", "<iq/><iq/>", "<iq/>x", "<iq>", "<iq", "</iq>",
        "\xEF\xBB\xBF<iq/>", "<?xml version='1.0'?>", "<?xml version='1.0'?>x<iq/>", " <?xml version='1.0'?><iq/>x",
        "</stream:stream>", "<message></message></stream:stream>", "<iq/></stream:stream>",
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>");
    INFO(message);
    CHECK(framed(message) == message_of(errc::not_well_formed));
}

TEST_CASE("restricted XML in a message is an error") {
    const std::string message = GENERATE(
        as<std::string>{}, "<!-- --><iq/>", "<iq><!-- --></iq>", "<?pi?><iq/>", "<iq><?pi?></iq>", "<!DOCTYPE iq><iq/>",
        "<!DOCTYPE iq [<!ENTITY a 'b'>]><iq>&a;</iq>", "<iq>&nbsp;</iq>", "<iq a='&x;'/>",
        "<?xml version='1.0'?><?xml version='1.0'?><iq/>", "<?xml version='1.0'?><!DOCTYPE iq><iq/>");
    INFO(message);
    CHECK(framed(message) == message_of(errc::restricted_xml));
    CHECK(first(message) == message_of(errc::restricted_xml));
}

TEST_CASE("a prefix that only the stream header would declare is an error") {
    const std::string message = GENERATE(as<std::string>{}, "<stream:error/>", "<iq><stream:x/></iq>", "<iq x:y=''/>");
    CHECK(framed(message) == message_of(errc::not_well_formed));
    // Not even one that <open/> declared: the message must stand alone.
    CHECK(after("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' xmlns:x='urn:x'/>", "<x:a/>") ==
          message_of(errc::not_well_formed));
}

TEST_CASE("a stream header cannot be smuggled in as a complete element") {
    const std::string message = GENERATE(
        as<std::string>{}, "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>",
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'></stream:stream>",
        "<stream xmlns='http://etherx.jabber.org/streams'><iq/></stream>",
        "<s:features xmlns:s='http&#58;//etherx.jabber.org/streams'/>");
    INFO(message);
    CHECK(framed(message) == message_of(errc::bad_format));
}

TEST_CASE("an element called stream in another namespace is an element") {
    CHECK(framed("<stream xmlns='urn:x'/>") == "{urn:x}stream <stream xmlns='urn:x'/>");
    CHECK(framed("<si><stream/></si>") == "{jabber:client}si <si><stream/></si>");
}

TEST_CASE("a second <open/> is an event too, and replaces the header") {
    FrameDecoder decoder;
    CHECK(decode_message(decoder, framing_open) == "open to=example.org");
    CHECK(decode_message(decoder, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='b.example'/>") ==
          "open to=b.example");
    CHECK(decoder.header().get("to") == "b.example");
}

TEST_CASE("an <open/> that is refused leaves the header as it was") {
    FrameDecoder decoder;
    decode_message(decoder, framing_open);
    CHECK(decode_message(decoder, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' xmlns:stream='urn:x' to='b'/>") ==
          message_of(errc::bad_format));
    CHECK(decoder.header().get("to") == "example.org");
}

TEST_CASE("<open/> with undeclared prefixes or the same attribute twice is refused") {
    CHECK(first("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' x:y=''/>") == message_of(errc::not_well_formed));
    CHECK(first("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='' to=''/>") ==
          message_of(errc::not_well_formed));
}

TEST_CASE("an XML declaration of another encoding is an error of its own") {
    CHECK(framed("<?xml version='1.0' encoding='UTF-16'?><iq/>") == message_of(errc::unsupported_encoding));
}

TEST_CASE("invalid UTF-8 in a message is an error of its own") {
    CHECK(framed("<iq>\xC0\x80</iq>") == message_of(errc::invalid_utf8));
    CHECK(framed("<iq>\xED\xA0\x80</iq>") == message_of(errc::invalid_utf8));
}

TEST_CASE("the events of two decoders on one thread do not disturb each other") {
    FrameDecoder a;
    FrameDecoder b;
    decode_message(a, framing_open);
    decode_message(b, framing_open);
    const std::string message = "<x xmlns='urn:a-namespace-longer-than-a-short-string&amp;1'/>";
    const Event* event = a.decode(message);
    REQUIRE(event != nullptr);
    decode_message(b, "<y xmlns='urn:another-namespace-longer-than-a-short-string&amp;2'/>");
    CHECK(event->element.ns == "urn:a-namespace-longer-than-a-short-string&1");
}

TEST_CASE("a decoder says what was wrong, and goes on with the next message") {
    FrameDecoder decoder;
    decode_message(decoder, framing_open);
    CHECK(decoder.decode("<iq><foo:bar/></iq>") == nullptr);
    CHECK(decoder.error() == errc::not_well_formed);
    CHECK(std::string{decoder.detail()}.find("'foo' is not declared") != std::string::npos);
    CHECK(decoder.decode("<iq/>") != nullptr);
    CHECK(!decoder.error());
    CHECK(decoder.detail().empty());
}

TEST_CASE("<open/> for a client keeps every attribute, and declares the prefixes they use") {
    StreamHeader header;
    header.name = "stream:stream";
    header.attributes = {{"from", "example.org"}, {"id", "a\"b"}, {"xml:lang", "en"}, {"x:y", "it's"}};
    header.namespaces = {{"", "jabber:client"}, {"stream", "http://etherx.jabber.org/streams"}, {"x", "urn:x"}};
    const std::string open = encode_frame_open(header);
    CHECK(
        open ==
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' xmlns:x='urn:x' from='example.org' id='a\"b' xml:lang='en' "
        "x:y=\"it's\"/>");
    CHECK(first(open) == "open from=example.org id=a\"b xml:lang=en x:y=it's");
}

TEST_CASE("<close/> may say where to go instead") {
    CHECK(encode_frame_close() == "<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />");
    CHECK(encode_frame_close("wss://x/?a=1&b='2'") ==
          "<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" see-other-uri='wss://x/?a=1&amp;b=&apos;2&apos;' />");
}

TEST_CASE("a stream error stands alone, with its text escaped") {
    const std::string error = encode_stream_error("host-unknown", "<example.org> isn't served");
    CHECK(error ==
          "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><host-unknown "
          "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams' "
          "xml:lang='en'>&lt;example.org&gt; isn&apos;t served</text></stream:error>");
    CHECK(framed(error).substr(0, 40) == "{http://etherx.jabber.org/streams}error ");
    CHECK(encode_stream_error("reset", {}) ==
          "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><reset "
          "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
}
