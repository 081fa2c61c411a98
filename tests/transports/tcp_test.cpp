// A TCP connection to a server.
#include "support.hpp"
#include "transports/open_socket.hpp"
#include "transports/tcp_connection.hpp"

using namespace test;
using wsxmpp::errc;

namespace {

std::shared_ptr<wsxmpp::Connection> connect_to(asio::io_context& io, const tcp::endpoint& endpoint,
                                               std::chrono::milliseconds close_timeout = 5s) {
    using namespace wsxmpp::transports;
    std::error_code ec;
    const int fd = begin_connect(endpoint, ec);   // connected at once, on this machine
    REQUIRE_FALSE(ec);
    return std::make_shared<TcpConnection>(FreshSocket{io, fd}, close_timeout);
}

struct TcpFixture {
    explicit TcpFixture(std::chrono::milliseconds close_timeout = 5s, int server_buffer = 0) {
        if (server_buffer > 0) acceptor.set_option(tcp::socket::receive_buffer_size{server_buffer});
        connection = connect_to(io, acceptor.local_endpoint(), close_timeout);
        acceptor.accept(server.socket);
        server.ready();
        connection->start(receiver, 0);
    }
    template <typename Done>
    void until(Done done) {
        run_until(io, done);
    }

    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    Peer server{io};
    std::shared_ptr<wsxmpp::Connection> connection;
    std::shared_ptr<Recorder> receiver = std::make_shared<Recorder>();
};

}   // namespace

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
    const auto other = connect_to(one.io, acceptor.local_endpoint());
    Peer other_server{one.io};
    acceptor.accept(other_server.socket);
    other_server.ready();
    other->start(std::make_shared<Recorder>(), 0);

    std::string borrowed = "first";
    one.connection->write_borrowed(borrowed);
    other->write({"other"});
    CHECK(one.connection->flush());
    borrowed = "XXXXX";
    CHECK(other->flush());
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
    TcpFixture tcp{5s, 4'096};
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
    TcpFixture tcp{5s, 4'096};
    fill(*tcp.connection);
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
    TcpFixture tcp{20ms};
    tcp.connection->close(1000, "");
    tcp.until([&] { return tcp.receiver->closed == 1; });
}

TEST_CASE("kept output is sent before the FIN") {
    TcpFixture tcp{5s, 4'096};
    const std::size_t written = fill(*tcp.connection);
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
