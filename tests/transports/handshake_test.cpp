// The opening handshake (RFC 6455 §4.2), without a socket.
#include "handshake_support.hpp"

using namespace test;
using wsxmpp::transports::Handshake;
using wsxmpp::transports::HandshakeAnswer;
using wsxmpp::transports::HandshakePolicy;

namespace {

HandshakeAnswer answer(const std::string& bytes, const HandshakePolicy& policy = {"xmpp", false}) {
    return answer_to(bytes, policy);
}

}   // namespace

TEST_CASE("a handshake is answered with 101 and the key's digest, wherever it is split") {
    const std::string bytes = request();
    const HandshakePolicy policy{"xmpp", false};
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        Handshake handshake{policy};
        REQUIRE_FALSE(handshake.feed(bytes.substr(0, split)));
        const auto result = handshake.feed(bytes.substr(split));
        REQUIRE(result);
        REQUIRE(result->status == 101);
        REQUIRE(result->early.empty());
    }
    const auto result = answer(bytes);
    CHECK(contains(result.response, "HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK(contains(result.response, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));   // §1.3
    CHECK(contains(result.response, "\r\nUpgrade: websocket\r\n"));
    CHECK(contains(result.response, "\r\nConnection: Upgrade\r\n"));
    CHECK(contains(result.response, "\r\nSec-WebSocket-Protocol: xmpp\r\n"));
    CHECK(result.response.substr(result.response.size() - 4) == "\r\n\r\n");
    CHECK(result.subprotocol);
}

TEST_CASE("frames that follow the request at once are kept, wherever the bytes are split") {
    const std::string head = request();
    const std::string bytes = head + text("<open/>");
    const HandshakePolicy policy{"xmpp", false};
    for (std::size_t split = head.size(); split <= bytes.size(); ++split)
        REQUIRE(answer(bytes.substr(0, split)).early == bytes.substr(head.size(), split - head.size()));
    for (std::size_t split = 1; split < head.size(); ++split) {
        Handshake handshake{policy};
        REQUIRE_FALSE(handshake.feed(bytes.substr(0, split)));
        REQUIRE(handshake.feed(bytes.substr(split))->early == text("<open/>"));
    }
}

TEST_CASE("the subprotocol is answered exactly, never the list") {
    const auto offer = GENERATE("xmpp"s, "xmpp, chat"s, "chat,xmpp"s, "a, b , xmpp , c"s);
    const auto result = answer(request("Sec-WebSocket-Protocol: " + offer + "\r\n"));
    CHECK(contains(result.response, "\r\nSec-WebSocket-Protocol: xmpp\r\n"));
    CHECK(result.subprotocol);
}

TEST_CASE("subprotocols offered in several headers count as one list") {
    CHECK(answer(request("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: xmpp\r\n")).subprotocol);   // §11.3.4
}

TEST_CASE("without an offer, or with other ones, there is no subprotocol header at all") {
    const auto headers = GENERATE(""s, "Sec-WebSocket-Protocol: chat\r\n"s, "Sec-WebSocket-Protocol: xmpp2, XMPP\r\n"s);
    const auto result = answer(request(headers));
    CHECK(result.status == 101);
    CHECK_FALSE(contains(result.response, "Sec-WebSocket-Protocol"));
    CHECK_FALSE(result.subprotocol);
}

TEST_CASE("a required subprotocol that is not offered is refused with a text that says so") {
    const HandshakePolicy policy{"xmpp", true};
    const auto result = answer(request(""), policy);
    CHECK(result.status == 400);
    CHECK(contains(result.response, "new WebSocket(url, 'xmpp')"));
    CHECK(answer(request(), policy).status == 101);
}

TEST_CASE("header names in any case and lists of tokens are understood") {
    CHECK(answer("GET / HTTP/1.1\r\nhost: x\r\nUPGRADE: foo, WebSocket\r\nconnection: keep-alive, Upgrade\r\n"
                 "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nSEC-WebSocket-Version:13\r\n\r\n")
              .status == 101);
}

TEST_CASE("Upgrade and Connection are matched as tokens, not as parts of words") {
    CHECK(answer(replaced(request(), "Upgrade: websocket", "Upgrade: websocketx")).status == 426);
    CHECK(answer(replaced(request(), "Connection: Upgrade", "Connection: no-upgrade")).status == 426);
}

TEST_CASE("a handshake whose upgrade headers a proxy removed is told of the proxy") {
    auto bytes = replaced(request(), "Upgrade: websocket\r\nConnection: Upgrade\r\n", "Connection: close\r\n");
    const auto result = answer(bytes);
    CHECK(result.status == 426);
    CHECK(contains(result.response, "\r\nUpgrade: websocket\r\n"));
    CHECK(contains(result.reason, "proxy"));
}

TEST_CASE("a malformed Sec-WebSocket-Key is refused") {   // websocketpp takes it
    const auto key = GENERATE("x"s, "dGhlIHNhbXBsZSBub25jZQ="s, "dGhlIHNhbXBsZSBub25jZQ=A"s,
                              "dGhlIHNhbXBsZSBub25jZR=="s, "dGhlIHNhbXBsZSBub25j!Q=="s,
                              "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="s, "========================"s, ""s);
    const auto result = answer(replaced(request(), sample_key, key));
    CHECK(result.status == 400);
    CHECK(contains(result.reason, "Sec-WebSocket-Key"));
}

TEST_CASE("a second key, version or Host is refused") {
    const auto header =
        GENERATE("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="s, "sec-websocket-version: 13"s, "Host: y"s);
    const auto result = answer(request(header + "\r\n"));
    CHECK(result.status == 400);
    CHECK(contains(result.reason, "more than one"));
}

TEST_CASE("another Sec-WebSocket-Version is answered with 426 and the version that is spoken") {
    const auto version = GENERATE("12"s, "14"s, "13, 8"s, "13x"s, "013"s, ""s);
    const auto result = answer(replaced(request(), "Version: 13", "Version: " + version));
    CHECK(result.status == 426);
    CHECK(contains(result.response, "\r\nSec-WebSocket-Version: 13\r\n"));
}

TEST_CASE("a handshake over HTTP/1.0 is refused") {   // websocketpp takes it
    const auto result = answer(replaced(request(), "HTTP/1.1", "HTTP/1.0"));
    CHECK(result.status == 400);
    CHECK(contains(result.reason, "proxy_http_version"));
}

TEST_CASE("a handshake without Host is refused, and told so") {
    const auto host = GENERATE(""s, "Host:\r\n"s, "Host: \t\r\n"s, "Host: a b\r\n"s, "Host: u@x\r\n"s, "Host: x/\r\n"s);
    const auto result = answer(replaced(request(), "Host: localhost:5280\r\n", host));
    CHECK(result.status == 400);
    CHECK(contains(result.reason, "Host"));
}

TEST_CASE("other methods are refused with 405 and Allow") {
    const auto method = GENERATE("POST"s, "PUT"s, "OPTIONS"s, "CONNECT"s);
    const auto result = answer(replaced(request(), "GET", method));
    CHECK(result.status == 405);
    CHECK(contains(result.response, "\r\nAllow: GET, HEAD\r\n"));
    CHECK(answer(replaced(request(), "GET", "HEAD")).status == 405);   // a handshake is a GET
}

TEST_CASE("malformed requests are answered with 400") {
    const auto bytes =
        GENERATE("GET /\r\nHost: x\r\n\r\n"s, "GET\r\n\r\n"s, "G@T / HTTP/1.1\r\nHost: x\r\n\r\n"s,
                 "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"s,
                 "GET / HTTP/1.1\r\nHost : x\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"s,
                 "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"s, "GET / HTTP/1.1\nHost: x\n\n"s,
                 "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n"s, "hello"s);
    CHECK(answer(bytes).status == 400);
}

TEST_CASE("another version of HTTP is answered with 505") {
    CHECK(answer("GET / HTTP/2.0\r\nHost: x\r\n\r\n").status == 505);
    CHECK(answer("PRI * HTTP/2.0\r\n\r\n").status == 505);   // of a client that takes HTTP/2 for granted
}

TEST_CASE("TLS on the plain port is told apart") { CHECK(contains(answer("\x16\x03\x01\x02"s).reason, "TLS")); }

TEST_CASE("a plain GET gets a page that says how to connect, and HEAD the same without it") {
    const auto page = answer("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(page.status == 200);
    CHECK(contains(page.response, "Content-Type: text/html; charset=utf-8\r\n"));
    CHECK(contains(page.response, "Connection: close\r\n"));
    CHECK(contains(page.response, "new WebSocket(url, 'xmpp')"));
    const auto end_of_head = page.response.find("\r\n\r\n") + 4;
    CHECK(contains(page.response, "Content-Length: " + std::to_string(page.response.size() - end_of_head) + "\r\n"));
    const auto head = answer("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(head.response == page.response.substr(0, end_of_head));
    CHECK(answer("GET / HTTP/1.0\r\nHost: x\r\n\r\n").status == 200);   // old health checks
}

TEST_CASE("every refusal has a text for a person, a length, and closes") {
    const auto result = answer("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto end_of_head = result.response.find("\r\n\r\n") + 4;
    CHECK(result.response.substr(end_of_head) == result.reason + "\n");
    CHECK(contains(result.response, "Content-Type: text/plain; charset=utf-8\r\n"));
    CHECK(contains(result.response, "Content-Length: " + std::to_string(result.reason.size() + 1) + "\r\n"));
    CHECK(contains(result.response, "Connection: close\r\n"));
}
