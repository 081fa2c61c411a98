// A page that was made becomes an HTTP response.
#include "transports/http_answer.hpp"
#include "support.hpp"

using namespace test;
using wsxmpp::HttpPage;
using wsxmpp::transports::answer_page;
using wsxmpp::transports::HandshakeAnswer;

namespace {

// The response without its Date, which it has once.
std::string undated(const HandshakeAnswer& answer) {
    std::string text = answer.response;
    const auto at = text.find("\r\nDate: ");
    REQUIRE(at != std::string::npos);
    text.erase(at, text.find("\r\n", at + 1) - at);
    CHECK(text.find("\r\nDate: ") == std::string::npos);
    return text;
}

}   // namespace

TEST_CASE("a page is sent with its type, its length and its headers") {
    const HttpPage page{404, "text/html", "<p>äh", {{"Access-Control-Allow-Origin", "*"}, {"X-A", "b"}}};
    const auto answer = answer_page(page, false);
    CHECK(answer.status == 404);
    CHECK(answer.reason.empty());
    CHECK(undated(answer) ==
          "HTTP/1.1 404 Not Found\r\nAccess-Control-Allow-Origin: *\r\nX-A: b\r\nContent-Type: text/html\r\n"
          "Content-Length: 6\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
          "<p>äh");
}

TEST_CASE("HEAD gets the head of the same page") {
    const HttpPage page{200, "text/plain", "ok\n", {}};
    const auto whole = undated(answer_page(page, false));
    CHECK(undated(answer_page(page, true)) == whole.substr(0, whole.size() - 3));
}

TEST_CASE("a page may say how long it is good for") {
    const auto answer = answer_page({200, "text/plain", "", {{"cache-control", "max-age=60"}}}, false);
    CHECK(answer.response.find("no-store") == std::string::npos);
    CHECK(answer.response.find("\r\ncache-control: max-age=60\r\n") != std::string::npos);
}

TEST_CASE("a page may say when it was made") {
    const auto answer = answer_page({200, "text/plain", "", {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}}, false);
    CHECK(answer.response.find("\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n") != std::string::npos);
    CHECK(answer.response.find("\r\nDate: ") == std::string::npos);
}

TEST_CASE("a date is as HTTP has it, in any locale") {   // RFC 9110 §5.6.7
    const auto at = [](std::int64_t seconds) {
        return wsxmpp::http_date(std::chrono::system_clock::time_point{std::chrono::seconds{seconds}} + 999ms);
    };
    CHECK(at(784'111'777) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(at(1'709'164'799) == "Wed, 28 Feb 2024 23:59:59 GMT");
    CHECK(at(1'709'164'800) == "Thu, 29 Feb 2024 00:00:00 GMT");
    CHECK(at(4'102'444'799) == "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST_CASE("a page without content has neither type nor length") {
    CHECK(undated(answer_page({204, "text/plain", "x", {}}, false)) ==
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
