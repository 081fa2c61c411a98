#include "upstream/idn.hpp"

#include <catch2/catch.hpp>

using namespace wsxmpp::upstream;
using namespace std::string_view_literals;

namespace {

std::string ascii(std::string_view domain) { return to_ascii(domain).value_or("(refused)"); }
std::string repeat(std::size_t count, std::string_view text) {
    std::string all;
    while (count-- > 0) all += text;
    return all;
}

}   // namespace

TEST_CASE("a domain name is lower case and without the dot at its end") {
    CHECK(ascii("Example.ORG") == "example.org");
    CHECK(ascii("example.org.") == "example.org");
    CHECK(ascii("localhost") == "localhost");
    CHECK(ascii("r3---sn-x.example") == "r3---sn-x.example");
    CHECK(ascii("4you.example") == "4you.example");
}

TEST_CASE("an internationalised name becomes A-labels by IDNA 2008") {
    CHECK(ascii("Bücher.example.") == "xn--bcher-kva.example");
    CHECK(ascii("B\u00DCCHER.example") == "xn--bcher-kva.example");
    CHECK(ascii("bu\u0308cher.example") == "xn--bcher-kva.example");   // not normalised
    CHECK(ascii("faß.example") == "xn--fa-hia.example");               // non-transitional: not "fass"
    CHECK(ascii("例え。テスト") == "xn--r8jz45g.xn--zckzah");
    CHECK(ascii("example。org。") == "example.org");
    CHECK(ascii("XN--Bcher-KVA.example") == "xn--bcher-kva.example");
}

TEST_CASE("an address is itself, in one way of writing it") {
    CHECK(ascii("192.0.2.1") == "192.0.2.1");
    CHECK(ascii("2001:DB8:0::1") == "2001:db8::1");
    CHECK(ascii("[::1]") == "::1");
    CHECK(ascii("１２７.0.0.1") == "127.0.0.1");
}

TEST_CASE("what is no domain name is refused") {
    for (const std::string_view domain : {""sv,
                                          "."sv,
                                          "a..b"sv,
                                          ".a"sv,
                                          "a.."sv,
                                          "a b"sv,
                                          " a"sv,
                                          "a/b"sv,
                                          "a@b"sv,
                                          "a:5222"sv,
                                          "a\nb"sv,
                                          "a\0b"sv,
                                          "\0"sv,
                                          "a\x7F"sv,
                                          "_xmpp.example"sv,
                                          "-a.example"sv,
                                          "a-.example"sv,
                                          "a.example\r\n"sv,
                                          "a%2e"sv,
                                          "\xFF.example"sv,
                                          "\xC3"sv,
                                          "xn--\u00FC.example"sv,
                                          "xn--a.example"sv,
                                          "\u2764\uFE0F a"sv,
                                          "a\u200B"
                                          " b"sv,
                                          "a\uFF0Fb"sv,
                                          "a\uFF20b"sv,
                                          "[]"sv,
                                          "[a]"sv,
                                          "[127.0.0.1]"sv,
                                          "[::1"sv,
                                          "::1]"sv,
                                          "::1%lo"sv,
                                          "fe80::1%1"sv,
                                          "ü b.example"sv,
                                          "ü\uFF0Fb.example"sv,
                                          "ü_b"sv,
                                          "ü@b"sv,
                                          "ü\nb"sv,
                                          "ü:1"sv,
                                          "-ü"sv,
                                          "ü-"sv,
                                          "\u2488example"sv,
                                          "a\u2044b"sv,
                                          "\u202Ea"sv}) {
        CAPTURE(domain);
        CHECK(ascii(domain) == "(refused)");
    }
}

TEST_CASE("what some programs take for an IPv4 address is no domain name") {
    for (const std::string_view domain : {"127.1"sv, "2130706433"sv, "0x7f000001"sv, "0x7f.1"sv, "127.0.0.0x1"sv,
                                          "127.0.0.01"sv, "1.2.3.4.5"sv, "256.1.1.1"sv, "a.0x"sv}) {
        CAPTURE(domain);
        CHECK(ascii(domain) == "(refused)");
    }
}

TEST_CASE("labels of 63 bytes and names of 253 are the longest") {
    CHECK(to_ascii(std::string(63, 'a') + ".example"));
    CHECK_FALSE(to_ascii(std::string(64, 'a') + ".example"));
    CHECK(to_ascii(repeat(126, "a.") + "a"));   // 253
    CHECK(to_ascii(repeat(126, "a.") + "a."));
    CHECK_FALSE(to_ascii(repeat(126, "a.") + "aa"));
    CHECK_FALSE(to_ascii(repeat(62, "ü") + ".example"));
    CHECK_FALSE(to_ascii(std::string(1'000'000, 'a')));
}
