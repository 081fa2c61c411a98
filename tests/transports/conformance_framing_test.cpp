// RFC 6455 §5: framing, pings, reserved bits, opcodes and fragmentation (sections 1 to 5, and 10, of the suite).
#include "conformance.hpp"

using namespace test;

namespace {

std::string payload_of(std::size_t size) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload.push_back(static_cast<char>('!' + i % 90));
    return payload;
}

const std::string hello = "Hello, world!";
const Lines refused{"close 1002"};
const Lines echoed_then_refused{"text " + hello, "close 1002"};

}   // namespace

TEST_CASE("conformance 1: text and binary messages of every size come back as they were") {
    for (const std::size_t size : {0u, 125u, 126u, 127u, 128u, 65'535u, 65'536u}) {
        const std::string payload = payload_of(size);
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * 7));
        check({
            {"1.1.1 to 1.1.8", text(payload) + close_normally, {"text " + payload, "close 1000"}},
            {"1.2.1 to 1.2.8", frame(0x82, bytes) + close_normally, {"binary " + bytes, "close 1000"}},
        });
    }
}

TEST_CASE("conformance 2: pings are answered, each, and pongs that nobody asked for are not") {
    std::string ten;
    Lines pongs;
    for (int i = 0; i < 10; ++i) {
        ten += frame(0x89, "payload-" + std::to_string(i));
        pongs.push_back("pong payload-" + std::to_string(i));
    }
    pongs.emplace_back("close 1000");
    check({
        {"2.1", frame(0x89, "") + close_normally, {"pong ", "close 1000"}},
        {"2.2", frame(0x89, hello) + close_normally, {"pong " + hello, "close 1000"}},
        {"2.3", frame(0x89, "\x00\xFF\xFE\xFD\x00"s) + close_normally, {"pong \x00\xFF\xFE\xFD\x00"s, "close 1000"}},
        {"2.4, 2.6", frame(0x89, payload_of(125)) + close_normally, {"pong " + payload_of(125), "close 1000"}},
        {"2.5", frame(0x89, payload_of(126)), refused},
        {"2.7", frame(0x8A, "") + close_normally, {"close 1000"}},
        {"2.8", frame(0x8A, "unsolicited") + close_normally, {"close 1000"}},
        {"2.9", frame(0x8A, "unsolicited") + frame(0x89, "ping") + close_normally, {"pong ping", "close 1000"}},
        {"2.10, 2.11", ten + close_normally, pongs},
    });
}

TEST_CASE("conformance 3: a reserved bit ends the connection, on any frame") {
    const std::string before = text(hello);
    const std::string after = frame(0x89, "");
    check({
        {"3.1", frame(0xC1, hello), refused},
        {"3.2", before + frame(0xA1, hello) + after, echoed_then_refused},
        {"3.3, 3.4 with RSV3", before + frame(0x91, hello) + after, echoed_then_refused},
        {"3.3", before + frame(0xB1, hello) + after, echoed_then_refused},
        {"3.4", before + frame(0xC1, hello) + after, echoed_then_refused},
        {"3.5", frame(0xD2, "\x00\xFF"s), refused},
        {"3.6", frame(0xE9, hello), refused},
        {"3.7", frame(0xF8, closing(1000)), refused},
        {"a reserved bit on a continuation", frame(0x01, "a") + frame(0xC0, "b"), refused},
        {"a reserved bit on a pong", frame(0xCA, ""), refused},
    });
}

TEST_CASE("conformance 4: an unknown opcode ends the connection, with and without a payload") {
    const std::string before = text(hello);
    const std::string after = frame(0x89, "");
    check({
        {"4.1.1", frame(0x83, ""), refused},
        {"4.1.2", frame(0x84, "reserved"), refused},
        {"4.1.3", before + frame(0x85, "") + after, echoed_then_refused},
        {"4.1.4", before + frame(0x86, hello) + after, echoed_then_refused},
        {"4.1.5", before + frame(0x87, hello) + after, echoed_then_refused},
        {"4.2.1", frame(0x8B, ""), refused},
        {"4.2.2", frame(0x8C, "reserved"), refused},
        {"4.2.3", before + frame(0x8D, "") + after, echoed_then_refused},
        {"4.2.4", before + frame(0x8E, hello) + after, echoed_then_refused},
        {"4.2.5", before + frame(0x8F, hello) + after, echoed_then_refused},
    });
}

