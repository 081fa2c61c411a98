// A connection over TLS.
#include "tls_support.hpp"
#include "transports/tcp_connection.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::transports::TcpConnection;
using wsxmpp::transports::TlsLayer;

namespace {

const Identity& identity() {
    static const Identity made = make_identity({});
    return made;
}

struct TlsFixture {
    explicit TlsFixture(int version = TLS1_3_VERSION, int server_buffer = 0)
        : context{server_context(identity())},
          client_context{SSL_CTX_new(TLS_client_method())},
          pair{context.get(), server_buffer} {
        SSL* ssl = SSL_new(client_context.get());
        SSL_set_connect_state(ssl);
        SSL_set_max_proto_version(ssl, version);
        REQUIRE(pair.handshake(std::make_unique<TlsLayer>(ssl)));
        connection =
            std::make_shared<TcpConnection>(static_cast<wsxmpp::transports::PolledSocket&>(*pair.client), 20ms);
        pair.client.reset();
        connection->start(receiver, 0);
    }

    template <typename Done>
    void until(Done done) {
        run_until(pair.io, done);
    }
    void turn() {
        run_until(pair.io, [turns = 0]() mutable { return ++turns > 20; });
    }

    // From the server.
    void send(std::string_view bytes) {
        server.write(bytes);
        until([&] { return server.transmit(); });
    }
    void send_raw(std::string_view bytes) { server.peer.send(bytes); }

    std::string take(std::size_t size) {
        until([&] { return server.read(), server.received.size() >= size; });
        return std::exchange(server.received, {});
    }

    // The server has sent this, and ended: so it is told, and what is still said to it arrives.
    void check_end_after(const std::string& sent) {
        CHECK((receiver->all() == sent));
        CHECK(receiver->reason == errc::peer_closed);
        connection->write({"</stream:stream>"});
        connection->close(1000, "");
        CHECK(take(16) == "</stream:stream>");
        until([&] { return receiver->closed == 1; });
    }

    // A socket that goes on being ready would never come to rest.
    bool comes_to_rest() {
        pair.io.restart();
        int handlers = 0;
        while (handlers < 100 && pair.io.poll_one() > 0) ++handlers;
        return handlers < 100;
    }

    Owned<SSL_CTX> context, client_context;
    TlsPair pair;
    TlsServerEnd& server = pair.server;
    std::shared_ptr<TcpConnection> connection;
    std::shared_ptr<Recorder> receiver = std::make_shared<Recorder>();
};

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
    return bytes;
}

}   // namespace

TEST_CASE("TLS: bytes of any size go both ways") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    TlsFixture tls{version};
    for (const std::size_t size :
         {1u, 2u, 150u, 16'383u, 16'384u, 16'385u, 49'153u, 65'535u, 65'536u, 65'537u, 1'048'576u}) {
        const std::string bytes = pattern(size);
        tls.receiver->messages.clear();
        tls.server.write(bytes);
        tls.until([&] { return tls.server.transmit(), tls.receiver->all().size() >= size; });
        CHECK((tls.receiver->all() == bytes));
        tls.connection->write({bytes});
        tls.connection->flush();
        CHECK((tls.take(size) == bytes));
    }
}

TEST_CASE("TLS: what a connection runs over is told, also after its end") {
    TlsFixture tls{TLS1_2_VERSION};
    REQUIRE(tls.connection->tls());
    CHECK(tls.connection->tls()->version == "TLSv1.2");
    CHECK(tls.connection->tls()->cipher == "ECDHE-ECDSA-AES256-GCM-SHA384");
    tls.connection->abort();
    tls.until([&] { return tls.receiver->closed == 1; });
    REQUIRE(tls.connection->tls());
    CHECK(tls.connection->tls()->version == "TLSv1.2");
}

