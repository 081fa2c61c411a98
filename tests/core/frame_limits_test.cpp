// Limits on the messages of a client, the same in both framings.
#include <catch2/catch.hpp>

#include "core/frame_events.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

TEST_CASE("a message as large as the limit passes, one byte more does not") {
    const std::string_view open = GENERATE(framing_open, legacy_open);
    Limits limits;
    limits.max_element = open.size() + 1;
    const std::string message = "<a>" + std::string(limits.max_element - 7, 'x') + "</a>";
    CHECK(after(open, message, limits) == "{jabber:client}a " + message);
    CHECK(after(open, message + " ", limits) == message_of(errc::element_too_large));
}

TEST_CASE("a header over the limit is an error") {
    const std::string_view open = GENERATE(framing_open, legacy_open);
    Limits limits;
    limits.max_element = open.size() - 1;
    FrameDecoder decoder{Framing::automatic, limits};
    CHECK(decode_message(decoder, open) == message_of(errc::element_too_large));
}

TEST_CASE("a message over the limit says how large it is, and what the limit is") {
    FrameDecoder decoder{Framing::automatic, Limits{10, 10, 10}};
    decode_message(decoder, "<message></message>");
    CHECK(decoder.detail() == "a message of 19 bytes, the limit is 10");
}

TEST_CASE("the default limit is 262144 bytes") {
    const std::string_view open = GENERATE(framing_open, legacy_open);
    const std::string message = "<a>" + std::string(262'144 - 7, 'x') + "</a>";
    CHECK(after(open, message).size() == message.size() + 17);
    CHECK(after(open, message + " ") == message_of(errc::element_too_large));
}

TEST_CASE("depth and attributes of a message are limited") {
    const std::string_view open = GENERATE(framing_open, legacy_open);
    const Limits limits{1000, 3, 6};
    CHECK(after(open, "<a><b><c/></b></a>", limits) == "{jabber:client}a <a><b><c/></b></a>");
    CHECK(after(open, "<a><b><c><d/></c></b></a>", limits) == message_of(errc::too_deep));
    CHECK(after(open, "<a a='' b='' c='' d='' e='' f='' g=''/>", limits) == message_of(errc::too_many_attributes));
}

TEST_CASE("60 000 nested elements in a message are refused") {
    const std::string_view open = GENERATE(framing_open, legacy_open);
    std::string nested;
    for (int i = 0; i < 60'000; ++i) nested += "<a>";
    CHECK(after(open, nested) == message_of(errc::too_deep));
}
