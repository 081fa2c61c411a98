// A WebSocket over a real socket: messages both ways, reading paused, output that is not taken.
#include "support.hpp"

using namespace test;
using wsxmpp::errc;

TEST_CASE("messages come in, and go out in unmasked text frames") {
    WebSocketFixture ws;
    ws.client.send(text("<a/>") + text("<b/>"));
    ws.until([&] { return ws.receiver->messages.size() == 2; });
    CHECK(ws.receiver->messages == std::vector{"<a/>"s, "<b/>"s});
    ws.connection->write({"<c ", "x='y'", "/>"});
    ws.connection->write({"<d/>"});
    CHECK(ws.connection->flush());
    CHECK(ws.client.take(18) == "\x81\x0A<c x='y'/>\x81\x04<d/>");
}

TEST_CASE("nothing is sent before flush()") {
    WebSocketFixture ws;
    ws.connection->write({"<a/>"});
    ws.run();
    CHECK(ws.client.socket.available() == 0);
    CHECK(ws.connection->flush());
    CHECK(ws.client.take(6) == "\x81\x04<a/>");
}

TEST_CASE("the connection says who it is and what was agreed on") {
    WebSocketFixture ws;
    CHECK(ws.connection->subprotocol() == "xmpp");
    CHECK(ws.connection->peer() == "127.0.0.1:" + std::to_string(ws.client.socket.local_endpoint().port()));
}

TEST_CASE("one read is one on_read_end, after all its messages, which lie together") {
    WebSocketFixture ws;
    std::vector<std::string_view> views;
    bool adjacent = true;
    ws.receiver->after_read = [&] {
        for (std::size_t i = 1; i < ws.receiver->views.size(); ++i)
            adjacent = adjacent && ws.receiver->views[i].data() ==
                                       ws.receiver->views[i - 1].data() + ws.receiver->views[i - 1].size();
    };
    std::string bytes;
    for (int i = 0; i < 50; ++i) bytes += text(std::string(static_cast<std::size_t>(i), 'x'));
    ws.client.send(bytes);
    ws.until([&] { return ws.receiver->messages.size() == 50; });
    CHECK(ws.receiver->reads <= 2);   // the kernel may give the bytes in two parts
    CHECK(adjacent);
}

