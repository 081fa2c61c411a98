#include "listen.hpp"

#include <catch2/catch.hpp>

using asio::ip::tcp;
using wsxmpp::app::listen_uri;
using wsxmpp::app::ListenAddress;
using wsxmpp::app::ListenPlan;
using wsxmpp::app::parse_listen;

namespace {

bool has_ipv6() {
    asio::io_context io;
    std::error_code ec;
    tcp::acceptor acceptor{io};
    acceptor.open(tcp::v6(), ec);
    if (!ec) acceptor.bind({asio::ip::address_v6::loopback(), 0}, ec);
    return !ec;
}

std::vector<tcp::endpoint> endpoints_of(const ListenPlan& plan) {
    std::vector<tcp::endpoint> endpoints;
    for (const auto& place : plan.places()) endpoints.push_back(std::get<tcp::endpoint>(place.at));
    return endpoints;
}

}   // namespace

TEST_CASE("localhost is both loopback addresses, on one port") {
    asio::io_context io;
    const ListenPlan plan{io, {{ListenAddress::Kind::loopback, {}, 0}}, {}, {}};
    const auto endpoints = endpoints_of(plan);
    REQUIRE(endpoints.size() == (has_ipv6() ? 2 : 1));
    CHECK(endpoints.front().address() == asio::ip::address_v4::loopback());
    CHECK(endpoints.front().port() == endpoints.back().port());
}

TEST_CASE("a port that was chosen can be listened on while the plan holds it") {
    asio::io_context io;
    const ListenPlan plan{io, {{ListenAddress::Kind::loopback, {}, 0}}, {}, {}};
    for (const auto& endpoint : endpoints_of(plan)) {
        const tcp::acceptor acceptor{io, endpoint};   // sets SO_REUSEADDR, binds, listens; throws when it can't
        CHECK(acceptor.is_open());
    }
}

TEST_CASE("an address given twice is listened on once") {
    asio::io_context io;
    const auto address = asio::ip::make_address("127.0.0.1");
    const ListenPlan plan{
        io, {{ListenAddress::Kind::address, address, 7}, {ListenAddress::Kind::address, address, 7}}, {}, {}};
    CHECK(endpoints_of(plan) == std::vector<tcp::endpoint>{{address, 7}});
}

TEST_CASE("* is every address") {
    asio::io_context io;
    const ListenPlan plan{io, {{ListenAddress::Kind::every, {}, 7}}, {}, {}};
    const auto endpoints = endpoints_of(plan);
    REQUIRE(endpoints.size() == 1);
    CHECK(endpoints.front().address().is_unspecified());
    CHECK(endpoints.front().address().is_v6() == has_ipv6());
}

TEST_CASE("a Unix-domain socket and a descriptor are listened on as they are") {
    asio::io_context io;
    ListenAddress socket = parse_listen("unix:/run/x.sock;mode=600");
    asio::ip::tcp::acceptor open{io, {asio::ip::address_v4::loopback(), 0}};
    const int descriptor = open.native_handle();
    const ListenPlan plan{io, {socket, parse_listen("fd:" + std::to_string(descriptor))}, {}, {}};
    REQUIRE(plan.places().size() == 2);
    CHECK(std::get<wsxmpp::UnixSocketPath>(plan.places()[0].at).path == "/run/x.sock");
    CHECK(std::get<wsxmpp::UnixSocketPath>(plan.places()[0].at).mode == 0600);
    CHECK(std::get<wsxmpp::ListeningDescriptor>(plan.places()[1].at).descriptor == descriptor);
}

TEST_CASE("systemd is all the sockets that were handed over, or those of a name, each once") {
    asio::io_context io;
    const wsxmpp::app::ListenMeans means{{{3, "web"}, {4, "admin"}, {5, "web"}}, {}};
    const auto descriptors = [&](std::initializer_list<const char*> values) {
        std::vector<ListenAddress> addresses;
        for (const char* value : values) addresses.push_back(parse_listen(value));
        std::vector<int> found;
        const ListenPlan plan{io, addresses, means, {}};
        for (const auto& place : plan.places())
            found.push_back(std::get<wsxmpp::ListeningDescriptor>(place.at).descriptor);
        return found;
    };
    CHECK(descriptors({"systemd"}) == std::vector{3, 4, 5});
    CHECK(descriptors({"systemd:web"}) == std::vector{3, 5});
    CHECK(descriptors({"systemd:admin", "systemd"}) == std::vector{4, 3, 5});
    CHECK_THROWS_WITH(descriptors({"systemd:other"}), Catch::Contains("no socket of that name"));
    CHECK_THROWS_WITH(descriptors({"systemd", "systemd:web"}), Catch::Contains("named twice"));
    CHECK_THROWS_WITH((ListenPlan{io, {parse_listen("systemd")}, {}, {}}),
                      Catch::Contains("no socket was handed over"));
}

TEST_CASE("a socket that was handed over and is not listened on is told") {
    asio::io_context io;
    std::vector<std::string> lines;
    const wsxmpp::Log log{wsxmpp::LogLevel::warning, [&](wsxmpp::LogLevel, std::string_view, wsxmpp::LogFields fields) {
                              lines.emplace_back(fields.begin()->value);
                          }};
    const ListenPlan plan{io, {parse_listen("systemd:web")}, {{{3, "web"}, {4, "admin"}}, {}}, log};
    CHECK(lines == std::vector<std::string>{"admin"});
}

TEST_CASE("the URI of a place") {
    const auto at = [](const char* address) { return tcp::endpoint{asio::ip::make_address(address), 6222}; };
    CHECK(listen_uri({at("127.0.0.1")}) == "ws://127.0.0.1:6222/");
    CHECK(listen_uri({at("::1")}) == "ws://[::1]:6222/");
    CHECK(listen_uri({at("::1")}, "/xmpp") == "ws://[::1]:6222/xmpp");
    CHECK(listen_uri({wsxmpp::UnixSocketPath{"/run/x"}}, "/xmpp") == "unix:/run/x");
    CHECK(listen_uri({wsxmpp::ListeningDescriptor{3}}) == "fd:3");
}

TEST_CASE("places that other machines reach are told from those that they do not") {
    const auto beyond = [](wsxmpp::ListenPlace place) { return wsxmpp::app::reach_beyond_this_machine({place}); };
    const auto at = [](const char* address) { return tcp::endpoint{asio::ip::make_address(address), 6222}; };
    for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "2001:db8::1"}) CHECK(beyond({at(address)}));
    for (const char* address : {"127.0.0.1", "::1"}) CHECK_FALSE(beyond({at(address)}));
    CHECK_FALSE(beyond({wsxmpp::UnixSocketPath{"/run/x"}}));
}
