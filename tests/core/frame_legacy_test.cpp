// The framing before RFC 7395: the tags of the stream are messages too.
#include <catch2/catch.hpp>

#include "core/frame_events.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

std::string legacy(std::string_view message) { return after(legacy_open, message); }

}   // namespace

TEST_CASE("a stream header as the first message opens a stream in the legacy framing") {
    const std::string message =
        GENERATE(as<std::string>{},
                 "<stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                 "version='1.0'>",
                 "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' to=\"localhost\" "
                 "version='1.0'>\n",
                 "<s:stream to='localhost' version='1.0' xmlns:s='http&#58;//etherx.jabber.org/streams' >",
                 "<stream xmlns='http://etherx.jabber.org/streams' to='localhost' version='1.0'>");
    FrameDecoder decoder;
    INFO(message);
    CHECK(decode_message(decoder, message) == "open to=localhost version=1.0");
    CHECK(decoder.framing() == Framing::legacy);
}

TEST_CASE("a stream header is passed on as it came, without XML declaration") {
    FrameDecoder decoder;
    const std::string message = "<?xml version='1.0'?>\n" + std::string{legacy_open} + " \n";
    const Event* event = decoder.decode(message);
    REQUIRE(event != nullptr);
    CHECK(event->raw == legacy_open);
}

TEST_CASE("a stream header in the wrong namespace is an error that says so") {
    CHECK(first("<stream:stream xmlns='jabber:client' xmlns:stream='urn:x'></stream:stream>") ==
          message_of(errc::invalid_namespace));
    CHECK(first("<stream:stream xmlns='jabber:client' xmlns:stream='urn:x'>") == message_of(errc::invalid_namespace));
    CHECK(first("<stream to='localhost'>") == message_of(errc::invalid_namespace));
    CHECK(first("<stream:stream to='localhost'>") == message_of(errc::not_well_formed));   // no such prefix
}

TEST_CASE("a stream header that is no open tag, or not alone, is an error") {
    const std::string head(legacy_open.substr(0, legacy_open.size() - 1));
    CHECK(first(head + "/>") == message_of(errc::bad_format));
    CHECK(first(head) == message_of(errc::not_well_formed));
    CHECK(first(head + "></stream:stream>") == message_of(errc::not_well_formed));
    CHECK(first(head + "><iq/>") == message_of(errc::not_well_formed));
    CHECK(first(head + ">x") == message_of(errc::not_well_formed));
    CHECK(first(" " + head + ">") == message_of(errc::not_well_formed));
    CHECK(first("\xEF\xBB\xBF" + head + ">") == message_of(errc::not_well_formed));
    CHECK(first("<!DOCTYPE x>" + head + ">") == message_of(errc::restricted_xml));
    CHECK(first(head + " x:y=''>") == message_of(errc::not_well_formed));
    CHECK(first(head + " to=''>") == message_of(errc::not_well_formed));
}

TEST_CASE("every prefix of a stream header is an error") {
    for (std::size_t size = 0; size < legacy_open.size(); ++size) {
        INFO(legacy_open.substr(0, size));
        CHECK(first(legacy_open.substr(0, size)).substr(0, 4) != "open");
    }
}

TEST_CASE("a stanza in a legacy stream uses the namespaces of its header") {
    CHECK(legacy("<iq/>") == "{jabber:client}iq <iq/>");
    CHECK(legacy("<stream:error/>") == "{http://etherx.jabber.org/streams}error <stream:error/>");
    CHECK(legacy("<iq><stream:x stream:y=''/></iq>") == "{jabber:client}iq <iq><stream:x stream:y=''/></iq>");
    CHECK(legacy("<other:x/>") == message_of(errc::not_well_formed));
    CHECK(after("<s:stream xmlns='urn:default' xmlns:x='urn:x' xmlns:s='http://etherx.jabber.org/streams'>",
                "<iq x:y=''/>") == "{urn:default}iq <iq x:y=''/>");
    CHECK(after("<s:stream xmlns:s='http://etherx.jabber.org/streams'>", "<iq/>") == "{}iq <iq/>");
}

TEST_CASE("the same attribute twice by way of the header's prefixes is an error") {
    CHECK(after("<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:x='urn:x' xmlns:y='urn:x'>",
                "<iq x:a='' y:a=''/>") == message_of(errc::not_well_formed));
}

