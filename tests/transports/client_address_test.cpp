// Addresses as forwarding headers have them, and as logs show them.
#include "transports/client_address.hpp"

#include <catch2/catch.hpp>

using wsxmpp::transports::ClientAddress;

namespace {

std::string shown(std::string_view text) {
    const auto address = ClientAddress::parse(text);
    return address ? address->to_text() : "-";
}

}   // namespace

TEST_CASE("an address is read with and without a port, and shown so") {
    CHECK(shown("192.0.2.1") == "192.0.2.1");
    CHECK(shown("192.0.2.1:0") == "192.0.2.1:0");
    CHECK(shown("192.0.2.1:65535") == "192.0.2.1:65535");
    CHECK(shown("2001:DB8::1") == "[2001:db8::1]");
    CHECK(shown("[2001:db8::1]") == "[2001:db8::1]");
    CHECK(shown("[2001:db8::1]:443") == "[2001:db8::1]:443");
    CHECK(shown("::") == "[::]");
}

TEST_CASE("an IPv4 address inside an IPv6 one is that IPv4 address") {
    CHECK(shown("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(shown("[::ffff:192.0.2.1]:7") == "192.0.2.1:7");
    CHECK(ClientAddress{asio::ip::tcp::endpoint{asio::ip::make_address("::ffff:192.0.2.1"), 7}}.to_text() ==
          "192.0.2.1:7");
}

TEST_CASE("what is no address is none") {
    const std::string text =
        GENERATE(as<std::string>{}, "", "unknown", "_hidden", "localhost", "192.0.2", "192.0.2.1.5", "192.0.2.256",
                 "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:1x", "192.0.2.1:-1", "[192.0.2.1]", "[192.0.2.1]:5",
                 "[2001:db8::1", "[2001:db8::1]5", "[2001:db8::1]:", "[]", "[", "]", ":", "::1%lo", "fe80::1%1",
                 " 192.0.2.1", "192.0.2.1\r\n", "1111:2222:3333:4444:5555:6666:7777:8888:9999");
    CHECK(shown(text) == "-");
}

TEST_CASE("the zone of a link-local address is left out, and the port is kept") {
    asio::ip::address_v6 address = asio::ip::make_address_v6("fe80::1");
    address.scope_id(1);
    CHECK(ClientAddress{asio::ip::tcp::endpoint{address, 7}}.to_text() == "[fe80::1]:7");
}

TEST_CASE("who has no IP address is shown as such") {
    CHECK(ClientAddress{}.to_text().empty());
    CHECK(ClientAddress::of_unix_socket().to_text() == "unix:");
    CHECK_FALSE(ClientAddress::of_unix_socket().is_ip());
}

TEST_CASE("loopback is known in both families") {
    for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
        CHECK(ClientAddress::parse(text)->is_loopback());
    for (const char* text : {"128.0.0.1", "::2", "::", "0.0.0.0"})
        CHECK_FALSE(ClientAddress::parse(text)->is_loopback());
}

TEST_CASE("a client takes few bytes") { CHECK(sizeof(ClientAddress) == 20); }