TEST_CASE("frames that came with the request are the first messages") {
    WebSocketFixture ws{local_options(), 0, 262'144, text("<open/>") + text("<a/>").substr(0, 3)};
    ws.client.send(text("<a/>").substr(3));
    ws.until([&] { return ws.receiver->messages.size() == 2; });
    CHECK(ws.receiver->messages == std::vector{"<open/>"s, "<a/>"s});
}

TEST_CASE("a message larger than the read buffer arrives whole") {
    WebSocketFixture ws;
    std::string payload(200'000, 'x');
    payload.front() = '<';
    ws.client.send(text(payload) + text("<a/>"));
    ws.until([&] { return ws.receiver->messages.size() == 2; });
    CHECK(ws.receiver->messages[0] == payload);
    CHECK(ws.receiver->messages[1] == "<a/>");
}

TEST_CASE("a message over the limit ends reading, and the last words still reach the client") {
    WebSocketFixture ws{local_options(), 0, 1'000};
    ws.receiver->after_end = [&] {
        ws.connection->write({"<error/>"});
        ws.connection->close(1009, "too large");
    };
    ws.client.send(text(std::string(1'001, 'x')) + text("<never/>"));
    CHECK(ws.client.take_all() == "\x81\x08<error/>\x88\x0B\x03\xF1too large");
    CHECK(ws.receiver->reason == errc::element_too_large);
    CHECK(ws.receiver->detail == "message of 1001 bytes, the limit is 1000");
    CHECK(ws.receiver->messages.empty());
    ws.client.socket.close();
    ws.until([&] { return ws.receiver->closed == 1; });
}

TEST_CASE("after a violation the client may go on sending, and still reads the last words") {
    WebSocketFixture ws;
    ws.receiver->after_end = [&] { ws.connection->close(1002, "no"); };
    ws.client.send(frame(0x83, "") + std::string(300'000, 'x'));
    CHECK(ws.client.take_all() == "\x88\x04\x03\xEAno");
    CHECK(ws.receiver->reason == errc::websocket_violation);
}

TEST_CASE("a ping is answered with a pong that repeats its payload") {
    WebSocketFixture ws;
    ws.client.send(frame(0x89, "abc"));
    CHECK(ws.client.take(5) == "\x8A\x03"s + "abc");
    ws.client.send(frame(0x89, ""));
    CHECK(ws.client.take(2) == "\x8A\x00"s);
}

TEST_CASE("each ping of one read is answered, in its place between the messages") {
    WebSocketFixture ws;
    ws.receiver->on_message = [&](std::string_view data) { ws.connection->write({data}); };
    ws.receiver->after_read = [&] { ws.connection->flush(); };
    ws.client.send(frame(0x89, "1") + frame(0x01, "<a") + frame(0x89, "2") + frame(0x80, "/>") + frame(0x89, "3") +
                   frame(0x89, "4"));
    CHECK(ws.client.take(18) ==
          "\x8A\x01"
          "1"
          "\x8A\x01"
          "2"
          "\x81\x04<a/>"
          "\x8A\x01"
          "3"
          "\x8A\x01"
          "4");
}

// As in a proxy: what is written to the other connection takes the shared output away from the pongs.
TEST_CASE("each ping is answered though the receiver writes to another connection meanwhile") {
    WebSocketFixture ws;
    const auto first = ws.connection;
    Peer other_client{ws.io, ws.listener.endpoints()[0]};
    other_client.send(request());
    other_client.take_through("\r\n\r\n");
    ws.until([&] { return ws.connection != first; });
    const auto other = ws.connection;
    other->start(std::make_shared<Recorder>(), 1'000);
    ws.receiver->on_message = [&](std::string_view data) { other->write_borrowed(data); };
    ws.receiver->after_read = [&] { other->flush(); };
    ws.client.send(frame(0x89, "1") + text("<a/>") + frame(0x89, "2") + text("<b/>") + frame(0x89, "3"));
    CHECK(ws.client.take(9) ==
          "\x8A\x01"
          "1"
          "\x8A\x01"
          "2"
          "\x8A\x01"
          "3");
    CHECK(other_client.take(12) == "\x81\x04<a/>\x81\x04<b/>");
}

TEST_CASE("a pong that nobody asked for is ignored") {
    WebSocketFixture ws;
    ws.client.send(frame(0x8A, "x") + text("<a/>"));
    ws.until([&] { return ws.receiver->messages.size() == 1; });
    CHECK_FALSE(ws.receiver->ended);
}

TEST_CASE("pause() takes effect between two messages of one read") {
    WebSocketFixture ws;
    ws.receiver->on_message = [&](std::string_view) { ws.connection->pause(); };
    ws.client.send(text("<a/>") + text("<b/>") + text("<c/>").substr(0, 3));
    ws.until([&] { return ws.receiver->messages.size() == 1; });
    ws.run();
    CHECK(ws.receiver->messages.size() == 1);
    CHECK(ws.receiver->reads == 1);
    ws.client.send(text("<c/>").substr(3) + frame(0x83, ""));
    ws.run();
    ws.connection->resume();
    ws.until([&] { return ws.receiver->messages.size() == 2; });
    ws.connection->resume();
    ws.until([&] { return ws.receiver->messages.size() == 3; });
    CHECK(ws.receiver->all() == "<a/><b/><c/>");
    CHECK_FALSE(ws.receiver->ended);
    ws.connection->resume();
    ws.until([&] { return ws.receiver->ended; });
}

TEST_CASE("pause() and resume() from inside on_data lose nothing") {
    WebSocketFixture ws;
    ws.receiver->on_message = [&](std::string_view data) {
        ws.connection->pause();
        ws.connection->resume();
        if (data == "<b/>") ws.connection->pause();
    };
    ws.client.send(text("<a/>") + text("<b/>") + text("<c/>"));
    ws.until([&] { return ws.receiver->messages.size() == 2; });
    ws.run();
    CHECK(ws.receiver->messages.size() == 2);
    ws.connection->resume();
    ws.until([&] { return ws.receiver->messages.size() == 3; });
}

TEST_CASE("while paused nothing is read, and the client is held back") {
    WebSocketFixture ws;
    ws.connection->pause();
    const std::string message = text(std::string(60'000, 'x'));
    std::size_t sent = 0;
    for (std::error_code ec; !ec && sent < 100'000'000;) {
        sent += ws.client.socket.write_some(asio::buffer(message), ec);
        ws.run();
    }
    CHECK(sent < 100'000'000);
    CHECK(ws.receiver->messages.empty());
}

TEST_CASE("what the client does not read is kept, once, and on_writable() comes when it is gone") {
    WebSocketFixture ws{local_options(), 4'096};
    std::size_t written = ws.fill();
    CHECK_FALSE(ws.connection->flush());   // still
    ws.connection->write({"<late/>"});
    CHECK_FALSE(ws.connection->flush());
    written += 9;
    CHECK(ws.receiver->writable == 0);
    ws.client.receive_until([&] { return ws.receiver->writable == 1; });
    CHECK(ws.client.take(written).substr(written - 9) == "\x81\x07<late/>");
    ws.run();
    CHECK(ws.receiver->writable == 1);
    CHECK(ws.connection->flush());
}

TEST_CASE("pings of a client that does not read are not kept, except the latest, and do not split a message") {
    WebSocketFixture ws{local_options(), 4'096};
    const std::size_t written = ws.fill();
    for (int i = 0; i < 1'000; ++i) ws.client.send(frame(0x89, "ping " + std::to_string(i)));
    ws.client.send(text("<a/>"));
    ws.until([&] { return ws.receiver->messages.size() == 1; });
    ws.client.receive_until([&] { return ws.receiver->writable == 1; });
    ws.client.take(written);
    CHECK(ws.client.take(10) == "\x8A\x08ping 999");
    ws.client.receive_until([turns = 0]() mutable { return ++turns > 20; });
    CHECK(ws.client.received.empty());
}

TEST_CASE("two connections that write in turns do not mix their output") {
    WebSocketFixture one;
    Peer second_client{one.io, one.listener.endpoints()[0]};
    const auto first = one.connection;
    second_client.send(request());
    second_client.take_through("\r\n\r\n");
    one.until([&] { return one.connection != first; });
    const auto second = one.connection;
    const auto receiver = std::make_shared<Recorder>();
    second->start(receiver, 1'000);

    first->write({"<1a/>"});
    second->write({"<2a/>"});   // takes the shared buffer: the first one's data moves out
    first->write({"<1b/>"});
    second->write({"<2b/>"});
    CHECK(first->flush());
    CHECK(second->flush());
    CHECK(one.client.take(14) == "\x81\x05<1a/>\x81\x05<1b/>");
    CHECK(second_client.take(14) == "\x81\x05<2a/>\x81\x05<2b/>");
}

TEST_CASE("a client that goes without a close frame is a lost connection") {
    WebSocketFixture ws;
    ws.client.socket.close();
    ws.until([&] { return ws.receiver->ended; });
    CHECK(ws.receiver->reason == errc::connection_lost);
    CHECK(ws.receiver->detail == "the connection ended without a close frame");
    ws.connection->close(1000, "");
    ws.until([&] { return ws.receiver->closed == 1; });
}

TEST_CASE("a reset is a lost connection, with the system's words") {
    WebSocketFixture ws;
    ws.client.socket.set_option(asio::socket_base::linger{true, 0});
    ws.client.socket.close();
    ws.until([&] { return ws.receiver->ended; });
    CHECK(ws.receiver->reason == errc::connection_lost);
    CHECK(ws.receiver->detail == "Connection reset by peer");
    ws.connection->write({"ignored"});
    CHECK(ws.connection->flush());
    ws.connection->close(1000, "");
    ws.until([&] { return ws.receiver->closed == 1; });
}

TEST_CASE("a paused connection notices that it broke while it writes") {
    WebSocketFixture ws;
    ws.connection->pause();
    ws.client.socket.set_option(asio::socket_base::linger{true, 0});
    ws.client.socket.close();
    ws.until([&] {
        ws.connection->write({"<a/>"});
        ws.connection->flush();
        return ws.receiver->ended;
    });
    CHECK(ws.receiver->reason == errc::connection_lost);
}

TEST_CASE("what came before the connection broke is read, though a write failed first") {
    WebSocketFixture ws;
    ws.connection->pause();
    ws.client.send(text("<last/>"));
    ws.client.socket.set_option(asio::socket_base::linger{true, 0});
    ws.client.socket.close();
    ws.connection->resume();
    ws.connection->write({"<a/>"});
    ws.connection->flush();
    ws.until([&] { return ws.receiver->ended; });
    CHECK(ws.receiver->messages == std::vector{"<last/>"s});
}

TEST_CASE("a client that answers pings, or just talks, lives, one that is silent does not") {
    auto options = local_options();
    options.ping_interval = 20ms;
    options.pong_timeout = 60ms;
    WebSocketFixture ws{options};
    for (int i = 0; i < 8; ++i) {
        CHECK(ws.client.take(2) == "\x89\x00"s);
        ws.client.send(i % 2 ? frame(0x8A, "") : text("<a/>"));
    }
    CHECK_FALSE(ws.receiver->ended);
    ws.until([&] { return ws.receiver->ended; });
    CHECK(ws.receiver->reason == errc::ping_timeout);
}

TEST_CASE("a connection that is paused is not ended for the pongs it does not read") {
    auto options = local_options();
    options.ping_interval = 10ms;
    options.pong_timeout = 10ms;
    WebSocketFixture ws{options};
    ws.connection->pause();
    ws.client.take(20);   // ten pings, none answered
    CHECK_FALSE(ws.receiver->ended);
    ws.connection->resume();
    ws.until([&] { return ws.receiver->ended; });
}

TEST_CASE("no pings are sent when the interval is 0") {
    auto options = local_options();
    options.ping_interval = 0ms;
    WebSocketFixture ws{options};
    ws.io.restart();
    ws.io.run_for(50ms);
    CHECK(ws.client.socket.available() == 0);
}

TEST_CASE("binary messages are taken when the listener was told so") {
    auto options = local_options();
    options.accept_binary = GENERATE(false, true);
    WebSocketFixture ws{options};
    ws.client.send(frame(0x82, "x"));
    ws.until([&] { return ws.receiver->ended || !ws.receiver->messages.empty(); });
    CHECK(ws.receiver->messages.size() == (options.accept_binary ? 1 : 0));
    if (!options.accept_binary) CHECK(ws.receiver->reason == errc::binary_message);
}

TEST_CASE("write_binary() sends a binary message") {
    WebSocketFixture ws;
    ws.connection->write_binary({"\x01", "\xFF"});
    CHECK(ws.connection->flush());
    CHECK(ws.client.take(4) == "\x82\x02\x01\xFF");
}
