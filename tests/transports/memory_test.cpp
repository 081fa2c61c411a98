// The in-memory transports behave as the ones with sockets do.
#include "wsxmpp/memory.hpp"
#include "support.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::MemoryPairOptions;
using wsxmpp::MemoryUnit;

namespace {

struct Pair {
    explicit Pair(MemoryPairOptions options = {MemoryUnit::messages, 65'536, "xmpp"}, std::size_t max_message = 1'000) {
        std::tie(one, other) = wsxmpp::memory_pair(io, options);
        one->start(at_one, max_message);
        other->start(at_other, max_message);
    }
    void run() {
        io.restart();
        io.run();
    }

    asio::io_context io;
    std::shared_ptr<wsxmpp::Connection> one, other;
    std::shared_ptr<Recorder> at_one = std::make_shared<Recorder>();
    std::shared_ptr<Recorder> at_other = std::make_shared<Recorder>();
};

}   // namespace

TEST_CASE("memory: messages arrive one by one, bytes as they were flushed") {
    const auto unit = GENERATE(MemoryUnit::messages, MemoryUnit::bytes);
    Pair pair{{unit, 65'536, ""}};
    pair.one->write({"<a", "/>"});
    pair.one->write({"<b/>"});
    pair.run();
    CHECK(pair.at_other->messages.empty());   // not flushed
    CHECK(pair.one->flush());
    CHECK(pair.at_other->messages.empty());   // never from inside a call
    pair.run();
    if (unit == MemoryUnit::messages)
        CHECK(pair.at_other->messages == std::vector{"<a/>"s, "<b/>"s});
    else
        CHECK(pair.at_other->messages == std::vector{"<a/><b/>"s});
    CHECK(pair.at_other->reads == 1);
}

TEST_CASE("memory: the subprotocol is what the options say") {
    Pair pair;
    CHECK(pair.one->subprotocol() == "xmpp");
    CHECK(pair.other->subprotocol() == "xmpp");
}

TEST_CASE("memory: what is not read holds the writer back") {
    Pair pair{{MemoryUnit::bytes, 10, ""}};
    pair.other->pause();
    pair.one->write({"12345"});
    CHECK(pair.one->flush());
    pair.one->write({"6789012"});
    CHECK_FALSE(pair.one->flush());
    pair.run();
    CHECK(pair.at_one->writable == 0);
    CHECK(pair.at_other->messages.empty());
    pair.other->resume();
    pair.run();
    CHECK(pair.at_other->all() == "123456789012");
    CHECK(pair.at_one->writable == 1);
    CHECK(pair.one->flush());
}

TEST_CASE("memory: pause() takes effect between two messages") {
    Pair pair;
    pair.at_other->on_message = [&](std::string_view) { pair.other->pause(); };
    pair.one->write({"1"});
    pair.one->write({"2"});
    pair.one->flush();
    pair.run();
    CHECK(pair.at_other->messages.size() == 1);
    pair.other->resume();
    pair.run();
    CHECK(pair.at_other->messages.size() == 2);
}

TEST_CASE("memory: close() is peer_closed at the other end, after what was written") {
    Pair pair;
    pair.one->write({"last"});
    pair.one->close(1000, "bye");
    CHECK(pair.at_one->closed == 0);
    pair.run();
    CHECK(pair.at_one->closed == 1);
    CHECK_FALSE(pair.at_one->ended);
    CHECK(pair.at_other->messages == std::vector{"last"s});
    CHECK(pair.at_other->reason == errc::peer_closed);
    CHECK(pair.at_other->detail == "bye");
    CHECK(pair.at_other->closed == 0);
    pair.other->write({"ignored"});
    CHECK(pair.other->flush());
    pair.other->close(1000, "");
    pair.run();
    CHECK(pair.at_other->closed == 1);
}

TEST_CASE("memory: abort() is connection_lost at the other end") {
    Pair pair;
    pair.one->abort();
    pair.one->close(1000, "");
    pair.run();
    CHECK(pair.at_one->closed == 1);
    CHECK(pair.at_other->reason == errc::connection_lost);
}

TEST_CASE("memory: an end that nobody holds any more is connection_lost at the other") {
    asio::io_context io;
    auto [one, other] = wsxmpp::memory_pair(io);
    const auto receiver = std::make_shared<Recorder>();
    other->start(receiver, 0);
    io.run();
    one.reset();
    io.restart();
    io.run();
    CHECK(receiver->reason == errc::connection_lost);
}

TEST_CASE("memory: a message over the limit ends reading") {
    Pair pair{{MemoryUnit::messages, 65'536, ""}, 10};
    pair.one->write({"<ok/>"});
    pair.one->write({std::string(11, 'x')});
    pair.one->flush();
    pair.run();
    CHECK(pair.at_other->messages == std::vector{"<ok/>"s});
    CHECK(pair.at_other->reason == errc::element_too_large);
    CHECK(pair.at_other->detail == "message of 11 bytes, the limit is 10");
}

TEST_CASE("memory: what was written before the other end started is delivered") {
    asio::io_context io;
    auto [one, other] = wsxmpp::memory_pair(io);
    one->write({"early"});
    CHECK(one->flush());
    io.run();
    const auto receiver = std::make_shared<Recorder>();
    other->start(receiver, 0);
    io.restart();
    io.run();
    CHECK(receiver->all() == "early");
}

TEST_CASE("memory: an io_context with live connections can be destroyed") {
    struct Owner final : IgnoringReceiver {
        std::shared_ptr<wsxmpp::Connection> connection;
    };
    std::weak_ptr<Owner> watch;
    {
        asio::io_context io;
        auto [one, other] = wsxmpp::memory_pair(io);
        const auto owner = std::make_shared<Owner>();
        watch = owner;
        owner->connection = one;
        one->start(owner, 0);
        one.reset();
        other.reset();
    }
    CHECK(watch.expired());
}

TEST_CASE("memory: a listener hands out the server's end") {
    asio::io_context io;
    wsxmpp::MemoryListener listener{io};
    CHECK_FALSE(listener.connect());   // not started
    std::shared_ptr<wsxmpp::Connection> server;
    listener.start([&](std::shared_ptr<wsxmpp::Connection> accepted) { server = std::move(accepted); });
    const auto client = listener.connect();
    REQUIRE(client);
    REQUIRE(server);
    const auto receiver = std::make_shared<Recorder>();
    server->start(receiver, 100);
    client->write({"<open/>"});
    client->flush();
    io.run();
    CHECK(receiver->all() == "<open/>");
    CHECK(server->subprotocol() == "xmpp");
    listener.stop();
    CHECK_FALSE(listener.connect());
}

TEST_CASE("memory: an upstream gives each connection's far end to the server") {
    asio::io_context io;
    std::shared_ptr<wsxmpp::Connection> far;
    std::string asked;
    wsxmpp::MemoryUpstream upstream{io, [&](std::shared_ptr<wsxmpp::Connection> end, const auto& request) {
                                        far = std::move(end);
                                        asked = std::string{request.domain} + ' ' + std::string{request.client};
                                    }};
    std::shared_ptr<wsxmpp::Connection> near;
    int calls = 0;
    const auto handler = [&](wsxmpp::UpstreamResult result) {
        ++calls;
        near = std::move(result.connection);
    };
    auto handle = upstream.connect({"example.org", "127.0.0.1:1"}, handler);
    CHECK(calls == 0);
    io.run();
    CHECK(calls == 1);
    CHECK(near);
    CHECK(far);
    CHECK(asked == "example.org 127.0.0.1:1");

    handle = upstream.connect({"example.org", ""}, handler);
    handle.reset();   // cancelled
    io.restart();
    io.run();
    CHECK(calls == 1);
}

TEST_CASE("memory: an upstream can be told to fail, and to work again") {
    asio::io_context io;
    int served = 0;
    wsxmpp::MemoryUpstream upstream{io, [&](const std::shared_ptr<wsxmpp::Connection>&, const auto&) { ++served; }};
    upstream.fail_with(errc::connect_timeout, "no answer");
    std::error_code ec;
    std::string detail;
    auto handle = upstream.connect({}, [&](const wsxmpp::UpstreamResult& result) {
        ec = result.error;
        detail = result.detail;
        CHECK_FALSE(result.connection);
    });
    io.run();
    CHECK(ec == errc::connect_timeout);
    CHECK(detail == "no answer");
    upstream.fail_with({}, "");
    handle = upstream.connect({}, [&](const wsxmpp::UpstreamResult& result) { ec = result.error; });
    io.restart();
    io.run();
    CHECK_FALSE(ec);
    CHECK(served == 1);
}
