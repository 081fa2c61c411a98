#include "listen.hpp"

#include <catch2/catch.hpp>

using asio::ip::tcp;
using wsxmpp::app::ListenAddress;
using wsxmpp::app::ListenPlan;
using wsxmpp::app::websocket_uri;

namespace {

bool has_ipv6() {
    asio::io_context io;
    std::error_code ec;
    tcp::acceptor acceptor{io};
    acceptor.open(tcp::v6(), ec);
    if (!ec) acceptor.bind({asio::ip::address_v6::loopback(), 0}, ec);
    return !ec;
}

}   // namespace

TEST_CASE("localhost is both loopback addresses, on one port") {
    asio::io_context io;
    const ListenPlan plan{io, {{ListenAddress::Kind::loopback, {}, 0}}, {}};
    const auto& endpoints = plan.endpoints();
    REQUIRE(endpoints.size() == (has_ipv6() ? 2 : 1));
    CHECK(endpoints.front().address() == asio::ip::address_v4::loopback());
    CHECK(endpoints.front().port() == endpoints.back().port());
}

TEST_CASE("a port that was chosen can be listened on while the plan holds it") {
    asio::io_context io;
    const ListenPlan plan{io, {{ListenAddress::Kind::loopback, {}, 0}}, {}};
    for (const auto& endpoint : plan.endpoints()) {
        const tcp::acceptor acceptor{io, endpoint};   // sets SO_REUSEADDR, binds, listens; throws when it can't
        CHECK(acceptor.is_open());
    }
}

TEST_CASE("an address given twice is listened on once") {
    asio::io_context io;
    const auto address = asio::ip::make_address("127.0.0.1");
    const ListenPlan plan{
        io, {{ListenAddress::Kind::address, address, 7}, {ListenAddress::Kind::address, address, 7}}, {}};
    CHECK(plan.endpoints() == std::vector<tcp::endpoint>{{address, 7}});
}

TEST_CASE("* is every address") {
    asio::io_context io;
    const ListenPlan plan{io, {{ListenAddress::Kind::every, {}, 7}}, {}};
    REQUIRE(plan.endpoints().size() == 1);
    CHECK(plan.endpoints().front().address().is_unspecified());
    CHECK(plan.endpoints().front().address().is_v6() == has_ipv6());
}

TEST_CASE("the URI of an endpoint") {
    CHECK(websocket_uri({asio::ip::make_address("127.0.0.1"), 6222}) == "ws://127.0.0.1:6222/");
    CHECK(websocket_uri({asio::ip::make_address("::1"), 6222}) == "ws://[::1]:6222/");
}
