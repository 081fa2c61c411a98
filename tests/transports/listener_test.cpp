// Accepting connections, and what those are told who do not become WebSockets.
#include <sys/resource.h>

#include <list>

#include "listener_support.hpp"

using namespace test;
using wsxmpp::WebSocketListener;
using Fixture = ListenerFixture;

TEST_CASE("a handshake is accepted wherever its bytes are split") {
    Fixture f;
    const std::string bytes = request() + text("<open/>");
    for (std::size_t split = 1; split < bytes.size(); split += 7) {
        Peer client{f.io, f.listener.endpoints()[0]};
        client.send(bytes.substr(0, split));
        run_until(f.io, [&, turns = 0]() mutable { return ++turns > 5; });
        client.send(bytes.substr(split));
        client.take_through("\r\n\r\n");
        run_until(f.io, [&] { return !f.accepts.empty(); });
        const auto receiver = std::make_shared<Recorder>();
        f.accepts.back()->start(receiver, 1'000);
        run_until(f.io, [&] { return receiver->messages.size() == 1; });
        CHECK(receiver->messages[0] == "<open/>");
        f.accepts.back()->abort();
        f.accepts.clear();
    }
}

TEST_CASE("a refusal is sent whole, logged, and the connection ends without a reset") {
    Fixture f;
    Peer client{f.io, f.listener.endpoints()[0]};
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
    CHECK(client.take_all().find("HTTP/1.1 405 Method Not Allowed\r\n") == 0);
    CHECK(f.logged.has("WebSocket handshake refused peer=127.0.0.1:"));
    CHECK(f.logged.has("status=405 reason=only GET and HEAD"));
}

TEST_CASE("a browser that opens the address sees the page") {
    Fixture f;
    Peer client{f.io, f.listener.endpoints()[0]};
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string page = client.take_all();
    CHECK(page.find("HTTP/1.1 200 OK\r\n") == 0);
    CHECK(page.find("</html>") != std::string::npos);
}

TEST_CASE("a client that does not finish its request gets 408") {
    auto options = local_options();
    options.handshake_timeout = 20ms;
    Fixture f{options};
    Peer client{f.io, f.listener.endpoints()[0]};
    client.send("GET / HTTP/1.1\r\n");
    CHECK(client.take_all().find("HTTP/1.1 408 Request Timeout\r\n") == 0);
}

TEST_CASE("a client that was refused and does not go is not kept for ever") {
    auto options = local_options();
    options.close_timeout = 20ms;
    Fixture f{options};
    Peer client{f.io, f.listener.endpoints()[0]};
    client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.take_all();
    f.listener.stop();
    f.io.restart();
    f.io.run();   // returns when the connection is gone
}

TEST_CASE("stop() answers those in their handshake with 503, and keeps the connections handed out") {
    Fixture f;
    Peer accepted{f.io, f.listener.endpoints()[0]};
    accepted.send(request());
    accepted.take_through("\r\n\r\n");
    Peer waiting{f.io, f.listener.endpoints()[0]};
    waiting.send("GET / HT");
    run_until(f.io, [&, turns = 0]() mutable { return ++turns > 20; });
    f.listener.stop();
    f.listener.stop();
    const std::string answer = waiting.take_all();
    CHECK(answer.find("HTTP/1.1 503 Service Unavailable\r\n") == 0);
    CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);

    const auto receiver = std::make_shared<Recorder>();
    f.accepts.at(0)->start(receiver, 1'000);
    accepted.send(text("<a/>"));
    run_until(f.io, [&] { return receiver->messages.size() == 1; });

    asio::io_context io;
    tcp::socket late{io};
    std::error_code ec;
    late.connect(f.listener.endpoints()[0], ec);
    CHECK(ec == asio::error::connection_refused);
    f.accepts[0]->abort();
    run_until(f.io, [&] { return receiver->closed == 1; });
}

TEST_CASE("a listener may be destroyed from inside its own handler") {
    asio::io_context io;
    auto listener = std::make_unique<WebSocketListener>(io, local_options());
    const auto endpoint = listener->endpoints()[0];
    std::shared_ptr<wsxmpp::Connection> connection;
    listener->start([&](std::shared_ptr<wsxmpp::Connection> accepted) {
        listener.reset();
        connection = std::move(accepted);
    });
    Peer client{io, endpoint};
    client.send(request());
    run_until(io, [&] { return connection != nullptr; });
    const auto receiver = std::make_shared<Recorder>();
    connection->start(receiver, 1'000);
    client.send(text("<a/>"));
    run_until(io, [&] { return receiver->messages.size() == 1; });
    connection->abort();
    run_until(io, [&] { return receiver->closed == 1; });
}

TEST_CASE("an io_context can be destroyed while handshakes wait") {
    auto io = std::make_unique<asio::io_context>();
    asio::io_context other;
    tcp::socket client{other};
    {
        WebSocketListener listener{*io, local_options()};
        listener.start([](const std::shared_ptr<wsxmpp::Connection>&) {});
        client.connect(listener.endpoints()[0]);
        run_until(*io, [&, turns = 0]() mutable { return ++turns > 20; });
    }
    io.reset();
}

TEST_CASE("a port in use is known at once, and the error names the endpoint") {
    asio::io_context io;
    WebSocketListener first{io, local_options()};
    auto options = local_options();
    options.endpoints = first.places();
    CHECK_THROWS_AS((WebSocketListener{io, options}), std::system_error);
    CHECK_THROWS_WITH(
        (WebSocketListener{io, options}),
        Catch::Contains("127.0.0.1:" + std::to_string(first.endpoints()[0].port())) && Catch::Contains("in use"));
}

TEST_CASE("several endpoints are listened at, and :: takes IPv4 as well") {
    asio::io_context io;
    wsxmpp::WebSocketListenerOptions options;
    options.endpoints = {
        {asio::ip::address_v4::loopback(), 0}, {asio::ip::address_v6::any(), 0}, {asio::ip::address_v6::loopback(), 0}};
    std::unique_ptr<WebSocketListener> listener;
    try {
        listener = std::make_unique<WebSocketListener>(io, options);
    } catch (const std::system_error& error) {
        WARN("no IPv6 here: " << error.what());
        CHECK(std::string{error.what()}.find("[::]:0") != std::string::npos);
        return;
    }
    const auto endpoints = listener->endpoints();
    REQUIRE(endpoints.size() == 3);
    std::error_code ec;
    tcp::socket{io}.connect({asio::ip::address_v4::loopback(), endpoints[0].port()}, ec);
    CHECK_FALSE(ec);
    tcp::socket{io}.connect({asio::ip::address_v4::loopback(), endpoints[1].port()}, ec);
    CHECK_FALSE(ec);
    tcp::socket{io}.connect({asio::ip::address_v6::loopback(), endpoints[2].port()}, ec);
    CHECK_FALSE(ec);
    tcp::socket{io}.connect({asio::ip::address_v4::loopback(), endpoints[2].port()}, ec);
    CHECK(ec);   // IPv6 only
}

TEST_CASE("accepting recovers by itself when descriptors run out, and says so once") {
    Fixture f;
    Peer client{f.io, f.listener.endpoints()[0]};   // waits in the backlog
    client.send(request());

    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 3;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    run_until(f.io, [&] { return !f.logged.lines.empty(); });
    f.io.restart();
    f.io.run_for(250ms);   // more than one attempt
    const auto attempts = f.logged.lines;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);

    CHECK(attempts.size() == 1);
    CHECK(f.logged.has("error=Too many open files"));
    run_until(f.io, [&] { return f.accepts.size() == 1; });
    CHECK(f.logged.has("accepting connections again"));
    CHECK(f.counters().accept_pauses.value() >= 2);   // more than one attempt
    client.take_through("\r\n\r\n");
}

TEST_CASE("listeners share their endpoints evenly") {
    // Of 200 connections each of two gets 100, by hash; that one gets fewer than 50 has a probability of 10^-13.
    constexpr std::size_t all = 200;
    constexpr std::size_t least = 50;
    asio::io_context io{1};
    WebSocketListener first{io, local_options()};
    WebSocketListener second{io, first};
    CHECK(second.endpoints() == first.endpoints());
    std::vector<std::shared_ptr<wsxmpp::Connection>> of_first;
    std::vector<std::shared_ptr<wsxmpp::Connection>> of_second;
    first.start([&](std::shared_ptr<wsxmpp::Connection> accepted) { of_first.push_back(std::move(accepted)); });
    second.start([&](std::shared_ptr<wsxmpp::Connection> accepted) { of_second.push_back(std::move(accepted)); });
    std::list<Peer> clients;
    for (std::size_t i = 0; i < all; ++i) clients.emplace_back(io, first.endpoints()[0]).send(request());
    run_until(io, [&] { return of_first.size() + of_second.size() == all; });
    CHECK(of_first.size() >= least);
    CHECK(of_second.size() >= least);
}

TEST_CASE("endpoints that listeners share are refused to a listener made without them") {
    asio::io_context io;
    WebSocketListener first{io, local_options()};
    const WebSocketListener second{io, first};
    auto options = local_options();
    options.endpoints = first.places();
    CHECK_THROWS_WITH((WebSocketListener{io, options}), Catch::Contains("in use"));
}

TEST_CASE("a listener that shares the endpoints of another lives on without it") {
    asio::io_context io{1};
    auto first = std::make_unique<WebSocketListener>(io, local_options());
    WebSocketListener second{io, *first};
    first.reset();
    second.start([](const std::shared_ptr<wsxmpp::Connection>&) {});
    Peer client{io, second.endpoints()[0]};
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.take_all().find("HTTP/1.1 200 OK\r\n") == 0);
}

TEST_CASE("what became of connections is counted") {
    Fixture f;
    f.answer_to(request());
    f.answer_to("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    f.answer_to("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    { const Peer gone{f.io, f.listener.endpoints()[0]}; }
    run_until(f.io, [&] { return f.counters().vanished.value() == 1; });
    CHECK(f.counters().accepted.value() == 4);
    CHECK(f.counters().answers.of(101).value() == 1);
    CHECK(f.counters().answers.of(200).value() == 1);
    CHECK(f.counters().answers.of(405).value() == 1);
    CHECK(f.counters().answers.of(404).value() == 0);
    CHECK(f.counters().handshake_wait.sum() > 0);
    CHECK(f.counters().accept_pauses.value() == 0);
}

TEST_CASE("a request line that is too long is counted by its status") {
    ListenerFixture f;
    CHECK(f.answer_to("GET /" + std::string(8'000, 'x') + " HTTP/1.1\r\n\r\n").find("HTTP/1.1 414 ") == 0);
    CHECK(f.counters().answers.of(414).value() == 1);
    CHECK(f.counters().answers.of(0).value() == 0);
}
