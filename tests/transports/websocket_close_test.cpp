// How a WebSocket ends (RFC 6455 §5.5.1, §7.1).
#include "support.hpp"

using namespace test;
using wsxmpp::errc;

namespace {

wsxmpp::WebSocketListenerOptions quick() {
    auto options = local_options();
    options.close_timeout = 30ms;
    return options;
}

}   // namespace

TEST_CASE("our close: what was written, a close frame, the client's answer, then TCP from our side first") {
    WebSocketFixture ws;
    ws.connection->write({"<a/>"});
    ws.connection->close(1000, "bye");
    CHECK(ws.client.take(13) ==
          "\x81\x04<a/>\x88\x05\x03\xE8"
          "bye");
    ws.client.receive_until([turns = 0]() mutable { return ++turns > 20; });
    CHECK_FALSE(ws.client.eof);   // the client has not answered yet
    ws.client.send(text("<too late/>") + frame(0x88, closing(1000)));
    CHECK(ws.client.take_all().empty());   // FIN, and nothing more
    CHECK(ws.receiver->closed == 0);
    ws.client.socket.close();
    ws.until([&] { return ws.receiver->closed == 1; });
    CHECK(ws.receiver->messages.empty());
    CHECK_FALSE(ws.receiver->ended);
}

TEST_CASE("the client's close is reported, and answered with its own code by close()") {
    WebSocketFixture ws;
    ws.client.send(frame(0x88, closing(4001, "enough")));
    ws.until([&] { return ws.receiver->ended; });
    CHECK(ws.receiver->reason == errc::peer_closed);
    CHECK(ws.receiver->detail == "enough");
    ws.connection->write({"<last/>"});
    ws.connection->close(1000, "mine");
    CHECK(ws.client.take_all() == "\x81\x07<last/>\x88\x02\x0F\xA1");
    ws.client.socket.close();
    ws.until([&] { return ws.receiver->closed == 1; });
}

TEST_CASE("a close without a code is answered without one") {
    WebSocketFixture ws;
    ws.receiver->after_end = [&] { ws.connection->close(1000, "x"); };
    ws.client.send(frame(0x88, ""));
    CHECK(ws.client.take_all() == "\x88\x00"s);
    CHECK(ws.receiver->detail == "close without a code");
}

TEST_CASE("both sides close at once: one close frame each") {
    WebSocketFixture ws;
    ws.connection->close(1000, "");
    ws.connection->close(1001, "again");   // ignored
    ws.client.send(frame(0x88, closing(1001)));
    CHECK(ws.client.take_all() == "\x88\x02\x03\xE8");
    ws.client.socket.close();
    ws.until([&] { return ws.receiver->closed == 1; });
}

TEST_CASE("messages before the client's close frame are handed out first") {
    WebSocketFixture ws;
    ws.receiver->after_read = [&] { CHECK_FALSE(ws.receiver->ended); };
    ws.client.send(text("<a/>") + frame(0x88, closing(1000)) + text("<b/>"));
    ws.until([&] { return ws.receiver->ended; });
    CHECK(ws.receiver->messages == std::vector{"<a/>"s});
}

TEST_CASE("a client that never answers the close is not waited for longer than close_timeout") {
    WebSocketFixture ws{quick()};
    ws.connection->close(1000, "");
    ws.until([&] { return ws.receiver->closed == 1; });
    CHECK(ws.client.take(4) == "\x88\x02\x03\xE8");
}

TEST_CASE("a client that answers the close and keeps TCP open is not waited for longer either") {
    WebSocketFixture ws{quick()};
    ws.connection->close(1000, "");
    ws.client.send(frame(0x88, closing(1000)));
    ws.until([&] { return ws.receiver->closed == 1; });
}

