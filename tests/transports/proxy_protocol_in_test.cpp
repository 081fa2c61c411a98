// The PROXY protocol's headers, byte by byte.
#include "transports/proxy_protocol_in.hpp"

#include <catch2/catch.hpp>

using namespace wsxmpp::transports;
using namespace std::string_literals;
using State = ProxyHeaderReader::State;

namespace {

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string v2(int command, int family, const std::string& content) {
    return signature + static_cast<char>(command) + static_cast<char>(family) +
           static_cast<char>(content.size() >> 8U) + static_cast<char>(content.size() & 0xFFU) + content;
}

std::string tlv(int type, const std::string& value) {
    return static_cast<char>(type) + ""s + static_cast<char>(value.size() >> 8U) +
           static_cast<char>(value.size() & 0xFFU) + value;
}

const std::string v4_ends = "\xC0\x00\x02\x01\x0A\x00\x00\x01\xCC\x78\x18\x4E"s;   // 192.0.2.1:52344, 10.0.0.1:6222
const std::string v6_ends =
    "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"s + "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"s + "\xCC\x78\x18\x4E"s;

// Whole, and then in every two pieces, and byte by byte, with what the client sends after it: always the same.
ProxyHeaderReader read(const std::string& header, const std::string& after = "GET / HTTP/1.1\r\n\r\n") {
    const std::string bytes = header + after;
    const auto feed = [&bytes](std::size_t first, std::size_t each) {
        ProxyHeaderReader reader;
        std::size_t at = 0;
        for (std::size_t size = first; reader.state() == State::more && at < bytes.size(); size = each)
            at += reader.feed(std::string_view{bytes}.substr(at, size));
        return std::pair{reader, at};
    };
    const auto [whole, end] = feed(bytes.size(), bytes.size());
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        for (const std::size_t each : {bytes.size(), std::size_t{1}}) {
            const auto [other, other_end] = feed(split, each);
            REQUIRE(other.state() == whole.state());
            REQUIRE(other.fault() == whole.fault());
            REQUIRE(other.header().client == whole.header().client);
            if (whole.state() == State::done) REQUIRE(other_end == end);
        }
    }
    if (whole.state() == State::done) CHECK(end == header.size());
    return whole;
}

void check_names(const std::string& header, std::string_view client, std::string_view destination) {
    const ProxyHeaderReader reader = read(header);
    CHECK(reader.fault().empty());
    REQUIRE(reader.state() == State::done);
    CHECK(reader.header().names_client);
    CHECK(reader.header().client.to_text() == client);
    CHECK(reader.header().destination.to_text() == destination);
}

void check_names_nobody(const std::string& header) {
    const ProxyHeaderReader reader = read(header);
    CHECK(reader.fault().empty());
    REQUIRE(reader.state() == State::done);
    CHECK_FALSE(reader.header().names_client);
}

void check_fails(const std::string& header, std::string_view why) {
    const ProxyHeaderReader reader = read(header);
    REQUIRE(reader.state() == State::failed);
    CHECK_THAT(reader.fault(), Catch::Contains(std::string{why}));
    CHECK_FALSE(reader.header().names_client);
}

std::uint32_t crc32c(const std::string& bytes) {   // bit by bit, as RFC 4960 describes it
    std::uint32_t sum = 0xFFFFFFFFU;
    for (const char c : bytes) {
        sum ^= static_cast<unsigned char>(c);
        for (int i = 0; i < 8; ++i) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0x82F63B78U : 0U);
    }
    return ~sum;
}

std::string with_checksum(const std::string& before, const std::string& after) {
    const auto header = [&](const std::string& sum) { return v2(0x21, 0x11, before + tlv(3, sum) + after); };
    const std::uint32_t sum = crc32c(header("\0\0\0\0"s));
    return header({static_cast<char>(sum >> 24U), static_cast<char>(sum >> 16U & 0xFFU),
                   static_cast<char>(sum >> 8U & 0xFFU), static_cast<char>(sum & 0xFFU)});
}

}   // namespace

