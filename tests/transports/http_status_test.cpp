// What a request is answered that does not become a WebSocket: each status, and what goes with it (RFC 9110 §15).
#include "handshake_support.hpp"

using namespace test;
using wsxmpp::OriginList;
using wsxmpp::transports::Handshake;
using wsxmpp::transports::handshake_policy;
using wsxmpp::transports::HandshakeAnswer;
using wsxmpp::transports::HandshakePolicy;

namespace {

HandshakePolicy policy(std::string path = {}, const std::vector<std::string>& origins = {}) {
    HandshakePolicy policy;
    policy.subprotocol = "xmpp";
    policy.path = std::move(path);
    policy.origins = OriginList{origins};
    policy.asks_for_pages = true;
    return policy;
}

HandshakeAnswer answer(const std::string& bytes, const HandshakePolicy& given = policy()) {
    return answer_to(bytes, given);
}

std::string get(std::string_view target, std::string_view headers = {}) {
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: chat.example.org\r\n" + std::string{headers} + "\r\n";
}

std::string body_of(const HandshakeAnswer& answer) {
    return answer.response.substr(answer.response.find("\r\n\r\n") + 4);
}

}   // namespace

TEST_CASE("each refusal has its status, its phrase and the headers that go with it") {
    struct Row {
        std::string request, status_line, header;
    };
    const auto row = GENERATE(values<Row>({
        {"GET /\r\nHost: x\r\n\r\n", "400 Bad Request", ""},
        {request("Origin: https://evil.example\r\n"), "403 Forbidden", ""},
        {replaced(request(), "/xmpp ", "/other "), "404 Not Found", ""},
        {replaced(get("/"), "GET", "POST"), "405 Method Not Allowed", "Allow: GET, HEAD"},
        {get("/", "Content-Length: 1\r\n"), "413 Content Too Large", ""},
        {get("/" + std::string(8'000, 'x')), "414 URI Too Long", ""},
        {replaced(request(), "Connection: Upgrade\r\n", ""), "426 Upgrade Required", "Upgrade: websocket"},
        {get("/", "X: " + std::string(8'192, 'x') + "\r\n"), "431 Request Header Fields Too Large", ""},
        {replaced(get("/"), "HTTP/1.1", "HTTP/3.0"), "505 HTTP Version Not Supported", ""},
    }));
    const auto result = answer(row.request, policy("/xmpp", {"https://example.org"}));
    CHECK(contains(result.response, "HTTP/1.1 " + row.status_line + "\r\n"));
    CHECK(contains(result.response, "\r\n" + row.header));
    CHECK(contains(result.response, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    CHECK(contains(result.response, "\r\nDate: "));
    CHECK(contains(result.response, "\r\nContent-Length: " + std::to_string(body_of(result).size()) + "\r\n"));
    CHECK(body_of(result) == result.reason + "\n");
}

TEST_CASE("what does not depend on the request has its status, too, and says when to come again") {
    CHECK(contains(Handshake::timeout().response, "HTTP/1.1 408 Request Timeout\r\n"));
    CHECK(contains(Handshake::unavailable().response, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"));
    CHECK(contains(Handshake::full("1024 sessions", 5s).response,
                   "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"));
    CHECK(contains(Handshake::too_many("10 a second", 60s).response,
                   "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\n"));
    CHECK(Handshake::too_many("10 a second", 60s).reason == "10 a second");
}

TEST_CASE("the answer to HEAD has the length of the body, and no body") {
    const auto result = answer(replaced(request(), "GET", "HEAD"));
    CHECK(result.status == 405);
    CHECK(contains(result.response, "\r\nContent-Length: " + std::to_string(result.reason.size() + 1) + "\r\n"));
    CHECK(body_of(result).empty());
}

// --- The path

TEST_CASE("with a path, a handshake is taken there alone, whatever its query string says") {
    const auto [target, status] = GENERATE(table<std::string, int>({{"/xmpp", 101},
                                                                    {"/xmpp?", 101},
                                                                    {"/xmpp?room=/other", 101},
                                                                    {"http://localhost:5280/xmpp", 101},
                                                                    {"ws://LOCALHOST/xmpp?a", 101},
                                                                    {"/", 404},
                                                                    {"/xmpp/", 404},
                                                                    {"/xmp", 404},
                                                                    {"/XMPP", 404},
                                                                    {"/x?/xmpp", 404},
                                                                    {"//xmpp", 404},
                                                                    {"http://localhost", 404},
                                                                    {"http://localhost?/xmpp", 404}}));
    const auto result = answer(replaced(request(), "/xmpp ", target + " "), policy("/xmpp"));
    CHECK(result.status == status);
}

TEST_CASE("without a path a handshake is taken at any") {
    const auto target = GENERATE("/", "/xmpp-websocket", "/a/b?c", "http://x");
    CHECK(answer(replaced(request(), "/xmpp ", std::string{target} + " ")).status == 101);
}

TEST_CASE("a target that is none is refused") {
    const auto target = GENERATE("xmpp"s, "*"s, "http://"s, "http:///x"s, "http://user@x/"s, "ftp://x/"s, "/\xC3\xA4"s,
                                 "/a b"s, ""s, "?x"s, "localhost:80"s);
    CHECK(answer(get(target)).status == 400);
}

TEST_CASE("a path that no request can have is refused before anything listens") {
    wsxmpp::WebSocketListenerOptions options;
    options.path = GENERATE("xmpp", "/a b", "/a?b", "/a#b", "/\xC3\xA4", "/a\r\nb");
    CHECK_THROWS_WITH(handshake_policy(options), "'" + options.path + "' is no path, like /xmpp-websocket");
    options.path = "/xmpp-websocket";
    CHECK(handshake_policy(options).path == "/xmpp-websocket");
}

// --- Where the page comes from

TEST_CASE("a page of another origin is refused with what would let it in") {
    const auto result = answer(request("Origin: https://evil.example:8443\r\n"), policy({}, {"https://example.org"}));
    CHECK(result.status == 403);
    CHECK(contains(result.reason, "pages of https://evil.example:8443 may not connect here"));
    CHECK(contains(result.reason, "--origin https://evil.example:8443"));
}

TEST_CASE("a page of an origin that is allowed, and a program that sends none, connect") {
    const auto given = policy({}, {"https://example.org"});
    CHECK(answer(request("Origin: https://example.org\r\n"), given).status == 101);
    CHECK(answer(request(), given).status == 101);
    CHECK(answer(request("Origin: https://anywhere.example\r\n")).status == 101);   // without a list
}

TEST_CASE("a malformed or a second Origin is refused") {
    const auto given = policy({}, {"https://example.org"});
    CHECK(answer(request("Origin: https://example.org, https://evil.example\r\n"), given).status == 403);
    CHECK(answer(request("Origin: https://example.org\r\nOrigin: https://evil.example\r\n"), given).status == 400);
}

TEST_CASE("a long Origin or path is cut in the answer") {
    const std::string name(1'000, 'a');
    const auto refused = answer(request("Origin: https://" + name + "\r\n"), policy("/xmpp", {"https://example.org"}));
    CHECK(refused.status == 403);
    CHECK(refused.reason.size() < 600);
    CHECK(answer(replaced(request(), "/xmpp ", "/" + name + " "), policy("/xmpp")).reason.size() < 300);
}

// --- Limits

TEST_CASE("a head over its limit of bytes is answered with 431, complete or not") {
    auto given = policy();
    given.max_head = 500;
    const std::string head = get("/", "X: " + std::string(500 - get("/", "X: \r\n").size(), 'x') + "\r\n");
    REQUIRE(head.size() == 500);
    CHECK(answer(head, given).query);
    CHECK(answer(replaced(head, "X: x", "X: xx"), given).status == 431);
    Handshake handshake{given};
    CHECK_FALSE(handshake.feed(std::string{head.substr(0, 499)}));
    CHECK_FALSE(handshake.feed("x"));
    CHECK(handshake.feed("x")->status == 431);
}

TEST_CASE("a head over its limit of lines is answered with 431") {
    auto given = policy();
    given.max_headers = 3;   // one of them is Host
    CHECK(answer(get("/", "A: b\r\nA: b\r\n"), given).query);
    const auto result = answer(get("/", "A: b\r\nA: b\r\nA: b\r\n"), given);
    CHECK(result.status == 431);
    CHECK(contains(result.reason, "more than 3 header lines"));
}

TEST_CASE("a request line that is too long is answered with 414 as soon as that is known") {
    const std::string line = "GET /" + std::string(8'000, 'x');
    auto given = policy();
    Handshake handshake{given};
    CHECK(handshake.feed(line)->status == 414);
    given.max_head = 500;
    CHECK(answer(line.substr(0, 501), given).status == 414);
}

TEST_CASE("the limits that websocketpp has are never exceeded") {
    wsxmpp::WebSocketListenerOptions options;
    options.max_header_bytes = 1'000'000;
    options.max_headers = 1'000'000;
    const auto given = handshake_policy(options);
    std::string bytes = request();
    bytes.resize(bytes.size() - 2);
    for (std::size_t i = 0; i < 800; ++i) bytes += "A: b\r\n";
    bytes += "X: " + std::string(15'000 - bytes.size() - 7, 'x') + "\r\n\r\n";
    REQUIRE(bytes.size() == 15'000);
    CHECK(answer(bytes, given).status == 101);
    CHECK(answer(replaced(bytes, "A: b", "A: bb"), given).status == 431);
}

// --- Bodies

TEST_CASE("a request with a body is refused") {
    const auto [headers, status] = GENERATE(table<std::string, int>({
        {"Content-Length: 3\r\n", 413},
        {"Content-Length: 99999999999999999999\r\n", 413},
        {"Transfer-Encoding: chunked\r\n", 413},
        {"Content-Length: -1\r\n", 400},
        {"Content-Length: 1x\r\n", 400},
        {"Content-Length: 3, 3\r\n", 400},
        {"Content-Length: 0\r\nContent-Length: 3\r\n", 400},
        {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400},
        {"Content-Length: 0\r\n", 101},
    }));
    CHECK(answer(request(headers)).status == status);
}

// --- Pages

TEST_CASE("a request without upgrade is asked on for its page") {
    const auto result = answer(get("/a%20b/c?d=e"));
    CHECK(result.status == 0);
    CHECK(result.response.empty());
    REQUIRE(result.query);
    CHECK(result.query->path == "/a%20b/c");
    CHECK(result.query->host == "chat.example.org");
    CHECK_FALSE(result.head_only);
    CHECK(answer(replaced(get("/"), "GET", "HEAD")).head_only);
}

TEST_CASE("the host of a target that has one goes before the Host header") {   // RFC 9112 §3.2.2
    const auto result = answer(get("https://other.example:8443/x?y"));
    REQUIRE(result.query);
    CHECK(result.query->host == "other.example:8443");
    CHECK(result.query->path == "/x");
    CHECK(answer(get("http://other.example")).query->path == "/");
}

TEST_CASE("a health check over HTTP/1.0 needs no Host") {   // HAProxy's, as it is by default
    const auto result = answer("GET /readyz HTTP/1.0\r\n\r\n");
    REQUIRE(result.query);
    CHECK(result.query->path == "/readyz");
    CHECK(result.query->host.empty());
}

TEST_CASE("an offer to speak HTTP/2 is ignored") {   // RFC 9110 §7.8
    CHECK(
        answer(get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")).query);
}

// --- Who the client is

TEST_CASE("what proxies say of the client is handed on, joined in its order") {
    const std::string headers =
        "X-Forwarded-For: 192.0.2.1,192.0.2.2\r\nForwarded: for=192.0.2.1\r\nx-forwarded-for:  10.0.0.1 \r\n"
        "X-Forwarded-Proto: https\r\nFORWARDED: for=\"[2001:db8::1]\";proto=https\r\n";
    for (const std::string& bytes :
         {request(headers), get("/", headers), get("/", headers + "Content-Length: 1\r\n")}) {
        const auto result = answer(bytes);
        CHECK(result.x_forwarded_for == "192.0.2.1,192.0.2.2, 10.0.0.1");
        CHECK(result.x_forwarded_proto == "https");
        CHECK(result.forwarded == "for=192.0.2.1, for=\"[2001:db8::1]\";proto=https");
    }
    CHECK(answer(request()).x_forwarded_for.empty());
    CHECK(answer(request()).forwarded.empty());
}

TEST_CASE("an empty line before the request line is ignored, wherever it is split, and a second is not") {
    const HandshakePolicy given;
    const std::string page = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (std::size_t split = 1; split < page.size() + 2; ++split) {
        const std::string bytes = "\r\n" + page;
        Handshake handshake{given};
        REQUIRE_FALSE(handshake.feed(bytes.substr(0, split)));
        CHECK(handshake.feed(bytes.substr(split))->status == 200);
    }
    Handshake handshake{given};
    CHECK(handshake.feed("\r\n\r\n" + page)->status == 400);
}