TEST_CASE("a stanza before the stream header is an error") {
    CHECK(first("<iq/>", Framing::legacy) == message_of(errc::not_authorized));
    CHECK(first("</stream:stream>", Framing::legacy) == message_of(errc::not_well_formed));
    CHECK(first("<stream:x/>", Framing::legacy) == message_of(errc::not_well_formed));
}

TEST_CASE("the end tag of the stream is a close event") {
    CHECK(legacy("</stream:stream>") == "close </stream:stream>");
    CHECK(legacy("</stream:stream \n> \n") == "close </stream:stream \n>");
    CHECK(after("<stream xmlns='http://etherx.jabber.org/streams'>", "</stream>") == "close </stream>");
}

TEST_CASE("another end tag, or one that is not alone, is an error") {
    const std::string message = GENERATE(
        as<std::string>{}, "</s:stream>", "</stream>", "</ stream:stream>", "</stream:stream", "</stream:stream>x",
        "</stream:stream><iq/>", "</stream:stream></stream:stream>", "<iq/></stream:stream>",
        "<iq></iq></stream:stream>", "</>", "</", "</stream:stream a='b'>", "</stream:stream/>");
    INFO(message);
    CHECK(legacy(message) == message_of(errc::not_well_formed));
}

TEST_CASE("a white space message is a keepalive") {
    CHECK(legacy(" ") == "space");
    CHECK(legacy("\r\n\t ") == "space");
    CHECK(legacy("") == message_of(errc::not_well_formed));
    CHECK(after(framing_open, " ") == message_of(errc::not_well_formed));   // RFC 7395 has pings
}

TEST_CASE("a legacy message is one complete element like any other") {
    const std::string message =
        GENERATE(as<std::string>{}, "<iq/><iq/>", "<iq>", " <iq/>", "hello", "<iq/>x", "<iq></message>", "<iq a='<'/>");
    CHECK(legacy(message) == message_of(errc::not_well_formed));
    CHECK(legacy("<iq><!-- --></iq>") == message_of(errc::restricted_xml));
}

TEST_CASE("another stream header restarts, and its namespaces are in force from then on") {
    FrameDecoder decoder;
    CHECK(decode_message(decoder, legacy_open) == "open to=example.org version=1.0");
    CHECK(decode_message(decoder, "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='urn:d' to='b'>") ==
          "open to=b");
    CHECK(decode_message(decoder, "<stream:error/>") == message_of(errc::not_well_formed));
    CHECK(decode_message(decoder, "<iq/>") == "{urn:d}iq <iq/>");
    CHECK(decode_message(decoder, "</stream:stream>") == message_of(errc::not_well_formed));
    CHECK(decode_message(decoder, "</s:stream>") == "close </s:stream>");
}

TEST_CASE("a complete element that is a stream header is an error in a legacy stream") {
    const std::string message = GENERATE(
        as<std::string>{}, "<stream:stream/>", "<stream:stream></stream:stream>",
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>",
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'></stream:stream>", "<stream:features/>");
    INFO(message);
    CHECK(legacy(message).find("{") == std::string::npos);
}

TEST_CASE("an element called stream in another namespace is an element in a legacy stream") {
    CHECK(legacy("<stream xmlns='urn:x'/>") == "{urn:x}stream <stream xmlns='urn:x'/>");
    CHECK(legacy("<stream><a/></stream>") == "{jabber:client}stream <stream><a/></stream>");
}

TEST_CASE("<open/> of RFC 7395 in a legacy stream is an error") {
    CHECK(legacy(framing_open) == message_of(errc::bad_format));
    CHECK(legacy("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>") == message_of(errc::bad_format));
}

TEST_CASE("a framing that is given is not found out") {
    CHECK(first(legacy_open, Framing::rfc7395) == message_of(errc::bad_format));
    CHECK(first(framing_open, Framing::legacy) == message_of(errc::bad_format));
    FrameDecoder decoder{Framing::rfc7395};
    CHECK(decode_message(decoder, "<stream xmlns='http://etherx.jabber.org/streams'/>") ==
          message_of(errc::bad_format));
    CHECK(decoder.framing() == Framing::rfc7395);
}

TEST_CASE("framings have names") {
    CHECK(to_string(Framing::automatic) == "auto");
    CHECK(to_string(Framing::rfc7395) == "rfc7395");
    CHECK(to_string(Framing::legacy) == "legacy");
    CHECK(to_string(Framing::raw) == "raw");
}
