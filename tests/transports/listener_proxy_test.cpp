// Who a client is when it comes through a proxy, through real sockets.
#include "listener_support.hpp"
#include "transports/proxy_hints.hpp"

using namespace test;
using wsxmpp::TrustedProxy;
using Tells = TrustedProxy::Tells;

namespace {

wsxmpp::WebSocketListenerOptions behind(Tells tells, const char* network = "127.0.0.0", unsigned prefix = 8) {
    auto options = local_options();
    options.trusted_proxies = {{asio::ip::make_address(network), prefix, false, tells}};
    return options;
}

std::string request_with(const std::string& headers) { return request(headers + "\r\n"); }

// Who the session's client is.
std::string peer_of(const wsxmpp::WebSocketListenerOptions& options, const std::string& bytes) {
    ListenerFixture f{options};
    const std::string answer = f.answer_to(bytes);
    INFO(answer);
    REQUIRE(f.accepts.size() == 1);
    return f.accepts[0]->peer();
}

const std::string v1 = "PROXY TCP4 203.0.113.7 192.0.2.80 4711 443\r\n";
const std::string v2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x14"s + "\xCB\x00\x71\x07\xC0\x00\x02\x50\x12\x67\x01\xBB"s +
                       "\x20\0\x05\x01\0\0\0\0"s;

}   // namespace

TEST_CASE("a trusted proxy is believed who the client is") {
    CHECK(peer_of(behind(Tells::x_forwarded_for), request_with("X-Forwarded-For: 198.51.100.1, 203.0.113.7")) ==
          "203.0.113.7");
    CHECK(peer_of(behind(Tells::forwarded), request_with("Forwarded: for=\"[2001:db8::1]:4711\";proto=https")) ==
          "[2001:db8::1]:4711");
}

TEST_CASE("what others say of a client is ignored") {
    const std::string headers = "X-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.7";
    CHECK(peer_of(local_options(), request_with(headers)).substr(0, 10) == "127.0.0.1:");
    CHECK(peer_of(behind(Tells::x_forwarded_for, "10.0.0.0"), request_with(headers)).substr(0, 10) == "127.0.0.1:");
}

TEST_CASE("a trusted proxy is believed the one header that it is said to set") {
    CHECK(peer_of(behind(Tells::x_forwarded_for), request_with("Forwarded: for=203.0.113.7")).substr(0, 10) ==
          "127.0.0.1:");
    CHECK(peer_of(behind(Tells::forwarded), request_with("X-Forwarded-For: 203.0.113.7")).substr(0, 10) ==
          "127.0.0.1:");
}

TEST_CASE("a malformed Forwarded header of a trusted proxy is refused") {
    ListenerFixture f{behind(Tells::forwarded)};
    CHECK(f.answer_to(request_with("Forwarded: for=\"203.0.113.7")).find("HTTP/1.1 400 ") == 0);
    CHECK(f.counters().answers.of(400).value() == 1);
}

