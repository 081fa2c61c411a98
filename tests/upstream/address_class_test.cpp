#include "upstream/address_class.hpp"

#include <asio/ip/address.hpp>
#include <catch2/catch.hpp>
#include <string>

using namespace wsxmpp::upstream;

namespace {

void check(const char* expected, std::initializer_list<const char*> addresses) {
    for (const char* const text : addresses) {
        CAPTURE(text);
        CHECK(to_string(classify(asio::ip::make_address(text))) == expected);
    }
}

}   // namespace

TEST_CASE("each special block of IPv4 is known, to its first and last address") {
    check("unspecified", {"0.0.0.0", "0.255.255.255"});
    check("private", {"10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "172.16.0.0", "172.31.255.255",
                      "192.168.0.0", "192.168.255.255"});
    check("loopback", {"127.0.0.0", "127.0.0.1", "127.255.255.255"});
    check("link-local", {"169.254.0.0", "169.254.169.254", "169.254.255.255"});
    check("reserved", {"192.0.0.0", "192.0.0.255", "192.0.2.1", "192.88.99.1", "198.18.0.0", "198.19.255.255",
                       "198.51.100.7", "203.0.113.255", "240.0.0.0", "255.255.255.255"});
    check("multicast", {"224.0.0.0", "239.255.255.255"});
}

TEST_CASE("what is beside a special block of IPv4 is global") {
    check("global",
          {"1.0.0.0",      "9.255.255.255",   "11.0.0.0",        "100.63.255.255",  "100.128.0.0",    "126.0.0.1",
           "128.0.0.1",    "169.253.255.255", "169.255.0.0",     "172.15.255.255",  "172.32.0.0",     "191.255.255.255",
           "192.0.1.0",    "192.0.3.0",       "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
           "198.51.101.0", "203.0.112.255",   "203.0.114.0",     "223.255.255.255", "8.8.8.8"});
}

TEST_CASE("each special block of IPv6 is known") {
    check("unspecified", {"::"});
    check("loopback", {"::1"});
    check("private", {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"});
    check("link-local", {"fe80::1", "febf::1", "fe80::1%1"});
    check("multicast", {"ff00::", "ff02::1"});
    check("reserved", {"fec0::1", "feff::1", "100::1", "2001:db8::1", "2001:2::1", "2001:10::1", "2001:20::1",
                       "2001:1ff::1", "3fff::1", "3fff:fff::1", "5f00::1", "1::1", "4000::1", "fe00::1", "200::1"});
}

TEST_CASE("global unicast addresses of IPv6 are global") {
    check("global", {"2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2606:4700::1111",
                     "2a00::1", "3ffe:ffff::1", "3fff:1000::1"});
}

TEST_CASE("an IPv4 address inside an IPv6 address is looked at itself") {
    // mapped, compatible, NAT64, NAT64 for local use, 6to4
    check("loopback",
          {"::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::127.0.0.1", "2002:7f00:1::"});
    check("private",
          {"::ffff:10.0.0.1", "::192.168.0.1", "64:ff9b::100.64.0.1", "64:ff9b:1::10.0.0.1", "2002:ac10:1::1"});
    check("link-local", {"::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::"});
    check("unspecified", {"::ffff:0.0.0.0", "::2", "64:ff9b::", "2002::1"});
    check("global", {"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::8.8.8.8", "2002:808:808::1"});
}

TEST_CASE("of Teredo both the server and the client behind it are looked at") {
    check("global", {"2001:0:808:808::f7f7:f7f7"});        // both 8.8.8.8
    check("private", {"2001:0:808:808::f5ff:fffe",         // client 10.0.0.1, inverted
                      "2001:0:a00:1::f7f7:f7f7"});         // server 10.0.0.1
    check("loopback", {"2001:0:808:808:0:0:80ff:fffe"});   // client 127.0.0.1
}

TEST_CASE("where an IPv4 address could be inside the block for local NAT64 is not guessed") {
    check("reserved", {"64:ff9b:1:a00:0:100::", "64:ff9b:1:fffe::8.8.8.8", "64:ff9b:2::8.8.8.8", "64:ff9b:0:1::1"});
}

TEST_CASE("loopback and private addresses are local, and no others") {
    for (const char* const text : {"127.0.0.1", "::1", "10.1.2.3", "fd00::1", "::ffff:192.168.1.1"})
        CHECK(is_local(asio::ip::make_address(text)));
    for (const char* const text : {"8.8.8.8", "169.254.1.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "2001:db8::1"})
        CHECK_FALSE(is_local(asio::ip::make_address(text)));
}
