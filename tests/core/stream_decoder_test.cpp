// The stream decoder: bytes of a server's stream to events.
#include <catch2/catch.hpp>

#include "core/stream_events.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

const std::string header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='1' from='example.org' version='1.0'>";

// What a decoder makes of `content` inside a stream, the same at every split point and byte by byte.
StreamResult in_stream(const std::string& content, Limits limits = {}, const std::string& head = header) {
    const std::string bytes = head + content;
    StreamResult whole = decode(bytes, limits);
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
        const StreamResult split = decode_split_at(bytes, at, limits);
        INFO("split at " << at << " of " << bytes);
        CHECK(split == whole);
    }
    CHECK(decode_byte_by_byte(bytes, limits) == whole);
    if (!whole.events.empty()) whole.events.erase(whole.events.begin());   // the header
    return whole;
}

std::string only_element(const std::string& content, const std::string& head = header) {
    const StreamResult result = in_stream(content, {}, head);
    INFO(content << " -> " << result.detail);
    REQUIRE(result.events.size() == 1);
    return result.events[0];
}

}   // namespace

TEST_CASE("a stream header is an open event with all its attributes") {
    const StreamResult result = decode(header);
    CHECK(result.events == std::vector<std::string>{"open id=1 from=example.org version=1.0"});
    CHECK(!result.error);
}

TEST_CASE("a stream header may have any prefix, quotes, attribute order and no XML declaration") {
    const std::string head = GENERATE(
        as<std::string>{}, "<s:stream id=\"1\" xmlns:s=\"http://etherx.jabber.org/streams\" xmlns=\"jabber:client\">",
        "<stream xmlns='http://etherx.jabber.org/streams' id='1'>",
        "<stream:stream\n\tid = '1'\r\n xmlns:stream='http://etherx.jabber.org/streams' >",
        "\n <?xml version=\"1.0\" encoding='UTF-8'?> \n<!-- hello --><s:stream xmlns:s='http&#58;//etherx.jabber.org/"
        "streams' id='1'>");
    const StreamResult result = decode(head);
    INFO(head << result.detail);
    CHECK(result.events == std::vector<std::string>{"open id=1"});
    for (std::size_t at = 0; at <= head.size(); ++at) CHECK(decode_split_at(head, at) == result);
}

TEST_CASE("what is no stream header is an error before anything is relayed") {
    const std::string bytes =
        GENERATE(as<std::string>{}, "HTTP/1.1 400 Bad Request\r\n\r\n", "<html><body>no</body></html>",
                 "<stream:stream xmlns:stream='urn:other'>", "<stream:stream>", "</stream:stream>", "<message/>",
                 "<?xml version='1.0'?>text");
    const StreamResult result = decode(bytes);
    INFO(bytes);
    CHECK(result.events.empty());
    CHECK(result.error);
    CHECK(!result.detail.empty());
    for (std::size_t at = 0; at <= bytes.size(); ++at) CHECK(decode_split_at(bytes, at) == result);
}

TEST_CASE("a second header is a restart, and replaces what the first one declared") {
    const std::string second =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "id='2'>";
    const StreamResult result = in_stream("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" + second + "<iq/>");
    CHECK(result.events == std::vector<std::string>{"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "open id=2",
                                                    "<iq xmlns='jabber:client'/>"});
}

TEST_CASE("a relayed element declares the stream's default namespace, once") {
    CHECK(only_element("<message><body>hi</body></message>") ==
          "<message xmlns='jabber:client'><body>hi</body></message>");
    CHECK(only_element("<message xmlns='jabber:client'><body>hi</body></message>") ==
          "<message xmlns='jabber:client'><body>hi</body></message>");
    CHECK(only_element("<iq/>") == "<iq xmlns='jabber:client'/>");
    CHECK(only_element("<a/>") == "<a xmlns='jabber:client'/>");
}