TEST_CASE("a PROXY header is read wherever it is split, and what follows it is the client's") {
    const std::string header = GENERATE(v1, v2);
    ListenerFixture f{behind(Tells::proxy_protocol)};
    const std::string bytes = header + request() + text("<open/>");
    for (std::size_t split = 1; split <= header.size() + 1; ++split) {
        Peer client{f.io, f.listener.endpoints()[0]};
        client.send(bytes.substr(0, split));
        f.settle();
        client.send(bytes.substr(split));
        client.take_through("\r\n\r\n");
        run_until(f.io, [&] { return !f.accepts.empty(); });
        const auto connection = std::exchange(f.accepts, {})[0];
        CHECK(connection->peer() == "203.0.113.7:4711");
        CHECK(connection->local() == "192.0.2.80:443");
        const auto receiver = std::make_shared<Recorder>();
        connection->start(receiver, 1'000);
        run_until(f.io, [&] { return receiver->messages.size() == 1; });
        connection->abort();
    }
}

TEST_CASE("a proxy that speaks for itself is the client") {
    ListenerFixture f{behind(Tells::proxy_protocol)};
    f.answer_to("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s + request());
    f.answer_to("PROXY UNKNOWN\r\n" + request());
    REQUIRE(f.accepts.size() == 2);
    for (const auto& accepted : f.accepts) {
        CHECK(accepted->peer().substr(0, 10) == "127.0.0.1:");
        CHECK(accepted->local() == "127.0.0.1:" + std::to_string(f.listener.endpoints()[0].port()));
    }
}

TEST_CASE("where a PROXY header is required, what has none is closed with a logged reason") {
    ListenerFixture f{behind(Tells::proxy_protocol)};
    CHECK(f.answer_to(request()).empty());
    CHECK(f.logged.has("no PROXY header peer=127.0.0.1:"));
    CHECK(f.logged.has("reason=the connection does not begin with a PROXY header"));
    CHECK(f.answer_to("PROXY TCP4 203.0.113.7\r\n" + request()).empty());
    CHECK(f.logged.has("malformed address or port"));
    CHECK(f.counters().proxy_failures.value() == 2);
    CHECK(f.accepts.empty());
}

TEST_CASE("a PROXY header is never looked for where it was not said to come") {
    ListenerFixture f{behind(Tells::proxy_protocol, "10.0.0.0")};
    CHECK(f.answer_to(v1 + request()).find("HTTP/1.1 400 ") == 0);
    CHECK(f.accepts.empty());
}

TEST_CASE("a proxy that connects and leaves, as health checks do, is no failure") {
    ListenerFixture f{behind(Tells::proxy_protocol)};
    { const Peer client{f.io, f.listener.endpoints()[0]}; }
    run_until(f.io, [&] { return f.counters().vanished.value() == 1; });
    CHECK(f.logged.lines.empty());
    CHECK(f.counters().proxy_failures.value() == 0);
}

TEST_CASE("a PROXY header that does not come ends the connection in time") {
    auto options = behind(Tells::proxy_protocol);
    options.handshake_timeout = 20ms;
    ListenerFixture f{options};
    Peer client{f.io, f.listener.endpoints()[0]};
    client.send("PROXY TCP4");
    CHECK(client.take_all().empty());
    CHECK(f.counters().proxy_failures.value() == 1);
    CHECK(f.counters().handshake_timeouts.value() == 1);
}

TEST_CASE("a PROXY header may name a proxy that is trusted to name the client") {
    auto options = behind(Tells::proxy_protocol);
    options.trusted_proxies.push_back({asio::ip::make_address("203.0.113.0"), 24, false, Tells::x_forwarded_for});
    CHECK(peer_of(options, v1 + request_with("X-Forwarded-For: 198.51.100.1")) == "198.51.100.1");
    options.trusted_proxies.pop_back();
    CHECK(peer_of(options, v1 + request_with("X-Forwarded-For: 198.51.100.1")) == "203.0.113.7:4711");
}

TEST_CASE("the log names the client, and the proxy beside it") {
    ListenerFixture f{behind(Tells::x_forwarded_for)};
    f.answer_to("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n");
    CHECK(f.logged.has("showed a page to a request without upgrade peer=203.0.113.7 proxy=127.0.0.1:"));
    CHECK(f.logged.has("status=200"));
}

TEST_CASE("a PROXY header of one who is not trusted is answered and logged with how it would be") {
    const std::string header = GENERATE(v1, v2);
    ListenerFixture f;
    const std::string answer = f.answer_to(header + request());
    const std::string hint = "PROXY header from 127.0.0.1, which no --trusted-proxy 127.0.0.1=proxy-protocol names";
    CHECK(answer.find("HTTP/1.1 400 ") == 0);
    CHECK(answer.find(hint) != std::string::npos);
    CHECK(f.logged.has("reason=" + hint));
}

TEST_CASE("a PROXY header of one who is not trusted is answered alike wherever it is split") {
    const std::string header = GENERATE(v1, v2);
    ListenerFixture f;
    const std::string hint = "PROXY header from 127.0.0.1, which no --trusted-proxy 127.0.0.1=proxy-protocol names";
    for (std::size_t split = 1; split <= header.size(); ++split) {
        INFO(split);
        Peer client{f.io, f.listener.endpoints()[0]};
        client.send(header.substr(0, split));
        f.settle();
        client.send(header.substr(split) + request());
        const std::string answer = client.take_all();
        CHECK(answer.find("HTTP/1.1 400 ") == 0);
        CHECK(answer.find(hint) != std::string::npos);
    }
}

TEST_CASE("a PROXY header that comes byte by byte is known as such when its mark is whole") {
    const auto [header, mark] = GENERATE(table<std::string, std::size_t>({{v1, 6}, {v2, 12}}));
    Logged logged;
    auto options = local_options();
    options.log = logged.log();
    ListenerFixture f{options};
    Peer client{f.io, f.listener.endpoints()[0]};
    for (std::size_t i = 0; i < mark; ++i) {
        f.settle();
        CHECK(logged.lines.empty());
        client.send(header.substr(i, 1));
    }
    CHECK(client.take_all().find("HTTP/1.1 400 ") == 0);
    CHECK(logged.has("reason=PROXY header from 127.0.0.1"));
}

TEST_CASE("what begins like a PROXY header and is a request is answered as one, wherever it is split") {
    const std::string method = GENERATE("", "P", "PR", "PROX", "PROXYX", "POST", "\r\n");
    ListenerFixture f;
    const std::string bytes = method + request();
    const std::string status = method == "\r\n" || method.empty() ? "101" : "405";
    for (std::size_t split = 1; split <= 8; ++split) {
        INFO(split);
        Peer client{f.io, f.listener.endpoints()[0]};
        client.send(bytes.substr(0, split));
        f.settle();
        client.send(bytes.substr(split));
        CHECK(client.take_through("\r\n\r\n").find("HTTP/1.1 " + status + " ") == 0);
    }
}

TEST_CASE("a forwarding header of one on this machine who is not trusted is warned of once") {
    ListenerFixture f;
    f.answer_to(request_with("X-Forwarded-For: 203.0.113.7"));
    f.answer_to(request_with("Forwarded: for=203.0.113.7"));
    const auto level = [](wsxmpp::LogLevel l) { return std::to_string(static_cast<int>(l)) + ' '; };
    CHECK(f.logged.has(level(wsxmpp::LogLevel::warning) +
                       "X-Forwarded-For from 127.0.0.1 is ignored: --trusted-proxy 127.0.0.1 would believe it"));
    CHECK(f.logged.has(level(wsxmpp::LogLevel::debug) +
                       "Forwarded from 127.0.0.1 is ignored: --trusted-proxy 127.0.0.1=forwarded would believe it"));
}

TEST_CASE("a proxy is likely one's own on this machine and in private networks") {
    using wsxmpp::transports::ClientAddress;
    using wsxmpp::transports::is_private;
    for (const char* address : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.0.1", "192.168.0.1", "169.254.0.1",
                                "::1", "fd00::1", "fe80::1"})
        CHECK(is_private(*ClientAddress::parse(address)));
    for (const char* address : {"203.0.113.7", "172.32.0.1", "192.169.0.1", "2001:db8::1", "ff02::1"})
        CHECK_FALSE(is_private(*ClientAddress::parse(address)));
    CHECK(is_private(ClientAddress::of_unix_socket()));
}