TEST_CASE("TLS: records that come one byte at a time, or many at once") {
    TlsFixture tls;
    std::string expected;
    for (const std::size_t size : {1u, 100u, 3'000u}) {
        tls.server.write(pattern(size));
        expected += pattern(size);
    }
    const std::string bytes = std::exchange(tls.server.outgoing(), {});
    for (const char byte : bytes) {
        tls.send_raw({&byte, 1});
        tls.pair.io.restart(), tls.pair.io.poll();
    }
    tls.until([&] { return tls.receiver->all().size() == expected.size(); });
    CHECK((tls.receiver->all() == expected));
}

TEST_CASE("TLS: records that come in two parts, cut anywhere") {
    TlsFixture tls{GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)};
    REQUIRE(tls.comes_to_rest());
    const std::string expected = pattern(1) + pattern(40) + pattern(90);
    std::size_t size = 1;
    for (std::size_t cut = 0; cut <= size; ++cut) {
        tls.receiver->messages.clear();
        for (const std::size_t part : {1u, 40u, 90u}) tls.server.write(pattern(part));
        const std::string bytes = std::exchange(tls.server.outgoing(), {});
        size = bytes.size();
        tls.send_raw(std::string_view{bytes}.substr(0, cut));
        tls.pair.io.restart(), tls.pair.io.poll();
        tls.send_raw(std::string_view{bytes}.substr(cut));
        tls.until([&] { return tls.receiver->all().size() == expected.size(); });
        CHECK(tls.receiver->all() == expected);
        CHECK(tls.comes_to_rest());
    }
}

TEST_CASE("TLS: nothing stays behind of what piled up during a pause, whatever the size of the records") {
    TlsFixture tls;
    const std::size_t record = GENERATE(1u, 700u, 9'000u, 10'000u, 15'000u, 16'384u);
    const std::size_t count = record < 100 ? 2'000 : 200'000 / record;
    std::string expected;
    for (std::size_t i = 0; i < count; ++i) {
        expected += pattern(record);
        tls.server.write(pattern(record));
    }
    const bool pauses_again = GENERATE(false, true);
    if (pauses_again) tls.receiver->after_read = [&] { tls.connection->pause(); };
    tls.connection->pause();
    tls.until([&] { return tls.server.transmit(); });
    tls.turn();
    CHECK(tls.receiver->messages.empty());
    tls.until([&] {
        tls.connection->resume();
        return tls.receiver->all().size() >= expected.size();
    });
    CHECK((tls.receiver->all() == expected));
}

TEST_CASE("TLS: pieces share a record") {
    TlsFixture tls;
    std::vector<std::string> pieces;
    for (int i = 0; i < 12; ++i) pieces.push_back(pattern(10) + "|");
    for (const std::string& piece : pieces) {
        tls.connection->write_borrowed(piece);
        tls.connection->write({"-"});
    }
    CHECK(tls.connection->flush());
    CHECK(tls.take(12 * 12).size() == 12 * 12);
    CHECK(tls.server.records == 1);
}

TEST_CASE("TLS: large and small pieces arrive in order") {
    TlsFixture tls;
    const std::string large = pattern(40'000), small = pattern(77), middle = pattern(16'000);
    std::string expected;
    for (const std::string* piece : {&small, &large, &middle, &middle, &small, &large}) {
        tls.connection->write_borrowed(*piece);
        tls.connection->write({"+"});
        expected += *piece + "+";
    }
    tls.connection->flush();
    CHECK((tls.take(expected.size()) == expected));
}

TEST_CASE("TLS: what the server does not read is kept, and on_writable() comes when it is gone") {
    TlsFixture tls{GENERATE(TLS1_2_VERSION, TLS1_3_VERSION), 4'096};
    const std::size_t written = fill(*tls.connection);
    tls.connection->write({"end"});
    CHECK_FALSE(tls.connection->flush());
    CHECK(tls.comes_to_rest());
    tls.until([&] { return tls.server.read(), tls.receiver->writable == 1; });
    const std::string all = tls.take(written + 3);
    CHECK(all.size() == written + 3);
    CHECK(all.substr(written) == "end");
}

TEST_CASE("TLS: close_notify is an end, told without waiting for FIN, and what is still written arrives") {
    TlsFixture tls{GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)};
    const std::size_t size = GENERATE(0u, 5u, 65'536u, 100'000u);
    tls.server.write(pattern(size));
    SSL_shutdown(tls.server.ssl.get());
    tls.until([&] { return tls.server.transmit(), tls.receiver->ended; });
    tls.check_end_after(pattern(size));
}