TEST_CASE("a relayed element declares the stream prefix it uses") {
    CHECK(only_element("<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>") ==
          "<stream:features xmlns:stream='http://etherx.jabber.org/streams'><bind "
          "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>");
    CHECK(only_element("<stream:features/>") == "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>");
}

TEST_CASE("a prefix declared on the stream header is declared on each element that uses it, and on no other") {
    const std::string head =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "xmlns:db='jabber:server:dialback' xmlns:x='urn:x&amp;y'>";
    CHECK(only_element("<message><db:result/></message>", head) ==
          "<message xmlns='jabber:client' xmlns:db='jabber:server:dialback'><db:result/></message>");
    CHECK(only_element("<message><a xmlns='urn:a' x:attr='1'/></message>", head) ==
          "<message xmlns='jabber:client' xmlns:x='urn:x&amp;y'><a xmlns='urn:a' x:attr='1'/></message>");
    CHECK(only_element("<message><body>db:result</body></message>", head) ==
          "<message xmlns='jabber:client'><body>db:result</body></message>");
    CHECK(only_element("<message><db:r xmlns:db='urn:other'/></message>", head) ==
          "<message xmlns='jabber:client'><db:r xmlns:db='urn:other'/></message>");
    CHECK(only_element("<message><db:r xmlns:db='urn:other'/><db:s/></message>", head) ==
          "<message xmlns='jabber:client' xmlns:db='jabber:server:dialback'><db:r "
          "xmlns:db='urn:other'/><db:s/></message>");
    CHECK(only_element("<db:result>text<db:more/></db:result>", head) ==
          "<db:result xmlns:db='jabber:server:dialback'>text<db:more/></db:result>");
}

TEST_CASE("an element with a prefix declares the default namespace where a child uses it") {
    CHECK(only_element("<stream:features><child/></stream:features>") ==
          "<stream:features xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><child/></"
          "stream:features>");
}

TEST_CASE("a prefix that nothing declares is an error") {
    const StreamResult result = in_stream("<message><foo:bar/></message>");
    CHECK(result.events.empty());
    CHECK(result.error == errc::not_well_formed);
    CHECK(result.detail == "the prefix 'foo' is not declared");
}

