// Connecting to a server over TCP, and the connection that comes of it.
#include "support.hpp"
#include "transports/tcp_connection.hpp"
#include "wsxmpp/tcp_upstream.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::TcpUpstream;
using wsxmpp::TcpUpstreamOptions;

namespace {

struct Result {
    bool called = false;
    std::error_code ec;
    std::string detail;
    std::shared_ptr<wsxmpp::Connection> connection;

    wsxmpp::Upstream::ConnectHandler handler() {
        return [this](wsxmpp::UpstreamResult result) {
            CHECK_FALSE(called);
            called = true;
            ec = result.error;
            detail = result.detail;
            connection = std::move(result.connection);
        };
    }
};

// A port on which nobody listens; the acceptor that is returned keeps others from taking it.
std::pair<tcp::acceptor, std::uint16_t> closed_port(asio::io_context& io) {
    tcp::acceptor bound{io};
    bound.open(tcp::v4());
    bound.bind({asio::ip::address_v4::loopback(), 0});
    const auto port = bound.local_endpoint().port();
    return {std::move(bound), port};
}

struct TcpFixture {
    explicit TcpFixture(TcpUpstreamOptions options = {}, int server_buffer = 0) {
        if (server_buffer > 0) acceptor.set_option(tcp::socket::receive_buffer_size{server_buffer});
        options.host = "127.0.0.1";
        options.port = acceptor.local_endpoint().port();
        TcpUpstream upstream{io, options};
        const auto handle = upstream.connect({}, result.handler());
        run_until(io, [&] { return result.called; });
        REQUIRE_FALSE(result.ec);
        acceptor.accept(server.socket);
        server.ready();
        connection = result.connection;
        connection->start(receiver, 0);
    }
    template <typename Done>
    void until(Done done) {
        run_until(io, done);
    }

    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    Result result;
    Peer server{io};
    std::shared_ptr<wsxmpp::Connection> connection;
    std::shared_ptr<Recorder> receiver = std::make_shared<Recorder>();
};

}   // namespace

TEST_CASE("a name is resolved and connected to, the handler never runs inside connect()") {
    asio::io_context io;
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    TcpUpstreamOptions options;
    options.host = GENERATE("localhost"s, "127.0.0.1"s);
    options.port = acceptor.local_endpoint().port();
    TcpUpstream upstream{io, options};
    CHECK(upstream.name() == options.host + ":" + std::to_string(options.port));
    Result result;
    auto handle = upstream.connect({}, result.handler());
    CHECK_FALSE(result.called);
    run_until(io, [&] { return result.called; });
    CHECK_FALSE(result.ec);
    REQUIRE(result.connection);
    CHECK(result.connection->peer() == "127.0.0.1:" + std::to_string(options.port));
    handle.reset();   // too late to cancel anything
    CHECK(result.connection->flush());
}

TEST_CASE("a name with several addresses: each is tried") {
    // localhost is ::1 and 127.0.0.1 on most machines; here only the second one answers.
    asio::io_context io;
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    TcpUpstreamOptions options;
    options.port = acceptor.local_endpoint().port();
    TcpUpstream upstream{io, options};
    Result result;
    const auto handle = upstream.connect({}, result.handler());
    run_until(io, [&] { return result.called; });
    CHECK_FALSE(result.ec);
}

TEST_CASE("a refused connection says who refused") {
    asio::io_context io;
    const auto [bound, port] = closed_port(io);
    TcpUpstreamOptions options;
    options.host = GENERATE("localhost"s, "127.0.0.1"s);
    options.port = port;
    TcpUpstream upstream{io, options};
    Result result;
    const auto handle = upstream.connect({}, result.handler());
    run_until(io, [&] { return result.called; });
    CHECK(result.ec == asio::error::connection_refused);
    CHECK(result.detail == options.host + ":" + std::to_string(port) + ": Connection refused");
    CHECK_FALSE(result.connection);
}

TEST_CASE("an unknown host is named") {
    asio::io_context io;
    TcpUpstreamOptions options;
    options.host = "no such host";   // no resolver asks the network for this
    TcpUpstream upstream{io, options};
    Result result;
    const auto handle = upstream.connect({}, result.handler());
    run_until(io, [&] { return result.called; });
    CHECK(result.ec);
    CHECK(result.detail.find("no such host: ") == 0);
}

