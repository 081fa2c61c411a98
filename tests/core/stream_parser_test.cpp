// What many streams have in common, and what each keeps.
#include "core/stream_parser.hpp"

#include <catch2/catch.hpp>

#include "wsxmpp/stream_codec.hpp"

using namespace wsxmpp;
using core::StreamContext;

namespace {

StreamHeader header(const std::string& id, const std::string& language, const std::string& prefix) {
    return {"stream:stream", {{"id", id}, {"xml:lang", language}}, {{"", "jabber:client"}, {prefix, "urn:x"}}};
}

}   // namespace

TEST_CASE("an idle stream takes little memory") {
    CHECK(sizeof(core::ElementScanner) <= 16);
    CHECK(sizeof(core::StreamParser) - sizeof(core::Fault) <= 48);
}

TEST_CASE("streams whose headers declare the same share it") {
    const auto first = StreamContext::of(header("1", "en", "x"));
    CHECK(StreamContext::of(header("2", "en", "x")) == first);
    CHECK(StreamContext::of(header("1", "de", "x")) != first);
    CHECK(StreamContext::of(header("1", "en", "y")) != first);
    CHECK(StreamContext::of(header("1", "en", "x")) != nullptr);
}

TEST_CASE("what one header declares goes when the last stream that it opened has gone") {
    std::weak_ptr<const StreamContext> context;
    {
        const auto last = StreamContext::of(header("1", "fr", "x"));
        context = last;
    }
    CHECK(context.expired());
}

TEST_CASE("an event is not changed by what another stream of the same thread reads") {
    const std::string open =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='urn:x'>";
    const std::string other =
        "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' xmlns:y='urn:y'>";
    StreamDecoder a;
    a.feed(open);
    while (a.next() != nullptr) continue;
    const std::string element = "<x:one xmlns:e='urn&#58;e'><stream:two/></x:one><e:m xmlns:e='urn&#58;e'/>";
    a.feed(element);
    const Event* event = a.next();
    REQUIRE(event != nullptr);
    const std::string before = event->element.str();
    StreamDecoder b;
    const std::string others = other + "<y:m/><s:m xmlns:s='a&#58;b'/>";
    b.feed(others);
    while (b.next() != nullptr) continue;
    CHECK(!b.error());
    CHECK(event->element.str() == before);
    CHECK(before ==
          "<x:one xmlns:x='urn:x' xmlns:stream='http://etherx.jabber.org/streams' "
          "xmlns:e='urn&#58;e'><stream:two/></x:one>");
    REQUIRE((event = a.next()) != nullptr);
    CHECK(event->element.ns == "urn:e");
}
