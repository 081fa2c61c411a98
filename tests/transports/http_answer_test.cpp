// A page that was made becomes an HTTP response.
#include "transports/http_answer.hpp"
#include "support.hpp"

using namespace test;
using wsxmpp::HttpPage;
using wsxmpp::transports::answer_page;

TEST_CASE("a page is sent with its type, its length and its headers") {
    const HttpPage page{404, "text/html", "<p>äh", {{"Access-Control-Allow-Origin", "*"}, {"X-A", "b"}}};
    const auto answer = answer_page(page, false);
    CHECK(answer.status == 404);
    CHECK(answer.reason.empty());
    CHECK(answer.response ==
          "HTTP/1.1 404 Not Found\r\nAccess-Control-Allow-Origin: *\r\nX-A: b\r\nContent-Type: text/html\r\n"
          "Content-Length: 6\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
          "<p>äh");
}

TEST_CASE("HEAD gets the head of the same page") {
    const HttpPage page{200, "text/plain", "ok\n", {}};
    const auto whole = answer_page(page, false).response;
    CHECK(answer_page(page, true).response == whole.substr(0, whole.size() - 3));
}

TEST_CASE("a page may say how long it is good for") {
    const auto answer = answer_page({200, "text/plain", "", {{"cache-control", "max-age=60"}}}, false);
    CHECK(answer.response.find("no-store") == std::string::npos);
    CHECK(answer.response.find("\r\ncache-control: max-age=60\r\n") != std::string::npos);
}

TEST_CASE("a page without content has neither type nor length") {
    CHECK(answer_page({204, "text/plain", "x", {}}, false).response ==
          "HTTP/1.1 204 No Content\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
          "Connection: close\r\n\r\n");
}

TEST_CASE("a page that asks for an upgrade names it in Connection") {
    const auto answer = answer_page({426, "text/plain", "", {{"Upgrade", "websocket"}}}, false);
    CHECK(answer.response.find("\r\nUpgrade: websocket\r\n") != std::string::npos);
    CHECK(answer.response.find("\r\nConnection: Upgrade, close\r\n") != std::string::npos);
}

TEST_CASE("a page whose headers would split the response, or double its own, becomes a 500 that says so") {
    HttpPage page{200, "text/plain", "secret", {}};
    SECTION("line breaks") { page.headers = {{"X-A", "b\r\nSet-Cookie: c"}}; }
    SECTION("a line feed alone") { page.headers = {{"X-A", "b\nc"}}; }
    SECTION("a null") { page.headers = {{"X-A", "b\0c"s}}; }
    SECTION("a name that is none") { page.headers = {{"X A", "b"}}; }
    SECTION("no name") { page.headers = {{"", "b"}}; }
    SECTION("the length") { page.headers = {{"content-length", "0"}}; }
    SECTION("the framing") { page.headers = {{"Transfer-Encoding", "chunked"}}; }
    SECTION("the type") { page.type = "text/plain\r\nX-A: b"; }
    SECTION("the status") { page.status = 101; }
    const auto answer = answer_page(page, false);
    CHECK(answer.status == 500);
    CHECK(answer.response.find("HTTP/1.1 500 Internal Server Error\r\n") == 0);
    CHECK(answer.response.find("secret") == std::string::npos);
    CHECK(answer.response.find("Set-Cookie: c\r\n") == std::string::npos);
    CHECK_FALSE(answer.reason.empty());
}
