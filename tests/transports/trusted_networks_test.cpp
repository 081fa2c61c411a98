// Which networks an address is in.
#include "transports/trusted_networks.hpp"

#include <catch2/catch.hpp>

using wsxmpp::TrustedProxy;
using wsxmpp::transports::ClientAddress;
using wsxmpp::transports::TrustedNetworks;
using Tells = TrustedProxy::Tells;

namespace {

TrustedProxy network(const char* address, unsigned prefix, Tells tells = Tells::x_forwarded_for) {
    return {asio::ip::make_address(address), prefix, false, tells};
}

bool has(const TrustedNetworks& networks, const char* address) {
    return networks.find(*ClientAddress::parse(address)) != nullptr;
}

}   // namespace

TEST_CASE("without networks nobody is trusted") { CHECK_FALSE(has({}, "127.0.0.1")); }

TEST_CASE("an address is in a network by the bits of its prefix") {
    const TrustedNetworks networks{{network("10.0.0.0", 8), network("192.0.2.64", 26), network("2001:db8:0:80::", 57)}};
    for (const char* in : {"10.0.0.0", "10.255.255.255", "192.0.2.64", "192.0.2.127", "2001:db8:0:80::1",
                           "2001:db8:0:ff:ffff:ffff:ffff:ffff", "::ffff:10.1.2.3"})
        CHECK(has(networks, in));
    for (const char* out :
         {"11.0.0.0", "9.255.255.255", "192.0.2.63", "192.0.2.128", "2001:db8:0:7f::", "2001:db8:0:100::", "a00::"})
        CHECK_FALSE(has(networks, out));
}

TEST_CASE("a network of one address, and one of all") {
    CHECK(has(TrustedNetworks{{network("192.0.2.1", 32)}}, "192.0.2.1"));
    CHECK_FALSE(has(TrustedNetworks{{network("192.0.2.1", 32)}}, "192.0.2.0"));
    CHECK(has(TrustedNetworks{{network("2001:db8::1", 128)}}, "2001:db8::1"));
    CHECK_FALSE(has(TrustedNetworks{{network("2001:db8::1", 128)}}, "2001:db8::"));
    CHECK(has(TrustedNetworks{{network("0.0.0.0", 0)}}, "203.0.113.7"));
}

TEST_CASE("all of one family is nothing of the other") {
    CHECK_FALSE(has(TrustedNetworks{{network("0.0.0.0", 0)}}, "::1"));
    CHECK_FALSE(has(TrustedNetworks{{network("::", 0)}}, "127.0.0.1"));
}

TEST_CASE("the smallest of several networks counts") {
    const TrustedNetworks networks{
        {network("10.0.0.0", 8, Tells::forwarded), network("10.1.0.0", 16, Tells::proxy_protocol)}};
    CHECK(*networks.find(*ClientAddress::parse("10.2.0.1")) == Tells::forwarded);
    CHECK(*networks.find(*ClientAddress::parse("10.1.0.1")) == Tells::proxy_protocol);
}

TEST_CASE("those who come by a Unix-domain socket are trusted when that is said") {
    TrustedProxy by_socket;
    by_socket.unix_socket = true;
    CHECK(TrustedNetworks{{by_socket}}.find(ClientAddress::of_unix_socket()) != nullptr);
    CHECK_FALSE(has(TrustedNetworks{{by_socket}}, "0.0.0.0"));
    CHECK(TrustedNetworks{{network("0.0.0.0", 0), network("::", 0)}}.find(ClientAddress::of_unix_socket()) == nullptr);
}
