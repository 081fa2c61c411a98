// Who a client is, by the headers of the proxies before it.
#include "transports/forwarded.hpp"

#include <catch2/catch.hpp>

using namespace wsxmpp;
using namespace wsxmpp::transports;

namespace {

const TrustedNetworks proxies{{{asio::ip::make_address("10.0.0.0"), 8, false, {}}}};
const ClientAddress peer = *ClientAddress::parse("10.0.0.1:5");

std::string by_x(std::string_view header) {
    return find_client(read_x_forwarded(header, {}), peer, proxies).address.to_text();
}

std::string by_forwarded(std::string_view header) {
    const auto hops = read_forwarded(header);
    return hops ? find_client(*hops, peer, proxies).address.to_text() : "malformed";
}

bool x_secure(std::string_view header, std::string_view proto) {
    return find_client(read_x_forwarded(header, proto), peer, proxies).secure;
}

bool forwarded_secure(std::string_view header) {
    return find_client(read_forwarded(header).value(), peer, proxies).secure;
}

}   // namespace

TEST_CASE("the client is the last that is no trusted proxy, and what stands before it is nobody's word") {
    CHECK(by_x("203.0.113.7") == "203.0.113.7");
    CHECK(by_x("198.51.100.9, 203.0.113.7") == "203.0.113.7");
    CHECK(by_x("198.51.100.9,203.0.113.7 ,\t10.0.0.3,10.0.0.2") == "203.0.113.7");
    CHECK(by_x("127.0.0.1, 203.0.113.7:4711, 10.0.0.2") == "203.0.113.7:4711");
    CHECK(by_x("2001:db8::1, 10.0.0.2") == "[2001:db8::1]");
    CHECK(by_forwarded("for=198.51.100.9, for=203.0.113.7;by=10.0.0.3, for=10.0.0.2") == "203.0.113.7");
    CHECK(by_forwarded("For=\"[2001:db8:cafe::17]:4711\"") == "[2001:db8:cafe::17]:4711");
}

TEST_CASE("when all are trusted, the client is the first of them") {
    CHECK(by_x("10.0.0.3, 10.0.0.2") == "10.0.0.3");
    CHECK(by_forwarded("for=10.0.0.3, for=10.0.0.2") == "10.0.0.3");
}

TEST_CASE("what is not told hides who stands before it") {
    CHECK(by_x("203.0.113.7, unknown, 10.0.0.2") == "10.0.0.2");
    CHECK(by_x("203.0.113.7, x") == "10.0.0.1:5");
    CHECK(by_forwarded("for=203.0.113.7, for=unknown, for=10.0.0.2") == "10.0.0.2");
    CHECK(by_forwarded("for=203.0.113.7, for=_hidden") == "10.0.0.1:5");
    CHECK(by_forwarded("for=203.0.113.7, for=\"_SEVKISEK:_port\"") == "10.0.0.1:5");
    CHECK(by_forwarded("for=203.0.113.7, proto=https") == "10.0.0.1:5");
}

TEST_CASE("without anyone named the proxy is the client") {
    CHECK(by_x("") == "10.0.0.1:5");
    CHECK(by_x(" , ,") == "10.0.0.1:5");
    CHECK(by_forwarded("") == "10.0.0.1:5");
    CHECK(by_forwarded(",;, ;") == "10.0.0.1:5");
}

TEST_CASE("a port may be an obfuscated one") { CHECK(by_forwarded("for=\"203.0.113.7:_x1\"") == "203.0.113.7"); }

TEST_CASE("quotes hold commas, semicolons and quotes") {
    CHECK(by_forwarded(R"(secret="a\", for=198.51.100.1;\\";for=203.0.113.7)") == "203.0.113.7");
    CHECK(by_forwarded(R"(for="203.0.113.\7")") == "203.0.113.7");
}

TEST_CASE("a malformed Forwarded header is told from one that names nobody") {
    const std::string header =
        GENERATE(as<std::string>{}, "for", "for=", "for =203.0.113.7", "for= 203.0.113.7", "=x",
                 "for=203.0.113.7;for=203.0.113.8", "for=203.0.113.7;FOR=203.0.113.8", "for=\"203.0.113.7",
                 "for=\"203.0.113.7\\", "for=203.0.113.7 by=1", "for=\"\"", "for=example.org", "for=2001:db8::1",
                 "for=\"2001:db8::1\"", "for=203.0.113.7:5", "for=\"203.0.113.7:\"", "for=203.0.113.7, for=\"", "f@r=1",
                 "for=203.0.113.7;;=");
    CHECK(by_forwarded(header) == "malformed");
}

TEST_CASE("https is what the client spoke to the first proxy") {
    CHECK(x_secure("203.0.113.7", "https"));
    CHECK(x_secure("203.0.113.7, 10.0.0.2", "HTTPS"));
    CHECK(x_secure("203.0.113.7, 10.0.0.2", "https, http"));
    CHECK(x_secure("", "https"));
    CHECK_FALSE(x_secure("203.0.113.7", ""));
    CHECK_FALSE(x_secure("203.0.113.7", "http"));
    CHECK_FALSE(x_secure("203.0.113.7", "wss"));
    CHECK(forwarded_secure("for=203.0.113.7;proto=https, for=10.0.0.2;proto=http"));
    CHECK(forwarded_secure("for=203.0.113.7, for=10.0.0.2;proto=https"));
    CHECK_FALSE(forwarded_secure("for=198.51.100.1;proto=https, for=203.0.113.7;proto=http"));
    CHECK_FALSE(forwarded_secure("for=203.0.113.7"));
}
