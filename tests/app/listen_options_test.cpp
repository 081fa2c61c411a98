// The options that say where to listen, whom to believe, and how many may connect.
#include <catch2/catch.hpp>

#include "options/listen_values.hpp"
#include "options/options.hpp"
#include "parsed_options.hpp"

using namespace wsxmpp;
using namespace wsxmpp::app;
using Catch::Matchers::Contains;
using Kind = ListenAddress::Kind;
using Tells = TrustedProxy::Tells;
using test::accepted;
using test::refused;

TEST_CASE("a place to listen at may say its scheme, which has a port and TLS") {
    struct Case {
        const char* text;
        Kind kind;
        std::uint16_t port;
        bool tls;
    };
    const Case c = GENERATE(values<Case>({
        {"6222", Kind::loopback, 6222, false},
        {"*", Kind::every, 6222, false},
        {"ws://*", Kind::every, 80, false},
        {"ws://127.0.0.1:0", Kind::address, 0, false},
        {"ws://localhost:6222/", Kind::loopback, 6222, false},
        {"wss://[::]:443", Kind::address, 443, true},
        {"wss://*", Kind::every, 443, true},
        {"wss://8443", Kind::loopback, 8443, true},
        {"wss://[::1]/", Kind::address, 443, true},
    }));
    const auto address = parse_listen(c.text);
    CHECK(address.kind == c.kind);
    CHECK(address.port == c.port);
    CHECK(address.tls == c.tls);
}

TEST_CASE("a place to listen at may be no address") {
    CHECK(parse_listen("unix:/run/x.sock").kind == Kind::unix_socket);
    CHECK(parse_listen("unix:/run/x.sock").name == "/run/x.sock");
    CHECK(parse_listen("unix:/run/x.sock").mode == 0666);
    CHECK(parse_listen("unix:/run/x.sock;mode=0660").mode == 0660);
    CHECK(parse_listen("wss://unix:/run/x.sock;mode=600").mode == 0600);
    CHECK(parse_listen("wss://unix:/run/x.sock").tls);
    CHECK_FALSE(parse_listen("ws://unix:/run/x.sock").tls);
    CHECK(parse_listen("systemd").kind == Kind::systemd);
    CHECK(parse_listen("systemd").name.empty());
    CHECK(parse_listen("wss://systemd:web").name == "web");
    CHECK(parse_listen("wss://systemd:web").tls);
    CHECK(parse_listen("fd:3").kind == Kind::descriptor);
    CHECK(parse_listen("fd:3").descriptor == 3);
}

TEST_CASE("a wrong place to listen at says what would be right") {
    const auto [text, hint] = GENERATE(table<std::string, std::string>({
        {"http://*:80", "ws://ADDR:PORT and wss://ADDR:PORT"},
        {"wss://ws://*:80", "ws://ADDR:PORT and wss://ADDR:PORT"},
        {"wss://*:443/xmpp", "--path"},
        {"ws://", "'*:6222' listens on every address"},
        {"wss://example.org", "has no IP address"},
        {"unix:", "absolute path"},
        {"unix:x.sock", "absolute path"},
        {"unix:/", "absolute path"},
        {"unix:/" + std::string(107, 'a'), "its path may have 107 bytes"},
        {"unix:/x;owner=y", "there is mode="},
        {"unix:/x;mode=", "octal digits"},
        {"unix:/x;mode=8", "octal digits"},
        {"unix:/x;mode=1777", "octal digits"},
        {"unix:/x;mode=66666666666666666666", "octal digits"},
        {"systemd:", "FileDescriptorName="},
        {"systemdx", "has no IP address"},
        {"fd:", "fd:3"},
        {"fd:-1", "fd:3"},
        {"fd:99999999999", "fd:3"},
    }));
    CHECK_THROWS_WITH(parse_listen(text), Contains("'" + text + "'") || Contains("has no IP") || Contains("names no"));
    CHECK_THROWS_WITH(parse_listen(text), Contains(hint));
}

TEST_CASE("TLS needs a certificate, and a certificate a place with TLS") {
    CHECK_THAT(refused({"--listen", "wss://*:443"}),
               Contains("--listen: wss needs a certificate") && Contains("--tls-cert"));
    CHECK_THAT(refused({"--tls-cert", "x.pem"}), Contains("--tls-cert: nothing is listened on with TLS"));
    CHECK(accepted({"--tls-cert", "x.pem", "--listen", "wss://*:443", "--listen", "6222"}).listen.size() == 2);
}

TEST_CASE("a port is for ws or for wss") {
    const auto both = [](const char* plain, const char* secure) {
        return std::vector<std::string>{"--tls-cert", "x.pem", "--listen", plain, "--listen", secure};
    };
    CHECK_THAT(refused(both("ws://*:443", "wss://*:443")),
               Contains("--listen: port 443 cannot be for ws and wss both") && Contains("another port"));
    CHECK_THAT(refused(both("7000", "wss://0.0.0.0:7000")), Contains("ws and wss both"));
    CHECK_THAT(refused(both("[::1]:7000", "wss://localhost:7000")), Contains("ws and wss both"));
    CHECK_THAT(refused(both("192.0.2.1:7000", "wss://192.0.2.1:7000")), Contains("ws and wss both"));
    CHECK(accepted(both("192.0.2.1:7000", "wss://192.0.2.2:7000")).listen.size() == 2);
    CHECK(accepted(both("localhost:0", "wss://localhost:0")).listen.size() == 2);
    CHECK(accepted(both("0.0.0.0:7000", "wss://[::]:7001")).listen.size() == 2);
}

