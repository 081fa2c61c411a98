#include "admin/request.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using wsxmpp::app::AdminRequestReader;
using State = AdminRequestReader::State;
using Catch::Contains;

namespace {

// The status that `bytes` are refused with.
int refusal(std::string_view bytes) {
    AdminRequestReader reader;
    reader.feed(bytes);
    REQUIRE(reader.state() == State::refused);
    CHECK_FALSE(reader.reason().empty());
    return reader.status();
}

std::string headers(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "X" + std::to_string(i) + ": y\r\n";
    return text;
}

}   // namespace

TEST_CASE("a request to the admin listener is the same at every split") {
    const std::string_view bytes =
        "POST /api/x?filter=a%20b+c&sort=&flag HTTP/1.1\r\nHOST: [::1]:9222\r\nAccept: a\r\nAccept: b\r\n"
        "Content-Length: 3\r\n\r\nabc";
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        AdminRequestReader reader;
        CHECK(reader.feed(bytes.substr(0, split)) == split);
        if (split < bytes.size()) CHECK(reader.state() == State::reading);
        CHECK(reader.feed(bytes.substr(split)) == bytes.size() - split);
        REQUIRE(reader.state() == State::whole);
        const auto request = reader.take();
        CHECK(request.method == "POST");
        CHECK(request.path == "/api/x");
        CHECK(request.parameter("filter") == "a b c");
        CHECK(request.query.count("flag") == 1);
        CHECK(request.header("host") == "[::1]:9222");
        CHECK(request.header("accept") == "a, b");
        CHECK(request.body == "abc");
        CHECK(request.keep_alive);
    }
}

TEST_CASE("what follows a request is left for the next") {
    AdminRequestReader reader;
    const std::string_view bytes = "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.0\r\n\r\n";
    const auto taken = reader.feed(bytes);
    CHECK(taken == bytes.size() / 2);
    CHECK(reader.take().path == "/a");
    CHECK(reader.state() == State::reading);
    CHECK_FALSE(reader.begun());
    reader.feed(bytes.substr(taken));
    const auto second = reader.take();
    CHECK(second.path == "/b");
    CHECK(second.http_1_0);
    CHECK_FALSE(second.keep_alive);
}

TEST_CASE("a client that asks for an upgrade is answered once, and its connection ends") {
    AdminRequestReader reader;
    reader.feed("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    REQUIRE(reader.state() == State::whole);
    CHECK_FALSE(reader.take().keep_alive);
}

TEST_CASE("what is no HTTP/1 request is refused with 400") {
    const std::string_view bytes =
        GENERATE("\x16\x03\x01\x02", "GET\r\n\r\n", "GET / HTTP/3.x\r\n\r\n", "GET / HTTP/1.1\r\nNo colon\r\n\r\n",
                 "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                 "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                 "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    CHECK(refusal(bytes) == 400);
}

TEST_CASE("what is too large is refused with the status that says so") {
    CHECK(refusal("GET /" + std::string(AdminRequestReader::max_target, 'a')) == 414);
    CHECK(refusal("GET / HTTP/1.1\r\nX: " + std::string(AdminRequestReader::max_head, 'a')) == 431);
    CHECK(refusal("GET / HTTP/1.1\r\n" + std::string(AdminRequestReader::max_head, 'a')) == 431);
    CHECK(refusal("GET / HTTP/1.1\r\n" + headers(AdminRequestReader::max_headers + 1) + "\r\n") == 431);
    const auto too_long = std::to_string(AdminRequestReader::max_body + 1);
    CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: " + too_long + "\r\n\r\n") == 413);
    CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n" + std::string(0x401, 'a')) == 413);
}

TEST_CASE("what is as large as may be is taken") {
    AdminRequestReader reader;
    reader.feed("GET /" + std::string(AdminRequestReader::max_target - 1, 'a') + " HTTP/1.1\r\n" +
                headers(AdminRequestReader::max_headers - 1) + "Content-Length: 1024\r\n\r\n" +
                std::string(1'024, 'b'));
    REQUIRE(reader.state() == State::whole);
    CHECK(reader.take().body.size() == AdminRequestReader::max_body);
}