TEST_CASE("conformance 5: control frames are whole, and data frames follow one another as they must") {
    const Lines joined{"text fragment1fragment2", "close 1000"};
    const std::string one = frame(0x01, "fragment1");
    const std::string two = frame(0x80, "fragment2");
    check({
        {"5.1", frame(0x09, "fragment1") + two, refused},
        {"5.2", frame(0x0A, "fragment1") + two, refused},
        {"5.3 to 5.5", one + two + close_normally, joined},
        {"5.6 to 5.8", one + frame(0x89, "ping") + two + close_normally, {"pong ping", joined[0], "close 1000"}},
        {"5.9 to 5.11", frame(0x80, "nothing to continue") + text(hello), refused},
        {"5.12 to 5.14", frame(0x00, "nothing to continue") + text(hello), refused},
        {"5.15", one + two + frame(0x00, "nothing to continue") + text(hello), {joined[0], "close 1002"}},
        {"5.16", frame(0x00, "a") + frame(0x01, "b") + frame(0x80, "c"), refused},
        {"5.17", frame(0x80, "a") + frame(0x01, "b") + frame(0x80, "c"), refused},
        {"5.18", one + frame(0x81, "fragment2"), refused},
        {"5.19, 5.20",
         one + frame(0x00, "fragment2") + frame(0x89, "first") + frame(0x00, "fragment3") + frame(0x00, "fragment4") +
             frame(0x89, "second") + frame(0x80, "fragment5") + close_normally,
         {"pong first", "pong second", "text fragment1fragment2fragment3fragment4fragment5", "close 1000"}},
        {"a binary message inside a text", one + frame(0x82, "x"), refused},
        {"a pong between fragments", one + frame(0x8A, "x") + two + close_normally, joined},
        {"a binary message in fragments",
         frame(0x02, "\xFF") + frame(0x80, "\xFE") + close_normally,
         {"binary \xFF\xFE", "close 1000"}},
    });
}

// 5.19: not only in the end.
TEST_CASE("conformance 5: a ping between fragments is answered before the message is complete") {
    EchoServer server;
    Client client{server};
    client.peer.send(frame(0x01, "fragment1") + frame(0x00, "fragment2") + frame(0x89, "first"));
    CHECK(to_line(client.take()) == "pong first");
    client.peer.send(frame(0x80, "fragment3"));
    CHECK(to_line(client.take()) == "text fragment1fragment2fragment3");
}

// §5.1, §5.2: what the suite's own client cannot send.
TEST_CASE("conformance: a client must mask, and write lengths in their shortest form and below 2^63") {
    check({
        {"not masked", "\x81\x05Hello", refused},
        {"a ping, not masked", "\x89\x00"s, refused},
        {"a close, not masked", "\x88\x02\x03\xE8"s, refused},
        {"5 in 16 bits", "\x81\xFE\x00\x05\x00\x00\x00\x00Hello"s, refused},
        {"125 in 16 bits", "\x81\xFE\x00\x7D\x00\x00\x00\x00"s, refused},
        {"5 in 64 bits", "\x82\xFF\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00Hello"s, refused},
        {"65535 in 64 bits", "\x81\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF\x00\x00\x00\x00"s, refused},
        {"2^63", "\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s, refused},
        {"a ping of 16 bits", "\x89\xFE\x00\x7E\x00\x00\x00\x00"s, refused},
        {"a mask of zeros", "\x81\x85\x00\x00\x00\x00Hello"s + close_normally, {"text Hello", "close 1000"}},
    });
}

TEST_CASE("conformance: a length over the limit is refused from the header alone, before any payload") {
    EchoServer server{echo_options(), 1'000};
    CHECK(converse(server, {text(std::string(1'001, 'x')).substr(0, 4)}) == Lines{"close 1009"});
    CHECK(converse(server, {"\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s}) == Lines{"close 1009"});
    CHECK(converse(server, {frame(0x01, std::string(900, 'x')) + frame(0x00, std::string(101, 'x')).substr(0, 2)}) ==
          Lines{"close 1009"});
    CHECK(converse(server, {text(std::string(1'000, 'x')) + close_normally}) ==
          Lines{"text " + std::string(1'000, 'x'), "close 1000"});
}

TEST_CASE("conformance: too many frames of one message, even empty ones, end the connection") {
    auto options = echo_options();
    options.max_fragments = 3;
    EchoServer server{options};
    const std::string three = frame(0x01, "") + frame(0x00, "") + frame(0x00, "");
    CHECK(converse(server, {three + frame(0x80, "").substr(0, 2)}) == Lines{"close 1008"});
}

TEST_CASE("conformance: a server of texts refuses a binary message from its first two bytes") {
    auto options = echo_options();
    options.accept_binary = false;
    EchoServer server{options};
    CHECK(converse(server, {frame(0x82, "x").substr(0, 2)}) == Lines{"close 1003"});
    CHECK(converse(server, {frame(0x02, "x").substr(0, 2)}) == Lines{"close 1003"});
}

TEST_CASE("conformance 10: a message that an implementation cut by itself comes back whole") {
    const std::string payload = payload_of(65'536);
    check({{"10.1.1", fragmented(1, payload, 1'300) + close_normally, {"text " + payload, "close 1000"}}});
}