TEST_CASE("the language of the stream is declared on stanzas and stream errors that have none") {
    const std::string head =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xml:lang='de'>";
    CHECK(only_element("<message/>", head) == "<message xmlns='jabber:client' xml:lang='de'/>");
    CHECK(only_element("<message xmlns='jabber:client'/>", head) == "<message xml:lang='de' xmlns='jabber:client'/>");
    CHECK(only_element("<presence xml:lang='fr'/>", head) == "<presence xmlns='jabber:client' xml:lang='fr'/>");
    CHECK(only_element("<stream:error/>", head) ==
          "<stream:error xmlns:stream='http://etherx.jabber.org/streams' xml:lang='de'/>");
    CHECK(only_element("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", head) ==
          "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
}

TEST_CASE("the content of an element is not changed by a byte") {
    const std::string content =
        GENERATE(as<std::string>{}, "<m><a b='/>' c=\"</m>\" d='>'/></m>", "<m><![CDATA[<a></m>]]]]>]]></m>",
                 "<m>&lt;&#x1F600; \xF0\x9F\x98\x80\r\n\t</m>", "<m a='1'\tb=\"2\"  c = '3' />", "<m\n/>", "<m >x</m >",
                 "<m><a/><a></a><b><c/></b></m>", "<m a='x:y' b=\"it's\"/>", "<m><a/><b></b ></m>");
    const std::string relayed = only_element(content);
    const std::string declaration = " xmlns='jabber:client'";
    REQUIRE(relayed.find(declaration) == 2);
    CHECK(relayed.substr(0, 2) + relayed.substr(2 + declaration.size()) == content);
}

TEST_CASE("a character split between two reads arrives whole") {
    CHECK(only_element("<m>\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80</m>") ==
          "<m xmlns='jabber:client'>\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80</m>");
}

TEST_CASE("white space, comments and processing instructions between elements are dropped") {
    const StreamResult result = in_stream(" \n<a/>\t<!-- <b/> -- --->  <?pi <b/> ?\?><a/>\r\n </stream:stream> ");
    CHECK(result.events ==
          std::vector<std::string>{"<a xmlns='jabber:client'/>", "<a xmlns='jabber:client'/>", "close"});
    CHECK(!result.error);
}

TEST_CASE("a comment between elements may be longer than an element, as nothing of it is kept") {
    Limits limits;
    limits.max_element = header.size();
    const StreamResult result =
        in_stream("<a/><!-- " + std::string(200, 'x') + " --><?pi " + std::string(200, 'x') + "?><a/>", limits);
    CHECK(result.events.size() == 2);
    CHECK(!result.error);
}

TEST_CASE("restricted XML inside an element ends the stream, and nothing of the element is relayed") {
    const std::string content = GENERATE(as<std::string>{}, "<m><!-- c --></m>", "<m><?pi?></m>", "<m><!DOCTYPE m></m>",
                                         "<!DOCTYPE m><m/>", "<m><a><!--c--></a></m>", "<m><![CDAT[x]]></m>");
    const StreamResult result = in_stream(content);
    INFO(content);
    CHECK(result.events.empty());
    CHECK(result.error == errc::restricted_xml);
}

TEST_CASE("text between elements is an error") {
    const std::string content = GENERATE(as<std::string>{}, "hello", "&lt;", "<![CDATA[x]]>");
    const StreamResult result = in_stream("<a/>" + content);
    CHECK(result.events.size() == 1);
    CHECK(result.error == errc::not_well_formed);
}

TEST_CASE("the end tag of the stream is a close event, and nothing after it counts") {
    const StreamResult result = in_stream("<a/></stream:stream><b/>garbage<!DOCTYPE");
    CHECK(result.events == std::vector<std::string>{"<a xmlns='jabber:client'/>", "close"});
    CHECK(!result.error);
}

TEST_CASE("an element as large as the limit passes, one byte more does not") {
    const std::string element = "<m>0123456789</m>";
    Limits limits;
    limits.max_element = header.size();   // the header is a part like any other
    const std::string padded = "<m>" + std::string(header.size() - 7, 'x') + "</m>";
    REQUIRE(padded.size() == limits.max_element);
    CHECK(in_stream(padded, limits).events.size() == 1);
    const StreamResult over = in_stream("<m>x" + padded.substr(3), limits);
    CHECK(over.events.empty());
    CHECK(over.error == errc::element_too_large);
}

TEST_CASE("an element over the limit is an error before it is complete") {
    StreamDecoder decoder{Limits{1000, 10, 10}};
    StreamResult result;
    decoder.feed(header);
    take_events(decoder, result);
    const std::string piece = "<m>" + std::string(600, 'x');
    decoder.feed(piece);
    take_events(decoder, result);
    CHECK(!result.error);
    decoder.feed(std::string_view{piece}.substr(3));
    take_events(decoder, result);
    CHECK(result.error == errc::element_too_large);
}

TEST_CASE("depth and attributes are limited") {
    Limits limits;
    limits.max_depth = 3;
    limits.max_attributes = 6;
    CHECK(!in_stream("<a><b><c/></b></a>", limits).error);
    CHECK(!in_stream("<a><b><c></c></b></a>", limits).error);
    CHECK(in_stream("<a><b><c><d></d></c></b></a>", limits).error == errc::too_deep);
    CHECK(!in_stream("<a a='' b='' c='' d='' e='' f=''/>", limits).error);
    CHECK(in_stream("<a a='' b='' c='' d='' e='' f='' g=''/>", limits).error == errc::too_many_attributes);
}

TEST_CASE("an empty element is as deep as one that is not") {
    Limits limits;
    limits.max_depth = 3;
    CHECK(in_stream("<a><b><c><d/></c></b></a>", limits).error == errc::too_deep);
}

TEST_CASE("a stream header that is the tag of an empty element is an error") {
    const StreamResult result = decode("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>");
    CHECK(result.events.empty());
    CHECK(result.error == errc::bad_format);
}

TEST_CASE("what is told of a server's bytes is text, whatever they are") {
    CHECK(decode("<\xFF\xC3\xA4\x01>").detail == "an element '?\xC3\xA4?' before the stream header");
}

TEST_CASE("asking again after there was no event changes nothing") {
    StreamDecoder decoder;
    StreamResult result;
    for (const char c : header + "<m>hi</m>") {
        decoder.feed({&c, 1});
        take_events(decoder, result);
        take_events(decoder, result);
    }
    REQUIRE(result.events.size() == 2);
    CHECK(result.events[1] == "<m xmlns='jabber:client'>hi</m>");
}

TEST_CASE("the attributes of every tag are limited, not only the first one's") {
    Limits limits;
    limits.max_attributes = 6;
    CHECK(in_stream("<a><b a='' b='' c='' d='' e='' f='' g=''/></a>", limits).error == errc::too_many_attributes);
}

TEST_CASE("a long stream header is not copied onto every element") {
    const std::string head =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xml:lang='" +
        std::string(100'000, 'x') + "'>";
    const StreamResult result = decode(head + "<message/>");
    CHECK(result.events.size() == 1);
    CHECK(result.error == errc::element_too_large);
}

TEST_CASE("invalid UTF-8 is an error, in elements and in headers") {
    CHECK(in_stream("<m>\xC3</m>").error == errc::invalid_utf8);
    CHECK(in_stream("<m a='\xFF'/>").error == errc::invalid_utf8);
    CHECK(decode("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='\xFF'>").error ==
          errc::invalid_utf8);
}

TEST_CASE("60 000 nested elements are refused") {
    std::string nested;
    for (int i = 0; i < 60'000; ++i) nested += "<a>";
    const StreamResult result = decode(header + nested);
    CHECK(result.error == errc::too_deep);
}

TEST_CASE("an element tells its name and namespace") {
    StreamDecoder decoder;
    const auto check = [&](std::string_view bytes, std::string_view name, std::string_view ns) {
        decoder.feed(bytes);
        const Event* event = decoder.next();
        REQUIRE(event != nullptr);
        REQUIRE(event->type == Event::Type::element);
        CHECK(event->element.name == name);
        CHECK(event->element.ns == ns);
        CHECK(event->element.is(name, ns));
        REQUIRE(decoder.next() == nullptr);
    };
    decoder.feed(header);
    REQUIRE(decoder.next() != nullptr);
    REQUIRE(decoder.next() == nullptr);
    check("<message/>", "message", "jabber:client");
    check("<stream:features/>", "features", "http://etherx.jabber.org/streams");
    check("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "success", "urn:ietf:params:xml:ns:xmpp-sasl");
    check("<s:success xmlns:s='urn:ietf:params:xml:ns:xmpp-sasl'/>", "success", "urn:ietf:params:xml:ns:xmpp-sasl");
    check("<success xmlns='urn&#x3a;x'/>", "success", "urn:x");
}

TEST_CASE("the header to a server keeps every attribute, and declares the prefixes they use") {
    StreamHeader open;
    open.name = "open";
    open.attributes = {{"to", "example.org"}, {"xml:lang", "en"}, {"x:y", "it's"}, {"version", "1.0"}};
    open.namespaces = {{"", "urn:ietf:params:xml:ns:xmpp-framing"}, {"x", "urn:x"}, {"unused", "urn:z"}};
    CHECK(encode_stream_open(open) ==
          "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
          "xmlns:x='urn:x' to='example.org' xml:lang='en' x:y=\"it's\" version='1.0'>");
}