TEST_CASE("PROXY v1 names the client") {
    check_names("PROXY TCP4 192.0.2.1 10.0.0.1 52344 6222\r\n", "192.0.2.1:52344", "10.0.0.1:6222");
    check_names("PROXY TCP6 2001:db8::1 ::1 52344 6222\r\n", "[2001:db8::1]:52344", "[::1]:6222");
    check_names("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535",
                "255.255.255.255:65535");
    check_names("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0");
}

TEST_CASE("PROXY v1 UNKNOWN names nobody, whatever follows") {
    check_names_nobody("PROXY UNKNOWN\r\n");
    // the longest line there is (§2.1)
    check_names_nobody(
        "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535 "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
}

TEST_CASE("a malformed PROXY v1 header fails") {
    const std::string line =
        GENERATE(as<std::string>{}, "PROXY TCP4\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 52344\r\n",
                 "PROXY TCP4 192.0.2.1 10.0.0.1 52344 6222 \r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 52344 6222 1\r\n",
                 "PROXY TCP4  192.0.2.1 10.0.0.1 52344 6222\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 52344 06222\r\n",
                 "PROXY TCP4 192.0.2.1 10.0.0.1 52344 65536\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 -1 6222\r\n",
                 "PROXY TCP4 192.0.2.01 10.0.0.1 52344 6222\r\n", "PROXY TCP4 192.0.2 10.0.0.1 52344 6222\r\n",
                 "PROXY TCP4 ::1 ::1 52344 6222\r\n", "PROXY TCP6 192.0.2.1 10.0.0.1 52344 6222\r\n",
                 "PROXY TCP6 fe80::1%1 ::1 52344 6222\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 52344 6222\n\r\n");
    check_fails(line, "malformed address or port");
    check_fails("PROXY \r\n", "not TCP4, TCP6 or UNKNOWN");
    check_fails("PROXY UDP4 192.0.2.1 10.0.0.1 1 1\r\n", "not TCP4, TCP6 or UNKNOWN");
    check_fails("PROXY tcp4 192.0.2.1 10.0.0.1 1 1\r\n", "not TCP4, TCP6 or UNKNOWN");
}

TEST_CASE("a PROXY v1 header has at most 107 bytes") {
    const std::string longest = "PROXY UNKNOWN " + std::string(107 - 14 - 2, 'x') + "\r\n";
    check_names_nobody(longest);
    check_fails("PROXY UNKNOWN " + std::string(107 - 14 - 1, 'x') + "\r\n", "at most 107 bytes");
}

TEST_CASE("what does not begin with a PROXY header fails at the first wrong byte") {
    for (const auto* text :
         {"GET / HTTP/1.1\r\n", "PRI * HTTP/2.0", "PROXY\tTCP4 ", "proxy ", "\r\n\r\nX", "\x16\x03\x01"})
        check_fails(text, "does not begin with a PROXY header");
    ProxyHeaderReader reader;
    reader.feed("PROG");
    CHECK(reader.state() == State::failed);
    CHECK(reader.feed("x") == 0);
}

TEST_CASE("PROXY v2 names the client") {
    check_names(v2(0x21, 0x11, v4_ends), "192.0.2.1:52344", "10.0.0.1:6222");
    check_names(v2(0x21, 0x21, v6_ends), "[2001:db8::1]:52344", "[::1]:6222");
}

TEST_CASE("PROXY v2 names nobody when the proxy speaks for itself, or of something else than TCP") {
    check_names_nobody(v2(0x20, 0x00, ""));
    check_names_nobody(v2(0x20, 0x11, v4_ends));          // LOCAL: what follows is discarded
    check_names_nobody(v2(0x20, 0xFF, "\xFF\xFF\xFF"));   // the family, too
    check_names_nobody(v2(0x21, 0x00, ""));
    check_names_nobody(v2(0x21, 0x00, "\x01\xFF\xFF"));
    check_names_nobody(v2(0x21, 0x10, v4_ends));
    check_names_nobody(v2(0x21, 0x12, v4_ends));   // UDP
    check_names_nobody(v2(0x21, 0x22, v6_ends));
    check_names_nobody(v2(0x21, 0x31, std::string(216, '\0')));
}

TEST_CASE("a malformed PROXY v2 header fails") {
    check_fails(v2(0x11, 0x11, v4_ends), "unknown version");
    check_fails(v2(0x22, 0x11, v4_ends), "unknown command");
    check_fails(v2(0x21, 0x41, v4_ends), "unknown address family");
    check_fails(v2(0x21, 0x13, v4_ends), "unknown address family or protocol");
    check_fails(v2(0x21, 0x11, v4_ends.substr(1)), "too short");
    check_fails(v2(0x21, 0x21, v6_ends.substr(1)), "too short");
    check_fails(v2(0x21, 0x31, std::string(215, '\0')), "too short");
    check_fails(v2(0x21, 0x11, v4_ends + "\x04"), "inside of a TLV");
    check_fails(v2(0x21, 0x11, v4_ends + "\x04\0"s), "inside of a TLV");
    check_fails(v2(0x21, 0x11, v4_ends + "\x04\0\x01"s), "longer than the header");
    check_fails(v2(0x21, 0x11, v4_ends + tlv(0x20, "\x01\0\0\0"s)), "too short");
}

TEST_CASE("a PROXY v2 header has at most 4096 bytes") {
    const auto padding = [](std::size_t size) { return tlv(0x04, std::string(size, 'x')); };
    const std::size_t rest = 4'096 - 16 - v4_ends.size() - 3;
    ProxyHeaderReader longest;
    const std::string fits = v2(0x21, 0x11, v4_ends + padding(rest));
    CHECK(longest.feed(fits) == 4'096);
    CHECK(longest.header().client.to_text() == "192.0.2.1:52344");
    ProxyHeaderReader longer;
    CHECK(longer.feed(v2(0x21, 0x11, v4_ends + padding(rest + 1))) == 16);   // no more is read of it
    CHECK_THAT(longer.fault(), Catch::Contains("has 4097 bytes, the limit is 4096"));
}

TEST_CASE("TLVs that mean nothing here are skipped") {
    check_names(v2(0x21, 0x11, v4_ends + tlv(1, "http/1.1") + tlv(2, "example.org") + tlv(4, "") + tlv(0xE0, "x")),
                "192.0.2.1:52344", "10.0.0.1:6222");
}

TEST_CASE("PROXY v2 tells whether the client came over TLS") {
    const auto tls = [](const std::string& value) {
        return read(v2(0x21, 0x11, v4_ends + tlv(0x20, value))).header().tls;
    };
    CHECK(tls("\x01\0\0\0\x01"s + tlv(0x21, "TLSv1.3")));
    CHECK(tls("\x07\0\0\0\0"s));
    CHECK_FALSE(tls("\0\0\0\0\x01"s));
    CHECK_FALSE(read(v2(0x21, 0x11, v4_ends)).header().tls);
}

TEST_CASE("the checksum of a PROXY v2 header is verified") {
    CHECK(crc32c("123456789") == 0xE3069283U);
    const std::string right = GENERATE(with_checksum(v4_ends, ""), with_checksum(v4_ends + tlv(4, "xx"), tlv(4, "y")));
    check_names(right, "192.0.2.1:52344", "10.0.0.1:6222");
    for (std::size_t at = 16; at < 16 + v4_ends.size(); ++at) {
        std::string wrong = right;
        wrong[at] = static_cast<char>(wrong[at] ^ 0x10);
        ProxyHeaderReader reader;
        reader.feed(wrong);
        CHECK(reader.fault() == "the checksum of the PROXY header is wrong");
    }
    check_fails(v2(0x21, 0x11, v4_ends + tlv(3, "abc")), "checksum");
}
