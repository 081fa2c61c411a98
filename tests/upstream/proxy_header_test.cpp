// The exact bytes of the PROXY protocol's headers.
#include "upstream/proxy_header.hpp"

#include <catch2/catch.hpp>

using namespace wsxmpp;
using upstream::proxy_header;

namespace {

UpstreamRequest from(std::string_view client, std::string_view local, const TlsInfo* tls = nullptr) {
    return {"example.org", client, local, tls};
}

std::string bytes(std::initializer_list<int> list) {
    std::string text;
    for (const int b : list) text.push_back(static_cast<char>(b));
    return text;
}

const std::string signature = bytes({0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A});
const std::string ports = bytes({0xCC, 0x78, 0x18, 0x4E});   // 52344, 6222
const std::string v4_ends = bytes({192, 0, 2, 1, 10, 0, 0, 1}) + ports;

}   // namespace

TEST_CASE("without the PROXY protocol there is no header") {
    CHECK(proxy_header(ProxyProtocol::none, from("192.0.2.1:52344", "10.0.0.1:6222")).empty());
}

TEST_CASE("PROXY v1 names both ends") {
    CHECK(proxy_header(ProxyProtocol::v1, from("192.0.2.1:52344", "10.0.0.1:6222")) ==
          "PROXY TCP4 192.0.2.1 10.0.0.1 52344 6222\r\n");
    CHECK(proxy_header(ProxyProtocol::v1, from("[2001:DB8::1]:52344", "[fe80::1%1]:65535")) ==
          "PROXY TCP6 2001:db8::1 fe80::1 52344 65535\r\n");
}

TEST_CASE("PROXY v2 names both ends") {
    CHECK(proxy_header(ProxyProtocol::v2, from("192.0.2.1:52344", "10.0.0.1:6222")) ==
          signature + bytes({0x21, 0x11, 0, 12}) + v4_ends);
    CHECK(proxy_header(ProxyProtocol::v2, from("[2001:db8::1]:52344", "[::1]:6222")) ==
          signature + bytes({0x21, 0x21, 0, 36}) + bytes({0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) +
              bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) + ports);
}

TEST_CASE("a mapped address is written as the IPv4 address it is") {
    const UpstreamRequest request = from("[::ffff:192.0.2.1]:52344", "10.0.0.1:6222");
    CHECK(proxy_header(ProxyProtocol::v1, request) == "PROXY TCP4 192.0.2.1 10.0.0.1 52344 6222\r\n");
    CHECK(proxy_header(ProxyProtocol::v2, request) == signature + bytes({0x21, 0x11, 0, 12}) + v4_ends);
}

TEST_CASE("a client whose port is not known is named with port 0") {
    CHECK(proxy_header(ProxyProtocol::v1, from("192.0.2.1", "10.0.0.1:6222")) ==
          "PROXY TCP4 192.0.2.1 10.0.0.1 0 6222\r\n");
    CHECK(proxy_header(ProxyProtocol::v1, from("[2001:db8::1]", "[::1]:6222")) ==
          "PROXY TCP6 2001:db8::1 ::1 0 6222\r\n");
    CHECK(proxy_header(ProxyProtocol::v2, from("192.0.2.1", "10.0.0.1:6222")) ==
          signature + bytes({0x21, 0x11, 0, 12, 192, 0, 2, 1, 10, 0, 0, 1, 0, 0, 0x18, 0x4E}));
}

TEST_CASE("a client is named beside an end of ours that is not known") {
    CHECK(proxy_header(ProxyProtocol::v1, from("192.0.2.1:52344", "")) == "PROXY TCP4 192.0.2.1 0.0.0.0 52344 0\r\n");
    CHECK(proxy_header(ProxyProtocol::v1, from("[2001:db8::1]:52344", "")) == "PROXY TCP6 2001:db8::1 :: 52344 0\r\n");
    CHECK(proxy_header(ProxyProtocol::v2, from("192.0.2.1:52344", "")) ==
          signature + bytes({0x21, 0x11, 0, 12, 192, 0, 2, 1, 0, 0, 0, 0, 0xCC, 0x78, 0, 0}));
}

