#include "wsxmpp/web_pages.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <stdexcept>

using wsxmpp::HttpPage;
using wsxmpp::HttpQuery;
using wsxmpp::web_pages;
using wsxmpp::WebPagesOptions;

namespace {

HttpQuery query(std::string path, std::string host = "chat.example.org", bool secure = false) {
    return {std::move(path), std::move(host), "192.0.2.1:1", secure};
}

HttpPage page(const HttpQuery& query, const WebPagesOptions& options = {}) {
    std::optional<HttpPage> result;
    web_pages(options)(query, [&result](HttpPage page) {
        REQUIRE_FALSE(result);
        result = std::move(page);
    });
    REQUIRE(result);
    return *result;
}

std::string header(const HttpPage& page, std::string_view name) {
    for (const auto& [key, value] : page.headers)
        if (key == name) return value;
    return {};
}

bool has(const HttpPage& page, std::string_view part) { return page.body.find(part) != std::string::npos; }

}   // namespace

TEST_CASE("/healthz is ok as long as the process runs") {
    CHECK(page(query("/healthz")).status == 200);
    CHECK(page(query("/healthz")).body == "ok\n");
}

TEST_CASE("/readyz asks, and says why not") {
    WebPagesOptions options;
    CHECK(page(query("/readyz"), options).status == 200);
    std::string why_not;
    options.ready = [&why_not](const std::function<void(const std::string&)>& done) { done(why_not); };
    CHECK(page(query("/readyz"), options).body == "ready\n");
    why_not = "no XMPP server can be reached";
    const auto refused = page(query("/readyz"), options);
    CHECK(refused.status == 503);
    CHECK(refused.body == "no XMPP server can be reached\n");
    CHECK(header(refused, "Retry-After") == "5");
}

TEST_CASE("/readyz may be answered later, when the handler it was asked of is gone") {
    WebPagesOptions options;
    std::function<void(const std::string&)> later;
    options.ready = [&later](std::function<void(const std::string&)> done) { later = std::move(done); };
    int status = 0;
    web_pages(options)(query("/readyz"), [&status](const HttpPage& page) { status = page.status; });
    CHECK(status == 0);
    later("");
    CHECK(status == 200);
}

TEST_CASE("host-meta is made of the host that was asked, how it was asked, and the path") {
    const auto [host, secure, path, url] = GENERATE(table<std::string, bool, std::string, std::string>({
        {"chat.example.org", false, "", "ws://chat.example.org/"},
        {"chat.example.org", true, "", "wss://chat.example.org/"},
        {"chat.example.org:8443", true, "/xmpp", "wss://chat.example.org:8443/xmpp"},
        {"[::1]:6222", false, "/xmpp", "ws://[::1]:6222/xmpp"},
    }));
    WebPagesOptions options;
    options.path = path;
    const auto xml = page(query("/.well-known/host-meta", host, secure), options);
    CHECK(xml.status == 200);
    CHECK(xml.type == "application/xrd+xml");
    CHECK(has(xml, "href='" + url + "'"));
    CHECK(header(xml, "Access-Control-Allow-Origin") == "*");
    const auto json = page(query("/.well-known/host-meta.json", host, secure), options);
    CHECK(json.type == "application/json");
    CHECK(has(json, "\"href\":\"" + url + "\""));
    CHECK(header(json, "Access-Control-Allow-Origin") == "*");
}

TEST_CASE("host-meta has the public URL if there is one, whatever host was asked") {
    WebPagesOptions options;
    options.public_url = "wss://chat.example.org/xmpp-websocket";
    options.path = "/internal";
    const auto host = GENERATE("10.0.0.1", "", "<script>");
    CHECK(has(page(query("/.well-known/host-meta", host), options), "href='wss://chat.example.org/xmpp-websocket'"));
}

TEST_CASE("without a usable Host there is no host-meta") {
    const auto host = GENERATE("", "a b", "a'/><x", "a:0", "a&b");
    const auto path = GENERATE("/.well-known/host-meta", "/.well-known/host-meta.json");
    CHECK(page(query(path, host)).status == 400);
}

TEST_CASE("a public URL that is none, and an origin that is none, are refused at once") {
    WebPagesOptions options;
    options.public_url = "https://chat.example.org/";
    CHECK_THROWS_WITH(web_pages(options), Catch::Contains("is not a WebSocket URI"));
    options.public_url.clear();
    options.origins = {"example.org"};
    CHECK_THROWS_AS(web_pages(options), std::invalid_argument);
}

TEST_CASE("the path of the WebSocket says that it is one, and every other path that it is nothing") {
    WebPagesOptions options;
    options.path = "/xmpp";
    const auto socket = page(query("/xmpp"), options);
    CHECK(socket.status == 426);
    CHECK(header(socket, "Upgrade") == "websocket");
    const auto path = GENERATE("/x", "/healthz/", "/favicon.ico", "/.well-known/host-meta.xml", "//", "/xmpp/");
    CHECK(page(query(path), options).status == 404);
}

TEST_CASE("a WebSocket at / leaves the page there") {
    WebPagesOptions options;
    options.path = "/";
    CHECK(page(query("/"), options).status == 200);
}

TEST_CASE("the page is told of the endpoint, and nothing in it can become markup") {
    WebPagesOptions options;
    options.path = "/xmpp'\"<b>";
    options.domain = "example.org\"><script>";
    options.public_url = "wss://chat.example.org/?a&b";
    const auto shown = page(query("/"), options);
    CHECK(shown.type == "text/html; charset=utf-8");
    CHECK(has(shown, "data-path=\"/xmpp&#39;&quot;&lt;b&gt;\""));
    CHECK(has(shown, "data-domain=\"example.org&quot;&gt;&lt;script&gt;\""));
    CHECK(has(shown, "data-url=\"wss://chat.example.org/?a&amp;b\""));
    CHECK_FALSE(has(shown, "{{"));
}

TEST_CASE("the page is told which host was asked, and by which schemes pages of it may connect, however it was asked") {
    const bool secure = GENERATE(true, false);
    const auto told = [secure](const std::string& host, std::vector<std::string> origins) {
        WebPagesOptions options;
        options.origins = std::move(origins);
        const std::string body = page(query("/", host, secure), options).body;
        const auto begin = body.find("data-host=");
        REQUIRE(begin != std::string::npos);
        return body.substr(begin, body.find('>', begin) - begin);
    };
    const std::string host = "chat.example.org";
    CHECK(told(host, {}) == "data-host=\"chat.example.org\" data-origins=\"any\"");
    CHECK(told(host, {"https://chat.example.org"}) == "data-host=\"chat.example.org\" data-origins=\"https\"");
    CHECK(told(host, {"http://*.example.org"}) == "data-host=\"chat.example.org\" data-origins=\"http\"");
    CHECK(told(host, {"http://*.example.org", "https://*.example.org"}) ==
          "data-host=\"chat.example.org\" data-origins=\"http https\"");
    CHECK(told("other.example", {"https://chat.example.org"}) == "data-host=\"other.example\" data-origins=\"\"");
    CHECK(told("<x>", {}).find("data-host=\"&lt;x&gt;\"") == 0);
}

TEST_CASE("the page's policy allows its own script and style alone, and no frame around it") {
    const auto shown = page(query("/"));
    const auto policy = header(shown, "Content-Security-Policy");
    CHECK(policy.find("default-src 'none'; script-src 'sha256-") == 0);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(header(shown, "X-Frame-Options") == "DENY");
    CHECK(shown.body.find("http://") == shown.body.find("http://etherx.jabber.org/streams"));   // loads nothing
    CHECK_FALSE(has(shown, " src="));
}