TEST_CASE("an address that does not answer is given up in time") {
    asio::io_context io;
    // A full backlog drops what comes next: a server that does not answer, without a network.
    tcp::acceptor full{io};
    full.open(tcp::v4());
    full.bind({asio::ip::address_v4::loopback(), 0});
    full.listen(0);
    tcp::socket fills_it{io};
    fills_it.connect(full.local_endpoint());
    TcpUpstreamOptions options;
    options.host = "127.0.0.1";
    options.port = full.local_endpoint().port();
    options.connect_timeout = 100ms;
    TcpUpstream upstream{io, options};
    Result result;
    const auto handle = upstream.connect({}, result.handler());
    run_until(io, [&] { return result.called; });
    CHECK(result.ec == errc::connect_timeout);
    CHECK(result.detail == "127.0.0.1:" + std::to_string(options.port) + ": no answer within 0.1 s");
}

TEST_CASE("dropping the handle cancels the attempt, at any time") {
    asio::io_context io;
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    TcpUpstreamOptions options;
    options.host = GENERATE("localhost"s, "127.0.0.1"s);
    options.port = acceptor.local_endpoint().port();
    for (int steps = 0; steps < 4; ++steps) {
        TcpUpstream upstream{io, options};
        Result result;
        auto handle = upstream.connect({}, result.handler());
        for (int i = 0; i < steps && !result.called; ++i) io.run_one();
        const bool called = result.called;
        handle.reset();
        io.restart();
        io.run();
        io.restart();
        CHECK(result.called == called);
    }
}

TEST_CASE("an io_context can be destroyed during an attempt") {
    Result result;
    std::shared_ptr<void> handle;
    asio::io_context io;
    TcpUpstream upstream{io, {}};
    handle = upstream.connect({}, result.handler());
    handle.reset();
    CHECK_FALSE(result.called);
}

TEST_CASE("bytes go both ways") {
    TcpFixture tcp;
    tcp.server.send("<stream>");
    tcp.until([&] { return tcp.receiver->all() == "<stream>"; });
    CHECK(tcp.receiver->reads >= 1);
    tcp.connection->write({"<a", "/>"});
    tcp.connection->write({"<b/>"});
    CHECK(tcp.connection->flush());
    CHECK(tcp.server.take(8) == "<a/><b/>");
}

TEST_CASE("what is copied and what is borrowed arrives in order, however many pieces there are") {
    TcpFixture tcp;
    const std::string source = "abcdefghijklmnopqrstuvwxyz";
    std::string expected;
    const std::size_t count = GENERATE(1u, 7u, 8u, 9u, 15u, 16u, 17u, 500u);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view piece = std::string_view{source}.substr((i * 7) % 20, i % 6);
        if (i % 5 != 1) tcp.connection->write_borrowed(piece);
        if (i % 7 != 2) tcp.connection->write({"-", "+"});
        expected += (i % 5 != 1 ? std::string{piece} : "") + (i % 7 != 2 ? "-+" : "");
    }
    CHECK(tcp.connection->flush());
    CHECK(tcp.server.take(expected.size()) == expected);
}

TEST_CASE("bytes borrowed by one connection survive when another one writes first") {
    TcpFixture one;
    tcp::acceptor acceptor{one.io, {asio::ip::address_v4::loopback(), 0}};
    TcpUpstreamOptions options;
    options.host = "127.0.0.1";
    options.port = acceptor.local_endpoint().port();
    TcpUpstream upstream{one.io, options};
    Result result;
    const auto handle = upstream.connect({}, result.handler());
    one.until([&] { return result.called; });
    Peer other_server{one.io};
    acceptor.accept(other_server.socket);
    other_server.ready();
    result.connection->start(std::make_shared<Recorder>(), 0);

    std::string borrowed = "first";
    one.connection->write_borrowed(borrowed);
    result.connection->write({"other"});
    CHECK(one.connection->flush());
    borrowed = "XXXXX";
    CHECK(result.connection->flush());
    CHECK(one.server.take(5) == "first");
    CHECK(other_server.take(5) == "other");
}

TEST_CASE("write() borrows for the call only, write_borrowed() until flush() returns") {
    TcpFixture tcp;
    std::string copied = "copied", borrowed = "borrowed";
    tcp.connection->write({copied});
    tcp.connection->write_borrowed(borrowed);
    copied = "XXXXXX";
    borrowed.back() = 'D';
    CHECK(tcp.connection->flush());
    CHECK(tcp.server.take(14) == "copiedborroweD");   // sent from where it is
}

