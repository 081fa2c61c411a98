#include "server.hpp"

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "local_server.hpp"

using namespace std::chrono_literals;
using asio::ip::tcp;
using test::endpoint_of;
using test::local_options;
using wsxmpp::LogLevel;
using wsxmpp::app::Server;

namespace {

// A browser that opens the address: it is shown a page.
void get_page(const tcp::endpoint& endpoint) {
    asio::io_context io;
    tcp::socket socket{io};
    socket.connect(endpoint);
    asio::write(socket, asio::buffer(std::string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}));
    std::error_code ec;
    std::array<char, 4'096> ignored{};
    while (!ec) socket.read_some(asio::buffer(ignored), ec);
}

// How many sockets of IPv4 listen at this port, as Linux tells it.
std::size_t listening_at(std::uint16_t port) {
    std::ifstream sockets{"/proc/net/tcp"};
    std::string line, number, local, remote, state;
    std::getline(sockets, line);
    std::size_t count = 0;
    while (sockets >> number >> local >> remote >> state && std::getline(sockets, line))
        if (state == "0A" && std::stoul(local.substr(local.find(':') + 1), nullptr, 16) == port) ++count;
    return count;
}

}   // namespace

TEST_CASE("every thread listens at the same endpoint") {
    Server server{local_options(), 3};
    REQUIRE(server.places().size() == 1);
    CHECK(listening_at(endpoint_of(server).port()) == 3);
}

TEST_CASE("endpoints that threads share are refused to another server") {
    const Server server{local_options(), 2};
    auto options = local_options();
    options.listen[0].port = endpoint_of(server).port();
    const auto threads = GENERATE(1, 2);
    CHECK_THROWS_WITH((Server{options, static_cast<std::size_t>(threads)}),
                      Catch::Contains("cannot listen on 127.0.0.1:") && Catch::Contains("in use"));
}

TEST_CASE("a drain of all threads is done when the last of them has") {
    Server server{local_options(), 4};
    std::string order;
    server.drain(
        1h, [&](std::size_t sessions) { order += "begun " + std::to_string(sessions); },
        [&] {
            order += ", done";
            server.quit();
        });
    server.run();
    CHECK(order == "begun 0, done");
}

TEST_CASE("a stop is done after a drain that was done, or that is under way") {
    const bool at_once = GENERATE(false, true);
    Server server{local_options(), 4};
    std::string order;
    const auto stop = [&] {
        server.stop([&](std::size_t) { order += " stop begun"; },
                    [&] {
                        order += " stop done";
                        server.quit();
                    });
    };
    server.drain(
        1h, [&](std::size_t) { order += "drain begun"; },
        [&] {
            order += " drain done";
            stop();
        });
    if (at_once) stop();
    server.run();
    CHECK(order == (at_once ? "drain begun stop begun stop done" : "drain begun drain done stop begun stop done"));
}

TEST_CASE("an exception on any thread ends them all, and is thrown by run()") {
    auto options = local_options();
    options.websocket.log = {LogLevel::debug, [](LogLevel, std::string_view message, wsxmpp::LogFields) {
                                 if (message.substr(0, 6) == "showed") throw std::runtime_error{"out of luck"};
                             }};
    auto server = std::make_unique<Server>(options, 2);
    std::thread browser{[endpoint = endpoint_of(*server)] { get_page(endpoint); }};
    CHECK_THROWS_WITH(server->run(), "out of luck");
    server.reset();   // closes the browser's connection
    browser.join();
}