TEST_CASE("TLS: FIN without close_notify is an end, too") {
    TlsFixture tls{GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)};
    const std::size_t size = GENERATE(0u, 5u, 65'536u);
    tls.send(pattern(size));
    tls.server.peer.shutdown_send();
    tls.until([&] { return tls.receiver->ended; });
    tls.check_end_after(pattern(size));
}

TEST_CASE("TLS: close() sends close_notify and FIN after what was written, and waits for the server's") {
    TlsFixture tls{GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)};
    tls.connection->write({"</stream:stream>"});
    tls.connection->close(1000, "");
    tls.until([&] { return tls.server.read(), tls.server.fin; });
    CHECK(tls.server.received == "</stream:stream>");
    CHECK(tls.server.closed);
    CHECK(tls.receiver->closed == 0);
    tls.server.peer.socket.close();
    tls.until([&] { return tls.receiver->closed == 1; });
}

TEST_CASE("TLS: a reset is a lost connection") {
    TlsFixture tls;
    tls.server.peer.socket.set_option(asio::socket_base::linger{true, 0});
    tls.server.peer.socket.close();
    tls.until([&] { return tls.receiver->ended; });
    CHECK(tls.receiver->reason == errc::connection_lost);
    CHECK(tls.receiver->detail == "Connection reset by peer");
    tls.connection->close(1000, "");
    tls.until([&] { return tls.receiver->closed == 1; });
}

TEST_CASE("TLS: garbage after the handshake is a lost connection, and what came before it is delivered") {
    TlsFixture tls;
    const std::string before = GENERATE(""s, "before"s);
    tls.server.write(before);
    tls.server.outgoing() += "</stream:stream>, and much more in plain text";
    tls.until([&] { return tls.server.transmit(), tls.receiver->ended; });
    CHECK(tls.receiver->all() == before);
    CHECK(tls.receiver->reason == errc::connection_lost);
    CHECK(tls.receiver->detail == "Protocol error");
    tls.connection->close(1000, "");
    tls.until([&] { return tls.receiver->closed == 1; });
}

