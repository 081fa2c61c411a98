// The rules of RFC 6455 §5 to §8 for what a client sends, byte by byte, without a socket.
#include "support.hpp"
#include "transports/websocket_frames.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::transports::FrameHeader;
using wsxmpp::transports::FrameReader;

namespace {

// What came of some bytes, one line for each event.
struct Outcome {
    std::vector<std::string> events;
    std::error_code error;
    std::string text;
};

// Feeds `reader` one read and notes what it says.
void feed(FrameReader& reader, std::string bytes, Outcome& outcome) {
    reader.feed(bytes.data(), bytes.size());
    for (;;) {
        const std::string payload;
        switch (reader.next()) {
            case FrameReader::Event::need_more: return reader.end_read();
            case FrameReader::Event::message:
                outcome.events.push_back("message " + std::string{reader.payload()});
                break;
            case FrameReader::Event::binary: outcome.events.push_back("binary " + std::string{reader.payload()}); break;
            case FrameReader::Event::inflated:
                outcome.events.push_back((reader.is_text() ? "inflated text " : "inflated binary ") +
                                         std::string{reader.payload()});
                break;
            case FrameReader::Event::ping: outcome.events.push_back("ping " + std::string{reader.payload()}); break;
            case FrameReader::Event::pong: outcome.events.push_back("pong " + std::string{reader.payload()}); break;
            case FrameReader::Event::close:
                outcome.events.push_back("close " + std::to_string(reader.close_code()) + ' ' +
                                         std::string{reader.payload()});
                break;
            case FrameReader::Event::violation:
                outcome.error = reader.violation().code;
                outcome.text = reader.violation().text;
                return reader.end_read();
        }
    }
}

Outcome read(const std::vector<std::string>& reads, wsxmpp::transports::FrameLimits limits = {1'000, 5, false}) {
    FrameReader reader;
    reader.set_limits(limits);
    Outcome outcome;
    for (const std::string& bytes : reads)
        if (!outcome.error) feed(reader, bytes, outcome);
    return outcome;
}

// The same outcome wherever the bytes are split into two reads, and when each comes alone.
Outcome read_split(const std::string& bytes, wsxmpp::transports::FrameLimits limits = {1'000, 5, false}) {
    const Outcome whole = read({bytes}, limits);
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        const Outcome parts = read({bytes.substr(0, split), bytes.substr(split)}, limits);
        INFO("split at " << split);
        REQUIRE(parts.events == whole.events);
        REQUIRE(parts.error == whole.error);
        REQUIRE(parts.text == whole.text);
    }
    std::vector<std::string> single;
    for (const char c : bytes) single.emplace_back(1, c);
    const Outcome parts = read(single, limits);
    REQUIRE(parts.events == whole.events);
    REQUIRE(parts.text == whole.text);
    return whole;
}

using Events = std::vector<std::string>;

}   // namespace

TEST_CASE("a masked text frame is one message") {
    CHECK(read_split("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s).events == Events{"message Hello"});   // §5.7
}

TEST_CASE("an empty message is a message") { CHECK(read_split(text("")).events == Events{"message "}); }

TEST_CASE("messages of every size around the length forms arrive whole") {
    const std::size_t size = GENERATE(1u, 7u, 8u, 9u, 125u, 126u, 127u, 65'535u, 65'536u, 200'000u);
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload.push_back(static_cast<char>('a' + i % 26));
    CHECK(read({text(payload)}, {300'000, 5, false}).events == Events{"message " + payload});
    const std::string bytes = text(payload);
    CHECK(read({bytes.substr(0, size / 2), bytes.substr(size / 2)}, {300'000, 5, false}).events ==
          Events{"message " + payload});
}

TEST_CASE("messages of every size are unmasked to their last byte, whatever they move over") {
    for (std::size_t size = 0; size <= 70; ++size) {
        std::string payload;
        for (std::size_t i = 0; i < size; ++i) payload.push_back(static_cast<char>(' ' + (i * 7 + size) % 95));
        for (const std::size_t before : {0u, 1u, 5u, 16u, 40u}) {   // the second is moved by the first one's header
            INFO(size << " after " << before);
            const std::string first(before, 'x');
            REQUIRE(read({text(first) + text(payload) + frame(0x89, payload) + text(payload)}).events ==
                    Events{"message " + first, "message " + payload, "ping " + payload, "message " + payload});
        }
    }
}

TEST_CASE("a byte that is not UTF-8 is seen wherever it stands, and a character that is passes") {
    for (std::size_t before = 0; before <= 40; ++before) {
        for (const std::size_t after : {0u, 1u, 3u, 7u, 8u, 15u, 16u, 40u}) {
            const std::string head(before, 'x');
            const std::string tail(after, 'y');
            INFO(before << " before, " << after << " after");
            REQUIRE(read({text(head + "\x80" + tail)}).error == errc::invalid_utf8);
            REQUIRE(read({text(head + "\xC3" + tail)}).error == errc::invalid_utf8);
            REQUIRE(read({text(head + "\xC3\xA4" + tail)}).events == Events{"message " + head + "\xC3\xA4" + tail});
        }
    }
}

// From 512 bytes on another way is taken, in steps of 128.
TEST_CASE("a long message is unmasked to its last byte, and a byte that is not UTF-8 is seen wherever it stands") {
    const wsxmpp::transports::FrameLimits limits{2000, 5, false};
    const auto read_whole = [&](const std::string& bytes) { return read({bytes}, limits); };
    for (std::size_t size = 500; size <= 780; ++size) {
        std::string payload;
        for (std::size_t i = 0; i < size; ++i) payload.push_back(static_cast<char>(' ' + (i * 7 + size) % 95));
        INFO(size);
        REQUIRE(read_whole(text("first") + text(payload)).events == Events{"message first", "message " + payload});
        for (const std::size_t at : {size * 7 / 8, size / 2, size - 1}) {
            std::string invalid = payload;
            invalid[at] = '\xFF';
            REQUIRE(read_whole(text(invalid)).error == errc::invalid_utf8);
        }
    }
    for (std::size_t at = 0; at < 700; ++at) {
        std::string payload(700, 'x');
        payload[at] = '\x80';
        INFO(at);
        REQUIRE(read_whole(text(payload)).error == errc::invalid_utf8);
    }
}

TEST_CASE("the limits hold for a message that comes whole") {
    CHECK(read({text("12345")}, {5, 1, false}).events == Events{"message 12345"});
    CHECK(read({text("123456")}, {5, 1, false}).error == errc::element_too_large);
    CHECK(read({text(std::string(200, 'x'))}, {199, 1, false}).error == errc::element_too_large);
    CHECK(read({text("1")}, {5, 0, false}).error == errc::too_many_fragments);
}

TEST_CASE("fragments make one message, and pings between them are events of their own") {
    const std::string bytes = frame(0x01, "<a") + frame(0x89, "are you there") + frame(0x00, "") + frame(0x8A, "") +
                              frame(0x00, "/") + frame(0x80, ">") + text("<b/>");
    CHECK(read_split(bytes).events == Events{"ping are you there", "pong ", "message <a/>", "message <b/>"});
}

TEST_CASE("an empty first fragment and an empty last one are taken") {
    CHECK(read_split(frame(0x01, "") + frame(0x00, "x") + frame(0x80, "")).events == Events{"message x"});
    CHECK(read_split(frame(0x01, "") + frame(0x80, "")).events == Events{"message "});
}

TEST_CASE("a UTF-8 character may be split between fragments and reads") {
    const std::string euro = "\xE2\x82\xAC";
    CHECK(read_split(frame(0x01, "a\xE2") + frame(0x00, "\x82") + frame(0x80, "\xAC") + text("\xF0\x9F\x98\x80"))
              .events == Events{"message a" + euro, "message \xF0\x9F\x98\x80"});
}

TEST_CASE("invalid UTF-8 is refused at its first bad byte") {
    const auto [payload, first_bad] = GENERATE(table<std::string, std::size_t>({
        {"ab\xFF rest", 2},            // no byte of UTF-8
        {"a\xC3(", 2},                 // a character is cut short
        {"\xC0\x80", 0},               // overlong
        {"\xE0\x80\x80", 1},           // overlong
        {"\xED\xA0\x80", 1},           // a surrogate
        {"\xF4\x90\x80\x80", 1},       // beyond U+10FFFF
        {"abcdefghijklmno\x80", 15},   // in the second word of eight
    }));
    const Outcome outcome = read_split(text(payload));
    CHECK(outcome.error == errc::invalid_utf8);
    CHECK(outcome.events.empty());
    // As soon as that byte is there, and not before.
    CHECK(read({text(payload).substr(0, 6 + first_bad)}).error == std::error_code{});
    CHECK(read({text(payload).substr(0, 6 + first_bad + 1)}).error == errc::invalid_utf8);
}

TEST_CASE("a message that ends inside a character is refused, fragmented or not") {   // websocketpp takes the second
    CHECK(read_split(text("a\xE2\x82")).error == errc::invalid_utf8);
    CHECK(read_split(frame(0x01, "a\xE2") + frame(0x80, "\x82")).error == errc::invalid_utf8);
    CHECK(read_split(frame(0x01, "a\xE2") + frame(0x80, "")).error == errc::invalid_utf8);
}

TEST_CASE("a binary message is refused unless it is wanted") {
    CHECK(read_split(frame(0x82, "x")).error == errc::binary_message);
    CHECK(read({frame(0x82, "").substr(0, 2)}).error == errc::binary_message);
    CHECK(read_split(frame(0x82, "\xFF"), {1'000, 5, true}).events == Events{"binary \xFF"});
}

TEST_CASE("frames that RFC 6455 forbids are refused, and the text names the rule") {
    const auto [bytes, rule] = GENERATE(table<std::string, std::string>({
        {frame(0xC1, "x"), "§5.2"},                      // RSV1
        {frame(0xA1, "x"), "§5.2"},                      // RSV2
        {frame(0x91, "x"), "§5.2"},                      // RSV3
        {frame(0xC9, ""), "§5.2"},                       // RSV1 on a ping
        {frame(0x01, "x") + frame(0xC0, "y"), "§5.2"},   // RSV1 on a continuation: websocketpp takes it
        {frame(0x83, "x"), "unknown opcode 0x3"},
        {frame(0x87, "x"), "unknown opcode 0x7"},
        {frame(0x8B, "x"), "unknown opcode 0xb"},
        {frame(0x8F, "x"), "unknown opcode 0xf"},
        {"\x81\x01x"s, "§5.1"},   // not masked
        {"\x89\x00"s, "§5.1"},
        {frame(0x09, ""), "§5.5"},                      // a fragmented ping
        {frame(0x08, ""), "§5.5"},                      // a fragmented close
        {frame(0x89, std::string(126, 'x')), "§5.5"},   // a long ping
        {frame(0x80, "x"), "§5.4"},                     // continues nothing
        {frame(0x00, "x"), "§5.4"},
        {text("a") + frame(0x80, "x"), "§5.4"},
        {frame(0x01, "x") + frame(0x81, "y"), "§5.4"},   // begins inside
        {frame(0x01, "x") + frame(0x01, "y"), "§5.4"},
        {"\x81\xFE\x00\x7D\x01\x02\x03\x04"s, "shortest"},
        {"\x81\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF\x01\x02\x03\x04"s, "shortest"},
        {"\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"s, "2^63"},
        {frame(0x88, "\x03"), "half a code"},   // §5.5.1
    }));
    INFO(rule);
    const Outcome outcome = read_split(bytes);
    CHECK(outcome.error == errc::websocket_violation);
    CHECK(outcome.text.find(rule) != std::string::npos);
}

TEST_CASE("what came before a violation is still handed out") {
    const Outcome outcome = read_split(text("<a/>") + frame(0x83, ""));
    CHECK(outcome.events == Events{"message <a/>"});
    CHECK(outcome.error == errc::websocket_violation);
}

TEST_CASE("a close frame carries a code and a reason, or neither") {
    CHECK(read_split(frame(0x88, "")).events == Events{"close 1005 "});
    CHECK(read_split(frame(0x88, closing(1000))).events == Events{"close 1000 "});
    CHECK(read_split(frame(0x88, closing(4999, "grün"))).events == Events{"close 4999 grün"});
    CHECK(read_split(frame(0x88, closing(1001, std::string(123, 'x')))).error == std::error_code{});
}

TEST_CASE("close codes: those of the RFC and its registry are taken, all others refused") {
    for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u, 1014u,
                                3000u, 3999u, 4000u, 4999u})
        CHECK(read({frame(0x88, closing(code))}).error == std::error_code{});
    for (const unsigned code : {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 65'535u}) {
        INFO(code);
        CHECK(read({frame(0x88, closing(code))}).error == errc::websocket_violation);
    }
}

TEST_CASE("a close reason that is not UTF-8 is refused") {
    CHECK(read_split(frame(0x88, closing(1000, "\xFF"))).error == errc::invalid_utf8);
    CHECK(read_split(frame(0x88, closing(1000, "\xE2\x82"))).error == errc::invalid_utf8);
}

TEST_CASE("a message over the limit is refused by its header") {
    const std::string header = text(std::string(300'000, 'x')).substr(0, 10);
    const Outcome outcome = read_split(header, {262'144, 5, false});
    CHECK(outcome.error == errc::element_too_large);
    CHECK(outcome.text == "message of 300000 bytes, the limit is 262144");
}

TEST_CASE("fragments over the limit are refused by the header of the one that exceeds it") {
    const std::string bytes = frame(0x01, std::string(600, 'x')) + frame(0x80, std::string(401, 'x')).substr(0, 4);
    const Outcome outcome = read_split(bytes);
    CHECK(outcome.error == errc::element_too_large);
    CHECK(outcome.text == "message of more than 1000 bytes, which is the limit");
    CHECK(read({frame(0x01, std::string(600, 'x')) + frame(0x80, std::string(400, 'x'))}).events.size() == 1);
}

TEST_CASE("a message of too many frames is refused") {
    std::string bytes = frame(0x01, "");
    for (int i = 0; i < 4; ++i) bytes += frame(0x00, "");
    CHECK(read_split(bytes).error == std::error_code{});
    CHECK(read_split(bytes + frame(0x80, "")).error == errc::too_many_fragments);
    CHECK(read_split(bytes + frame(0x89, "")).error == std::error_code{});   // a ping is no fragment
}

TEST_CASE("the payloads of one read lie one right after the other") {
    std::string bytes = text("<a/>") + text("<bb/>") + frame(0x89, "ping") + frame(0x01, "<c") + frame(0x80, "c/>") +
                        text("") + text(std::string(300, 'd'));
    FrameReader reader;
    reader.set_limits({1'000, 5, false});
    reader.feed(bytes.data(), bytes.size());
    std::vector<std::string_view> views;
    for (auto event = reader.next(); event != FrameReader::Event::need_more; event = reader.next())
        if (event == FrameReader::Event::message) views.push_back(reader.payload());
    REQUIRE(views.size() == 5);
    for (std::size_t i = 1; i < views.size(); ++i) CHECK(views[i].data() == views[i - 1].data() + views[i - 1].size());
    CHECK(views[0] == "<a/>");
    CHECK(views[2] == "<cc/>");
    CHECK(views[4] == std::string(300, 'd'));
}

TEST_CASE("after a message that began in an earlier read the next ones lie together again") {
    std::string first = text("<aaaa/>").substr(0, 9);
    std::string second = text("<aaaa/>").substr(9) + text("<b/>") + text("<c/>") + text("<d/>").substr(0, 8);
    FrameReader reader;
    reader.set_limits({1'000, 5, false});
    reader.feed(first.data(), first.size());
    REQUIRE(reader.next() == FrameReader::Event::need_more);
    reader.end_read();
    reader.feed(second.data(), second.size());
    REQUIRE(reader.next() == FrameReader::Event::message);
    const std::string_view a = reader.payload();
    REQUIRE(reader.next() == FrameReader::Event::message);
    const std::string_view b = reader.payload();
    REQUIRE(reader.next() == FrameReader::Event::message);
    const std::string_view c = reader.payload();
    REQUIRE(reader.next() == FrameReader::Event::need_more);
    CHECK(a == "<aaaa/>");   // still valid
    CHECK(b == "<b/>");
    CHECK(c.data() == b.data() + b.size());
    reader.end_read();
}

TEST_CASE("reading goes on where it stopped with the rest of a read") {
    std::string bytes = text("one") + text("two") + frame(0x01, "thr");
    FrameReader reader;
    reader.set_limits({1'000, 5, false});
    reader.feed(bytes.data(), bytes.size());
    REQUIRE(reader.next() == FrameReader::Event::message);
    const std::string rest{reader.rest()};
    reader.end_read();
    Outcome outcome;
    feed(reader, rest, outcome);
    feed(reader, frame(0x80, "ee"), outcome);
    CHECK(outcome.events == Events{"message two", "message three"});
}

// Compressed messages, of which conformance_deflate_test.cpp has the rest: here between plain ones, in one read.
TEST_CASE("messages that come compressed stay where they are until the end of the read, as others do") {
    const std::string hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;   // RFC 7692 §7.2.3.1
    const std::string bytes = text("<a/>") + frame(0xC1, hello) + frame(0x41, hello.substr(0, 3)) + frame(0x89, "!") +
                              frame(0x80, hello.substr(3)) + text("<b/>") + frame(0xC1, "") + text("<c/>");
    for (std::size_t split = 0; split < bytes.size(); ++split) {
        INFO("split at " << split);
        FrameReader reader;
        reader.set_limits({5, 5, false});
        Outcome outcome;
        std::vector<std::string_view> views;
        std::unique_ptr<wsxmpp::transports::Inflater> inflater;
        for (std::string part : {bytes.substr(0, split), bytes.substr(split)}) {
            if (!reader.inflating()) reader.lend_inflater(15, false, std::move(inflater));
            reader.feed(part.data(), part.size());
            const std::size_t first = outcome.events.size();
            views.clear();
            for (auto event = reader.next(); event != FrameReader::Event::need_more; event = reader.next()) {
                REQUIRE(event != FrameReader::Event::violation);
                if (event == FrameReader::Event::ping) continue;
                views.push_back(reader.payload());
                outcome.events.emplace_back(reader.payload());
            }
            for (std::size_t i = 0; i < views.size(); ++i) REQUIRE(views[i] == outcome.events[first + i]);
            reader.end_read();
            reader.drop_inflated();
            if (!reader.inflating()) inflater = reader.return_inflater();
        }
        REQUIRE(outcome.events == Events{"<a/>", "Hello", "Hello", "<b/>", "", "<c/>"});
        REQUIRE(reader.at_rest());
        REQUIRE(inflater != nullptr);
    }
}

TEST_CASE("without an inflater RSV1 is a reserved bit, also for a reader that had one") {
    FrameReader reader;
    reader.set_limits({1'000, 5, false});
    reader.lend_inflater(15, false, nullptr);
    reader.return_inflater();
    Outcome outcome;
    feed(reader, frame(0xC1, "x"), outcome);
    CHECK(outcome.error == errc::websocket_violation);
}

TEST_CASE("the header of a frame we send has the shortest length") {
    CHECK(FrameHeader::text(0).bytes() == "\x81\x00"sv);
    CHECK(FrameHeader::text(125).bytes() == "\x81\x7D"sv);
    CHECK(FrameHeader::text(126).bytes() == "\x81\x7E\x00\x7E"sv);
    CHECK(FrameHeader::text(65'535).bytes() == "\x81\x7E\xFF\xFF"sv);
    CHECK(FrameHeader::text(65'536).bytes() == "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"sv);
    CHECK(FrameHeader(0xC2, 1).bytes() == "\xC2\x01"sv);
    CHECK(FrameHeader::ping(0).bytes() == "\x89\x00"sv);
    CHECK(FrameHeader::pong(4).bytes() == "\x8A\x04"sv);
    CHECK(FrameHeader::close(2).bytes() == "\x88\x02"sv);
}
