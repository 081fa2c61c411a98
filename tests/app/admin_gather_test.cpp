#include "admin/gather.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "admin/admin.hpp"
#include "descriptor_limit.hpp"
#include "local_server.hpp"

using namespace std::chrono_literals;
using asio::ip::tcp;
using Catch::Contains;
using wsxmpp::app::Admin;
using wsxmpp::app::AdminOptions;
using wsxmpp::app::Options;
using wsxmpp::app::Server;
using wsxmpp::app::ServerAdminSource;

namespace {

Options upstream_at(const tcp::acceptor& server) {
    auto options = test::local_options();
    auto& targets = options.upstream.otherwise.emplace().targets;
    targets.emplace_back();
    targets.back().host = "127.0.0.1";
    targets.back().port = server.local_endpoint().port();
    return options;
}

// A server that runs until it goes.
class Running {
public:
    explicit Running(std::size_t threads, const Options& options = test::local_options()) : server{options, threads} {}
    ~Running() { end(); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    void run() {
        thread_ = std::thread{[this] { server.run(); }};
    }
    void end() {
        server.quit();
        if (thread_.joinable()) thread_.join();
    }

    Server server;

private:
    std::thread thread_;
};

// What an AdminSource answers to `ask`, which gets the function to be called with it.
template <typename Answer, typename Ask>
Answer wait_for(asio::io_context& io, Ask ask) {
    std::optional<Answer> answer;
    ask([&](Answer given) { answer = std::move(given); });
    io.restart();
    io.run();
    REQUIRE(answer);
    return *std::move(answer);
}

ServerAdminSource::Sessions sessions(asio::io_context& io, ServerAdminSource& source) {
    return wait_for<ServerAdminSource::Sessions>(io, [&](auto done) { source.sessions(std::move(done)); });
}
std::optional<bool> close(asio::io_context& io, ServerAdminSource& source, std::uint64_t id) {
    return wait_for<std::optional<bool>>(io, [&](auto done) { source.close(id, std::move(done)); });
}
std::optional<std::string> readiness(asio::io_context& io, ServerAdminSource& source) {
    return wait_for<std::optional<std::string>>(io, [&](auto done) { source.readiness(std::move(done)); });
}
bool update(asio::io_context& io, ServerAdminSource& source) {
    return wait_for<bool>(io, [&](auto done) { source.update(std::move(done)); });
}

// A browser whose WebSocket is open, and that has said nothing yet.
tcp::socket open_session(asio::io_context& io, const tcp::endpoint& endpoint) {
    tcp::socket socket{io};
    socket.connect(endpoint);
    asio::write(socket, asio::buffer(std::string{"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                                                 "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                                                 "Sec-WebSocket-Protocol: xmpp\r\n\r\n"}));
    std::string answer;
    asio::read_until(socket, asio::dynamic_buffer(answer), "\r\n\r\n");
    REQUIRE_THAT(answer, Contains(" 101 "));
    return socket;
}

}   // namespace

TEST_CASE("the sessions of all threads are listed, counted and closed") {
    Running running{3};
    const auto io = std::make_shared<asio::io_context>();
    ServerAdminSource source{io, running.server};
    running.run();
    asio::io_context clients;
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 6; ++i) sockets.push_back(open_session(clients, test::endpoint_of(running.server)));

    const auto list = sessions(*io, source);
    REQUIRE(list);
    REQUIRE(list->size() == 6);
    CHECK(update(*io, source));
    CHECK(source.sample().sessions == 6);
    CHECK(source.sample().logged_in == 0);
    CHECK(source.sample().accepted == 6);
    CHECK_THAT(source.prometheus(),
               Contains("\nwsxmpp_sessions{state=\"waiting\"} 6\n") && Contains("\nprocess_start_time_seconds "));

    const auto mine = "127.0.0.1:" + std::to_string(sockets[2].local_endpoint().port());
    std::optional<std::uint64_t> id;
    for (const auto& session : *list) {
        CHECK(session.state == "waiting");
        if (session.client == mine) id = session.id;
    }
    REQUIRE(id);
    CHECK(close(*io, source, *id) == true);
    std::string rest;
    asio::read_until(sockets[2], asio::dynamic_buffer(rest), "policy-violation");
    CHECK(close(*io, source, 987'654'321) == false);
}