TEST_CASE("a Unix-domain socket, and an open one, is for ws or for wss") {
    const auto both = [](const char* plain, const char* secure) {
        return std::vector<std::string>{"--tls-cert", "x.pem", "--listen", plain, "--listen", secure};
    };
    CHECK(refused(both("unix:/run/x.sock", "wss://unix:/run/x.sock;mode=600")) ==
          "wsxmpp: --listen: unix:/run/x.sock cannot be for ws and wss both: give one of them another path");
    CHECK_THAT(refused(both("unix:/run/./x.sock", "wss://unix:/run//x.sock")), Contains("ws and wss both"));
    CHECK(refused(both("fd:3", "wss://fd:3")) ==
          "wsxmpp: --listen: fd:3 cannot be for ws and wss both: give one of them another descriptor");
    CHECK(accepted(both("unix:/run/x.sock", "wss://unix:/run/y.sock")).listen.size() == 2);
    CHECK(accepted(both("fd:3", "wss://fd:4")).listen.size() == 2);
}

TEST_CASE("a trusted proxy is a network and how it tells") {
    const auto proxies =
        accepted({"--trusted-proxy", "10.0.0.0/8", "--trusted-proxy=2001:db8::/32=forwarded", "--trusted-proxy",
                  "192.0.2.1=proxy-protocol", "--trusted-proxy", "::1=x-forwarded-for", "--trusted-proxy", "unix:"})
            .websocket.trusted_proxies;
    REQUIRE(proxies.size() == 5);
    CHECK(proxies[0].network == asio::ip::make_address("10.0.0.0"));
    CHECK(proxies[0].prefix == 8);
    CHECK(proxies[0].tells == Tells::x_forwarded_for);
    CHECK(proxies[1].network == asio::ip::make_address("2001:db8::"));
    CHECK(proxies[1].prefix == 32);
    CHECK(proxies[1].tells == Tells::forwarded);
    CHECK(proxies[2].prefix == 32);
    CHECK(proxies[2].tells == Tells::proxy_protocol);
    CHECK(proxies[3].prefix == 128);
    CHECK(proxies[4].unix_socket);
    CHECK(accepted({}).websocket.trusted_proxies.empty());
}

TEST_CASE("a wrong trusted proxy says what would be right") {
    const auto [text, hint] = GENERATE(table<std::string, std::string>({
        {"", "names no network"},
        {"localhost", "names no network"},
        {"10.0.0.0/8/8", "valid prefix"},
        {"10.0.0.0/", "valid prefix: a number of bits from 0 to 32"},
        {"10.0.0.0/33", "from 0 to 32"},
        {"::/129", "from 0 to 128"},
        {"10.0.0.1/8", "the network is 10.0.0.0/8"},
        {"10.0.0.1/31", "the network is 10.0.0.0/31"},
        {"2001:db8::1/32", "the network is 2001:db8::/32"},
        {"10.0.0.1=", "x-forwarded-for, forwarded or proxy-protocol"},
        {"10.0.0.1=xff", "x-forwarded-for, forwarded or proxy-protocol"},
        {"unix:/run/x.sock", "names no network"},
    }));
    CHECK_THAT(refused({"--trusted-proxy", text}), Contains("--trusted-proxy: '" + text + "'") && Contains(hint));
}

TEST_CASE("a trusted proxy tells in one way") {
    CHECK(refused({"--trusted-proxy", "10.0.0.1=forwarded", "--trusted-proxy", "10.0.0.1=proxy-protocol"}) ==
          "wsxmpp: --trusted-proxy: '10.0.0.1=proxy-protocol' tells in another way what was named before: give one way "
          "for each network");
    CHECK(accepted({"--trusted-proxy", "10.0.0.0/8=forwarded", "--trusted-proxy", "10.0.0.1=proxy-protocol"})
              .websocket.trusted_proxies.size() == 2);
}

TEST_CASE("a place is named once, and is not that of the admin listener") {
    const auto twice = [](const char* a, const char* b) { return refused({"--listen", a, "--listen", b}); };
    CHECK(twice("unix:/run/x", "unix:/run/./x;mode=600") == "wsxmpp: --listen: unix:/run/./x is named twice");
    CHECK(twice("fd:3", "fd:3") == "wsxmpp: --listen: fd:3 is named twice");
    CHECK(twice("systemd:a", "systemd:a") == "wsxmpp: --listen: systemd:a is named twice");
    CHECK(accepted({"--listen", "localhost:80", "--listen", "127.0.0.1:80"}).listen.size() == 2);
    CHECK(refused({"--listen", "*:9222", "--admin", "9222"}) ==
          "wsxmpp: --admin: port 9222 is that of --listen: give it another port");
    CHECK(refused({"--listen", "unix:/run/x", "--admin", "unix:/run/x"}) ==
          "wsxmpp: --admin: unix:/run/x is that of --listen: give it another path");
}

TEST_CASE("limits of admission, and their defaults") {
    const auto limits = accepted({"--max-sessions", "5", "--max-sessions-per-address", "0", "--connection-rate", "3",
                                  "--connection-burst", "0", "--max-handshakes", "7"})
                            .admission;
    CHECK(limits.max_sessions == 5);
    CHECK(limits.max_sessions_per_address == 0);
    CHECK(limits.connection_rate == 3);
    CHECK(limits.connection_burst == 0);
    CHECK(limits.max_handshakes == 7);
    CHECK(accepted({}).admission.max_sessions == 0);   // as many as there are descriptors for
    CHECK_THAT(refused({"--max-sessions", "0"}), Contains("from 1 to"));
    CHECK_THAT(refused({"--max-handshakes", "0"}), Contains("from 1 to"));
    CHECK_THAT(refused({"--connection-rate", "0.5"}), Contains("number of connections"));
}