TEST_CASE("what the server does not read is kept, and on_writable() comes when it is gone") {
    TcpFixture tcp{{}, 4'096};
    const std::string block(100'000, 'x');
    std::size_t written = 0;
    bool taken = true;
    while (taken) {
        std::string borrowed = block;
        tcp.connection->write_borrowed(borrowed);
        tcp.connection->write({"|"});
        taken = tcp.connection->flush();
        borrowed.assign(borrowed.size(), 'y');   // no longer borrowed
        written += block.size() + 1;
    }
    tcp.connection->write({"end"});
    CHECK_FALSE(tcp.connection->flush());
    tcp.server.receive_until([&] { return tcp.receiver->writable == 1; });
    const std::string all = tcp.server.take(written + 3);
    CHECK(all.find('y') == std::string::npos);
    CHECK(all.substr(written) == "end");
    CHECK(tcp.connection->flush());
}

TEST_CASE("the server's end is reported, and what we still write reaches it") {
    TcpFixture tcp;
    tcp.server.send("</stream>");
    tcp.server.shutdown_send();
    tcp.until([&] { return tcp.receiver->ended; });
    CHECK(tcp.receiver->all() == "</stream>");
    CHECK(tcp.receiver->reason == errc::peer_closed);
    tcp.connection->write({"</stream:stream>"});
    tcp.connection->close(1000, "");
    CHECK(tcp.server.take_all() == "</stream:stream>");
    tcp.until([&] { return tcp.receiver->closed == 1; });
}

TEST_CASE("a reset is a lost connection") {
    TcpFixture tcp;
    tcp.server.socket.set_option(asio::socket_base::linger{true, 0});
    tcp.server.socket.close();
    tcp.until([&] { return tcp.receiver->ended; });
    CHECK(tcp.receiver->reason == errc::connection_lost);
    CHECK(tcp.receiver->detail == "Connection reset by peer");
    tcp.connection->close(1000, "");
    tcp.until([&] { return tcp.receiver->closed == 1; });
}

TEST_CASE("a reset is told once, also to one that is paused and holds output") {
    TcpFixture tcp{{}, 4'096};
    do tcp.connection->write({std::string(100'000, 'x')});
    while (tcp.connection->flush());
    tcp.connection->pause();
    tcp.server.socket.set_option(asio::socket_base::linger{true, 0});
    tcp.server.socket.close();
    tcp.until([&] { return tcp.receiver->ended; });
    tcp.io.restart();
    int handlers = 0;   // a socket that goes on being ready would never let it come to rest
    while (handlers < 100 && tcp.io.poll_one() > 0) ++handlers;
    CHECK(handlers < 100);
    tcp.connection->close(1000, "");
    tcp.until([&] { return tcp.receiver->closed == 1; });
}

TEST_CASE("close() sends FIN, and discards what comes, so that no reset destroys what the server must still read") {
    TcpFixture tcp;
    tcp.connection->pause();
    tcp.server.send(std::string(200'000, 'x'));   // unread when we close
    tcp.connection->write({"</stream:stream>"});
    tcp.connection->close(1000, "");
    tcp.server.send(std::string(200'000, 'x'));
    CHECK(tcp.server.take_all() == "</stream:stream>");
    CHECK(tcp.receiver->closed == 0);   // the server has not sent FIN
    CHECK(tcp.receiver->messages.empty());
    tcp.server.socket.close();
    tcp.until([&] { return tcp.receiver->closed == 1; });
    CHECK_FALSE(tcp.receiver->ended);
}

TEST_CASE("a server that does not answer our FIN is not waited for longer than close_timeout") {
    TcpUpstreamOptions options;
    options.close_timeout = 20ms;
    TcpFixture tcp{options};
    tcp.connection->close(1000, "");
    tcp.until([&] { return tcp.receiver->closed == 1; });
}

TEST_CASE("kept output is sent before the FIN") {
    TcpFixture tcp{{}, 4'096};
    const std::string block(100'000, 'x');
    std::size_t written = 0;
    do {
        tcp.connection->write({block});
        written += block.size();
    } while (tcp.connection->flush());
    tcp.connection->close(1000, "");
    CHECK(tcp.server.take_all().size() == written);
}

TEST_CASE("pause() holds the server back, resume() goes on") {
    TcpFixture tcp;
    tcp.connection->pause();
    tcp.server.send("a");
    run_until(tcp.io, [turns = 0]() mutable { return ++turns > 20; });
    CHECK(tcp.receiver->messages.empty());
    tcp.connection->resume();
    tcp.until([&] { return tcp.receiver->all() == "a"; });
}

TEST_CASE("abort() ends at once") {
    TcpFixture tcp;
    tcp.connection->abort();
    CHECK(tcp.receiver->closed == 0);
    tcp.until([&] { return tcp.receiver->closed == 1; });
    tcp.server.receive_until([&] { return tcp.server.eof; });
}