TEST_CASE("TLS: a KeyUpdate is answered, and stops neither direction") {
    TlsFixture tls;
    for (int i = 0; i < 3; ++i) {
        tls.receiver->messages.clear();
        REQUIRE(SSL_key_update(tls.server.ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
        REQUIRE(SSL_do_handshake(tls.server.ssl.get()) == 1);
        tls.send("after");
        tls.until([&] { return tls.receiver->all() == "after"; });
        CHECK(tls.comes_to_rest());
        tls.connection->write({"answer"});
        tls.connection->flush();
        CHECK(tls.take(6) == "answer");
    }
}

TEST_CASE("TLS: a KeyUpdate that comes while the server reads nothing loses nothing, and does not spin") {
    TlsFixture tls{TLS1_3_VERSION, 4'096};
    const std::size_t written = fill(*tls.connection);
    REQUIRE(SSL_key_update(tls.server.ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(tls.server.ssl.get()) == 1);
    tls.server.write("after");
    tls.until([&] { return tls.server.transmit(); });
    tls.turn();
    CHECK(tls.comes_to_rest());
    CHECK(tls.take(written).size() == written);
    tls.until([&] { return tls.server.read(), tls.receiver->all() == "after"; });
    tls.connection->write({"end"});
    tls.connection->flush();
    CHECK(tls.take(3) == "end");
}

TEST_CASE("TLS: what came together with a KeyUpdate that cannot be answered yet is told when it could be") {
    TlsFixture tls{TLS1_3_VERSION, 4'096};
    const std::size_t written = fill(*tls.connection);
    tls.server.write("before");
    REQUIRE(SSL_key_update(tls.server.ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(tls.server.ssl.get()) == 1);
    for (int i = 0; i < 20; ++i) tls.server.write(pattern(1'000));
    const bool pauses = GENERATE(false, true);
    if (pauses) tls.receiver->after_read = [&] { tls.connection->pause(); };
    tls.until([&] { return tls.server.transmit() && tls.receiver->all().size() >= 6; });
    tls.turn();
    CHECK(tls.comes_to_rest());
    CHECK(tls.take(written).size() == written);
    tls.until([&] {
        tls.connection->resume();
        return tls.server.read(), tls.receiver->all().size() >= 20'006;
    });
    CHECK(tls.receiver->all().substr(0, 6) == "before");
    CHECK((tls.receiver->all().substr(6, 1'000) == pattern(1'000)));
    CHECK(tls.comes_to_rest());
}

TEST_CASE("TLS: half a KeyUpdate holds up what is written no longer than until the rest comes, also in a pause") {
    TlsFixture tls;
    const bool paused = GENERATE(false, true);
    REQUIRE(SSL_key_update(tls.server.ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(tls.server.ssl.get()) == 1);
    tls.server.write("after");
    const std::string bytes = std::exchange(tls.server.outgoing(), {});
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        tls.send_raw(std::string_view{bytes}.substr(i, 1));
        tls.turn();
        if (i == 10 && paused) tls.connection->pause();
        tls.connection->write({"x"});
        tls.connection->flush();
        CHECK(tls.comes_to_rest());
    }
    CHECK(tls.take(bytes.size()) == std::string(bytes.size(), 'x'));
    tls.connection->resume();
    tls.until([&] { return tls.receiver->all() == "after"; });
}

TEST_CASE("TLS: half a message after the handshake holds up what is written until the rest comes, also in a pause") {
    TlsFixture tls;
    const bool paused = GENERATE(false, true);
    REQUIRE(tls.comes_to_rest());
    // A ticket that takes several records.
    const std::string data(2'000, 'd');
    SSL* server = tls.server.ssl.get();
    SSL_SESSION_set1_ticket_appdata(SSL_get_session(server), data.data(), data.size());
    SSL_set_max_send_fragment(server, 512);
    REQUIRE(SSL_new_session_ticket(server) == 1);
    REQUIRE(SSL_do_handshake(server) == 1);
    const std::string bytes = std::exchange(tls.server.outgoing(), {});
    REQUIRE(bytes.size() > 2'000);
    tls.send_raw(std::string_view{bytes}.substr(0, 1'500));
    tls.turn();
    if (paused) tls.connection->pause();
    tls.connection->write({"held up"});
    CHECK_FALSE(tls.connection->flush());
    CHECK(tls.comes_to_rest());
    tls.send_raw(std::string_view{bytes}.substr(1'500));
    CHECK(tls.take(7) == "held up");
    CHECK(tls.receiver->writable == 1);
    tls.connection->resume();
    tls.send("after");
    tls.until([&] { return tls.receiver->all() == "after"; });
}

TEST_CASE("TLS: many messages that carry nothing keep nobody else waiting, and stall nothing") {
    TlsFixture tls;
    REQUIRE(tls.comes_to_rest());
    for (int i = 0; i < 200; ++i) {
        REQUIRE(SSL_new_session_ticket(tls.server.ssl.get()) == 1);
        REQUIRE(SSL_do_handshake(tls.server.ssl.get()) == 1);
    }
    tls.send("after");
    tls.until([&] { return tls.receiver->all() == "after"; });
}

TEST_CASE("TLS: what is no TLS fails the handshake, and says so") {
    const auto context = server_context(identity());
    const Owned<SSL_CTX> client_context{SSL_CTX_new(TLS_client_method())};
    TlsPair pair{context.get()};
    SSL* ssl = SSL_new(client_context.get());
    SSL_set_connect_state(ssl);
    pair.client->secure(std::make_unique<TlsLayer>(ssl));
    SECTION("text") {
        pair.server.peer.send("<?xml version='1.0'?><stream:stream>");
        run_until(pair.io, [&] { return pair.client->over(); });
        CHECK(ERR_GET_REASON(pair.client->layer().failure().reason) == SSL_R_WRONG_VERSION_NUMBER);
    }
    SECTION("nothing, and FIN") {
        pair.server.peer.shutdown_send();
        run_until(pair.io, [&] { return pair.client->over(); });
        CHECK(pair.client->layer().failure().ended);
    }
    CHECK(pair.client->state == TlsLayer::Step::failed);
}