TEST_CASE("a server that does not run is not waited for longer than was said") {
    const bool ran = GENERATE(false, true);
    Running running{2};
    const auto io = std::make_shared<asio::io_context>();
    ServerAdminSource source{io, running.server, 10ms, 10ms};
    ServerAdminSource patient{io, running.server};
    if (ran) {
        running.run();
        CHECK(update(*io, patient));
        running.end();
    }
    CHECK_FALSE(sessions(*io, source));
    CHECK_FALSE(close(*io, source, 1));
    CHECK_FALSE(update(*io, source));
    CHECK_FALSE(readiness(*io, source));
}

TEST_CASE("the program is ready as long as a server can be reached, and it has not been told to end") {
    asio::io_context servers;
    tcp::acceptor server{servers, {asio::ip::address_v4::loopback(), 0}};   // the kernel accepts
    Running running{2, upstream_at(server)};
    const auto io = std::make_shared<asio::io_context>();
    ServerAdminSource source{io, running.server};
    running.run();
    CHECK(readiness(*io, source) == "");
    running.server.retire();
    CHECK(readiness(*io, source) == "this server is shutting down");
}

TEST_CASE("the program is not ready while no server can be reached") {
    asio::io_context servers;
    tcp::acceptor nobody{servers};
    nobody.open(tcp::v4());
    nobody.bind({asio::ip::address_v4::loopback(), 0});   // does not listen, and keeps the port from others
    Running running{2, upstream_at(nobody)};
    const auto io = std::make_shared<asio::io_context>();
    ServerAdminSource source{io, running.server};
    running.run();
    CHECK_THAT(readiness(*io, source).value_or(""), Contains("not ready: ") && Contains("refused"));
}

TEST_CASE("what is told of the program: its threads, where it leads to, and that it drains") {
    Running running{2};
    ServerAdminSource source{std::make_shared<asio::io_context>(), running.server};
    CHECK(source.about().threads == 2);
    CHECK(source.about().upstream == running.server.upstream());
    CHECK_FALSE(source.about().draining);
    running.server.drain(
        1h, [](std::size_t) {}, [] {});
    CHECK(source.about().draining);
}

TEST_CASE("without a descriptor left, as many are open as may be") {
    Running running{1};
    ServerAdminSource source{std::make_shared<asio::io_context>(), running.server};
    const NoDescriptors none;
    CHECK_THAT(source.prometheus(), Contains("\nprocess_open_fds " + std::to_string(NoDescriptors::most) + "\n"));
}

TEST_CASE("without --admin nothing listens") {
    Running running{1};
    Admin admin{{}, running.server, {}};
    admin.start();
    CHECK(admin.uris().empty());
}

TEST_CASE("the admin listener answers on a thread of its own, until it goes") {
    Running running{1};
    AdminOptions options;
    options.address = wsxmpp::app::parse_admin("127.0.0.1:0");
    std::optional<Admin> admin;
    admin.emplace(options, running.server, wsxmpp::Log{});
    REQUIRE(admin->uris().size() == 1);
    const auto& uri = admin->uris()[0];   // http://127.0.0.1:PORT/
    const auto port = static_cast<std::uint16_t>(std::stoi(uri.substr(uri.rfind(':') + 1)));
    admin->start();
    running.run();

    asio::io_context clients;
    tcp::socket socket{clients};
    socket.connect({asio::ip::address_v4::loopback(), port});
    asio::write(socket, asio::buffer(std::string{"GET /healthz HTTP/1.0\r\n\r\n"}));
    std::string answer;
    std::error_code ec;
    asio::read(socket, asio::dynamic_buffer(answer), ec);
    CHECK_THAT(answer, Contains(" 200 OK") && Contains("\r\n\r\nok\n"));

    admin.reset();
    tcp::socket late{clients};
    late.connect({asio::ip::address_v4::loopback(), port}, ec);
    CHECK(ec == asio::error::connection_refused);
}