TEST_CASE("a client that never reads cannot hold up the close") {
    WebSocketFixture ws{quick(), 4'096};
    ws.fill();
    ws.connection->close(1000, "");
    ws.until([&] { return ws.receiver->closed == 1; });
    CHECK(ws.receiver->writable == 0);
}

TEST_CASE("kept output comes before the close frame") {
    WebSocketFixture ws{local_options(), 4'096};
    const std::size_t written = ws.fill();
    ws.connection->close(1001, "");
    CHECK(ws.client.take(written + 4).substr(written) == "\x88\x02\x03\xE9");
    ws.client.send(frame(0x88, closing(1001)));
    CHECK(ws.client.take_all().empty());
}

TEST_CASE("a long reason is cut between characters") {
    WebSocketFixture ws;
    std::string reason;
    for (int i = 0; i < 100; ++i) reason += "\xC3\xA4";
    ws.connection->close(1008, reason);
    CHECK(ws.client.take(2 + 2 + 122) == "\x88\x7C\x03\xF0" + reason.substr(0, 122));
}

TEST_CASE("close() from inside on_data ends the messages of that read") {
    WebSocketFixture ws;
    ws.receiver->on_message = [&](std::string_view) { ws.connection->close(1000, ""); };
    ws.client.send(text("<a/>") + text("<b/>") + frame(0x88, closing(1000)));
    CHECK(ws.client.take_all() == "\x88\x02\x03\xE8");
    CHECK(ws.receiver->messages.size() == 1);
    ws.client.socket.close();
    ws.until([&] { return ws.receiver->closed == 1; });
}

TEST_CASE("abort() from inside on_data ends everything, and on_closed() comes later") {
    WebSocketFixture ws;
    ws.receiver->on_message = [&](std::string_view) {
        ws.connection->abort();
        ws.connection->abort();
        CHECK(ws.receiver->closed == 0);
    };
    ws.client.send(text("<a/>") + text("<b/>"));
    ws.until([&] { return ws.receiver->closed == 1; });
    CHECK(ws.receiver->messages.size() == 1);
    CHECK_FALSE(ws.receiver->ended);
    ws.connection->close(1000, "");
    ws.connection->write({"x"});
    CHECK(ws.connection->flush());
    ws.run();
    CHECK(ws.receiver->closed == 1);
}

TEST_CASE("close() while paused reads on, for the client's answer") {
    WebSocketFixture ws;
    ws.receiver->on_message = [&](std::string_view) { ws.connection->pause(); };
    ws.client.send(text("<a/>") + text("<b/>"));
    ws.until([&] { return ws.receiver->messages.size() == 1; });
    ws.connection->close(1000, "");
    ws.client.send(frame(0x88, closing(1000)));
    CHECK(ws.client.take_all() == "\x88\x02\x03\xE8");
    CHECK(ws.receiver->messages.size() == 1);
}

TEST_CASE("close() before start() refuses the client properly") {
    asio::io_context io;
    wsxmpp::WebSocketListener listener{io, local_options()};
    listener.start([](std::shared_ptr<wsxmpp::Connection> connection) { connection->close(1013, "full"); });
    Peer client{io, listener.endpoints()[0]};
    client.send(request() + text("<early/>"));
    client.take_through("\r\n\r\n");
    client.send(text("<late/>"));
    CHECK(client.take(8) ==
          "\x88\x06\x03\xF5"
          "full");
    client.send(frame(0x88, closing(1013)));
    CHECK(client.take_all().empty());
}

TEST_CASE("a connection that nobody keeps is closed") {
    asio::io_context io;
    wsxmpp::WebSocketListener listener{io, local_options()};
    listener.start([](const std::shared_ptr<wsxmpp::Connection>&) {});
    Peer client{io, listener.endpoints()[0]};
    client.send(request());
    client.receive_until([&] { return client.eof; });
    CHECK_FALSE(client.received.empty());
}

TEST_CASE("the last words survive bytes that the client was still sending") {
    // With a plain close() the unread bytes would be answered by RST, and the client's kernel would drop our words.
    WebSocketFixture ws;
    ws.receiver->after_end = [&] {
        ws.connection->write({std::string(50'000, 'y')});
        ws.connection->close(1002, "");
    };
    ws.client.send(frame(0x83, ""));
    for (int i = 0; i < 20; ++i) ws.client.send(std::string(100'000, 'x'));
    const std::string all = ws.client.take_all();
    CHECK(all.size() == 4 + 50'000 + 4);
}

TEST_CASE("an io_context with live connections can be destroyed") {
    auto receiver = std::make_shared<Recorder>();
    std::weak_ptr<Recorder> watch = receiver;
    {
        WebSocketFixture ws;
        ws.receiver = nullptr;
        ws.connection->abort();
        ws.run();

        Peer second{ws.io, ws.listener.endpoints()[0]};
        ws.connection = nullptr;
        second.send(request());
        ws.until([&] { return ws.connection != nullptr; });
        struct Cycle final : IgnoringReceiver {   // as a session: it owns the connection that owns it
            std::shared_ptr<wsxmpp::Connection> connection;
            std::shared_ptr<Recorder> watched;
        };
        auto session = std::make_shared<Cycle>();
        session->connection = std::move(ws.connection);
        session->watched = std::move(receiver);
        session->connection->start(session, 1'000);
        session->connection->pause();
        ws.run();
    }
    CHECK(watch.expired());
}
