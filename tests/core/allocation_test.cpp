// In the steady state nothing is allocated for an element that arrives whole.
#include <catch2/catch.hpp>

#include "core/stream_events.hpp"
#include "counting_new.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/stream_codec.hpp"

namespace {

std::size_t allocations = 0;

}   // namespace

void on_allocation() noexcept { ++allocations; }

using namespace wsxmpp;

namespace {

const std::string header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "xmlns:a-long-prefix='urn:a:long&amp;namespace' xml:lang='en' id='1'>";

// Elements of a server, each using more of what its header declares.
const char* const elements[] = {
    "<message to='a@b/c' from='d@e/f' type='chat' id='1234567890'><body>Hello, &lt;world&gt;</body></message>",
    "<presence xmlns='jabber:client' xml:lang='de'/>",
    "<stream:features><a-long-prefix:x a-long-prefix:y=''/><b/></stream:features>",
    "<message><x:y xmlns:x='urn:x' x:z='1'><x:w/></x:y><stream:other/></message>",
    "<r xmlns='urn:xmpp:sm:3'/>",
};

}   // namespace

TEST_CASE("a stream decoder allocates nothing for elements that arrive whole") {
    const std::string element = GENERATE(from_range(std::begin(elements), std::end(elements)));
    StreamDecoder decoder;
    decoder.feed(header);
    while (decoder.next() != nullptr) continue;
    std::size_t events = 0;
    const auto decode_once = [&] {
        decoder.feed(element);
        while (decoder.next() != nullptr) ++events;
    };
    decode_once();
    const std::size_t before = allocations;
    for (int i = 0; i < 1000; ++i) decode_once();
    const std::size_t after = allocations;
    INFO(element << decoder.detail());
    CHECK(events == 1001);
    CHECK(after - before == 0);
}

TEST_CASE("a stream decoder allocates nothing for many elements in one read") {
    std::string bytes;
    for (int i = 0; i < 100; ++i)
        for (const char* element : elements) bytes += element;
    StreamDecoder decoder;
    const std::string warm_up = header + elements[2] + elements[3];
    decoder.feed(warm_up);
    while (decoder.next() != nullptr) continue;
    decoder.feed(bytes);
    const std::size_t before = allocations;
    std::size_t events = 0;
    while (decoder.next() != nullptr) ++events;
    const std::size_t after = allocations;
    CHECK(events == 500);
    CHECK(after - before == 0);
}

TEST_CASE("a frame decoder allocates nothing for elements") {
    const bool legacy = GENERATE(false, true);
    const std::string element = GENERATE(as<std::string>{}, elements[0], elements[1], elements[4],
                                         "<message xmlns='jabber:client'><x:y xmlns:x='urn:a-namespace-that-is-long' "
                                         "x:z='1' z=''><x:w/></x:y></message>",
                                         "<?xml version='1.0'?><iq a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' "
                                         "k='' l='' m='' n='' o='' p='' q=''/>\n");
    FrameDecoder decoder;
    REQUIRE(decoder.decode(legacy ? header : "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>") != nullptr);
    REQUIRE(decoder.decode(element) != nullptr);
    const std::size_t before = allocations;
    std::size_t events = 0;
    for (int i = 0; i < 1000; ++i) events += decoder.decode(element) != nullptr;
    const std::size_t after = allocations;
    INFO(element);
    CHECK(events == 1000);
    CHECK(after - before == 0);
}

TEST_CASE("an idle stream decoder holds no buffer") {
    StreamDecoder decoder;
    test::StreamResult result;
    decoder.feed(header);
    test::take_events(decoder, result);
    const std::string large = "<m>" + std::string(200'000, 'x') + "</m>";
    decoder.feed(std::string_view{large}.substr(0, 100'000));
    test::take_events(decoder, result);
    decoder.feed(std::string_view{large}.substr(100'000));
    test::take_events(decoder, result);
    REQUIRE(result.events.size() == 2);
    // The next piece of an element is the first thing that needs memory again.
    const std::size_t before = allocations;
    decoder.feed("<m>a piece longer than a short string");
    while (decoder.next() != nullptr) continue;
    const std::size_t after = allocations;
    CHECK(after - before == 2);   // of the string, and of its bytes
}
