#include "web/host_meta.hpp"

#include <catch2/catch.hpp>

using namespace wsxmpp::web;

TEST_CASE("host-meta names the WebSocket as XEP-0156 has it") {
    CHECK(host_meta_xml("wss://example.org/ws") ==
          "<?xml version='1.0' encoding='UTF-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n"
          "  <Link rel='urn:xmpp:alt-connections:websocket' href='wss://example.org/ws'/>\n</XRD>\n");
    CHECK(host_meta_json("wss://example.org/ws") ==
          R"({"links":[{"rel":"urn:xmpp:alt-connections:websocket","href":"wss://example.org/ws"}]})"
          "\n");
}

TEST_CASE("what a URL may have and XML may not is escaped") {
    CHECK(host_meta_xml("wss://a/?b=1&c='2'").find("href='wss://a/?b=1&amp;c=&#39;2&#39;'") != std::string::npos);
    CHECK(escaped("<a b=\"c\">'&'") == "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#39;");
}

TEST_CASE("a host may be a name or an address, with or without a port") {
    const auto text = GENERATE("localhost", "chat.example.org", "chat.example.org:8443", "xn--bcher-kva.example",
                               "192.0.2.1:80", "[::1]", "[2001:db8::1]:65535", "a_b");
    CHECK(is_host_and_port(text));
}

TEST_CASE("anything else is no host") {
    const auto text = GENERATE("", ":80", "a:", "a:0", "a:65536", "a:80x", "a:b:80", "a/b", "u@a", "a b", "a'b", "a\"b",
                               "<a>", "a&b", "[::1", "[::1]80", "[x]", "[]", "a\r\nb", "b\xC3\xBC", "fe80::1",
                               "[::1%lo]", "[::1%1]:80", "[fe80::1%evil.example]");
    INFO(text);
    CHECK_FALSE(is_host_and_port(text));
}

TEST_CASE("a WebSocket URL has a scheme and a host") {
    CHECK(is_websocket_url("ws://localhost:6222"));
    CHECK(is_websocket_url("wss://chat.example.org/xmpp?a=b&c"));
    CHECK(is_websocket_url("wss://[::1]?x"));
    const auto text = GENERATE("", "wss://", "wss:///x", "https://a/", "a/b", "wss://a/#b", "wss://a/\"", "wss://a b/",
                               "wss://u@a/", "WSS://a");
    INFO(text);
    CHECK_FALSE(is_websocket_url(text));
}