TEST_CASE("ends of two families are named as IPv6 ones") {
    CHECK(proxy_header(ProxyProtocol::v1, from("192.0.2.1:52344", "[::1]:6222")) ==
          "PROXY TCP6 ::ffff:192.0.2.1 ::1 52344 6222\r\n");
    CHECK(proxy_header(ProxyProtocol::v1, from("[2001:db8::1]", "127.0.0.1:6222")) ==
          "PROXY TCP6 2001:db8::1 ::ffff:127.0.0.1 0 6222\r\n");
    CHECK(proxy_header(ProxyProtocol::v2, from("192.0.2.1:52344", "[::1]:6222")) ==
          signature + bytes({0x21, 0x21, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1}) +
              bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) + ports);
}

TEST_CASE("a client that is unknown, or has no IP address, is not named") {
    const auto [client, local] = GENERATE(table<std::string, std::string>({
        {"", ""},
        {"", "10.0.0.1:6222"},
        {"/run/xmpp.sock", "10.0.0.1:6222"},
        {"unix:", "10.0.0.1:6222"},
        {"unix:", ""},
        {"192.0.2.1:65536", "10.0.0.1:6222"},
        {"192.0.2.1:", "10.0.0.1:6222"},
        {"192.0.2.1:-1", "10.0.0.1:6222"},
        {"2001:db8::1:5", "[::1]:6222"},
        {"[192.0.2.1]:5", "10.0.0.1:6222"},
        {"example.org:5", "10.0.0.1:6222"},
        {"1.2.3.4\r\n:5", "10.0.0.1:6222"},
    }));
    const TlsInfo tls{"TLSv1.3", "", "", ""};
    CHECK(proxy_header(ProxyProtocol::v1, from(client, local, &tls)) == "PROXY UNKNOWN\r\n");
    CHECK(proxy_header(ProxyProtocol::v2, from(client, local, &tls)) == signature + bytes({0x20, 0, 0, 0}));
}

TEST_CASE("PROXY v2 tells of the client's TLS") {
    const TlsInfo tls{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "example.org", "http/1.1"};
    CHECK(proxy_header(ProxyProtocol::v2, from("192.0.2.1:52344", "10.0.0.1:6222", &tls)) ==
          signature + bytes({0x21, 0x11, 0, 12 + 11 + 14 + 3 + 5 + 10 + 25}) + v4_ends +   //
              bytes({0x01, 0, 8}) + "http/1.1" +                                           // ALPN
              bytes({0x02, 0, 11}) + "example.org" +                                       // AUTHORITY
              bytes({0x20, 0, 40, 0x01, 0, 0, 0, 1}) +   // SSL: by TLS, no certificate verified
              bytes({0x21, 0, 7}) + "TLSv1.3" + bytes({0x23, 0, 22}) + "TLS_AES_256_GCM_SHA384");
}

TEST_CASE("what is not known of the client's TLS, or too long, is left out") {
    const TlsInfo tls{"TLSv1.2", "", std::string(256, 'a'), ""};
    CHECK(proxy_header(ProxyProtocol::v2, from("192.0.2.1:52344", "10.0.0.1:6222", &tls)) ==
          signature + bytes({0x21, 0x11, 0, 12 + 3 + 5 + 10}) + v4_ends + bytes({0x20, 0, 15, 0x01, 0, 0, 0, 1}) +
              bytes({0x21, 0, 7}) + "TLSv1.2");
    CHECK(proxy_header(ProxyProtocol::v1, from("192.0.2.1:52344", "10.0.0.1:6222", &tls)).substr(0, 11) ==
          "PROXY TCP4 ");
}
