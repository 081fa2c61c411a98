#include "options/http_options.hpp"

#include <catch2/catch.hpp>

#include "parsed_options.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using test::accepted;
using test::refused;

TEST_CASE("what the port answers over HTTP is open by default, and its limits are the library's") {
    const auto options = accepted({});
    CHECK(options.websocket.path.empty());
    CHECK(options.websocket.origins.empty());
    CHECK(options.websocket.max_header_bytes == 8'192);
    CHECK(options.websocket.max_headers == 100);
    CHECK(options.public_url.empty());
    CHECK(options.drain_delay == 0s);
}

TEST_CASE("the options of HTTP reach their places") {
    const auto options =
        accepted({"--path=/xmpp", "--origin=https://a.example", "--origin", "null", "--max-header-bytes=15000",
                  "--max-headers=50", "--public-url=wss://chat.example.org/xmpp?a", "--drain-delay=2.5"});
    CHECK(options.websocket.path == "/xmpp");
    CHECK(options.websocket.origins == std::vector<std::string>{"https://a.example", "null"});
    CHECK(options.websocket.max_header_bytes == 15'000);
    CHECK(options.websocket.max_headers == 50);
    CHECK(options.public_url == "wss://chat.example.org/xmpp?a");
    CHECK(options.drain_delay == 2500ms);
}

TEST_CASE("the option --path is a path") {
    const auto value = GENERATE("", "xmpp", "/a b", "/a?b", "/a#b", "wss://a/xmpp", "/\xC3\xA4");
    CHECK(refused({"--path", value}) ==
          "wsxmpp: --path: '" + std::string{value} + "' is not a path, like /xmpp-websocket");
}

TEST_CASE("the option --path is no page of the program's own") {
    const auto value = GENERATE("/healthz", "/readyz", "/.well-known/host-meta", "/.well-known/host-meta.json");
    CHECK(refused({"--path", value}) ==
          "wsxmpp: --path: '" + std::string{value} + "' is a page of wsxmpp's own: give another, like /xmpp-websocket");
}

TEST_CASE("a wrong --origin says what would be right") {
    CHECK(refused({"--origin", "https://example.org/"}) ==
          "wsxmpp: --origin: 'https://example.org/' has a path, and an origin has none: give 'https://example.org'");
    CHECK_THAT(refused({"--origin", "example.org"}), Contains("like https://example.org"));
    CHECK_THAT(refused({"--origin", "*"}), StartsWith("wsxmpp: --origin: '*' would be every page"));
}

TEST_CASE("the option --public-url is a WebSocket URI") {
    const auto value = GENERATE("", "https://a/", "wss://", "wss:///x", "wss://a/#b", "wss://u@a/", "chat.example.org");
    CHECK_THAT(refused({"--public-url", value}), Contains("is not a WebSocket URI, like wss://chat.example.org/xmpp"));
}

TEST_CASE("limits of the request are within what browsers need and the library takes") {
    CHECK_THAT(refused({"--max-header-bytes", "999"}), Contains("is not a number of bytes from 1000 to 15000"));
    CHECK_THAT(refused({"--max-header-bytes", "15001"}), Contains("is not a number of bytes from 1000 to 15000"));
    CHECK_THAT(refused({"--max-headers", "9"}), Contains("is not a number of lines from 10 to 1000"));
}
