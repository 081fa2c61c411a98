#include "admin/http.hpp"

#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using asio::ip::tcp;
using Catch::Contains;
using wsxmpp::HttpPage;
using wsxmpp::app::AdminHttp;
using wsxmpp::app::AdminHttpOptions;
using wsxmpp::app::AdminRequest;
using wsxmpp::app::AdminSockets;

namespace {

// A listener on a thread of its own; what it answers names the request.
class Listener {
public:
    explicit Listener(AdminHttpOptions options = {}, AdminHttp::Handler handler = echo)
        : http_{sockets_, std::move(handler), std::move(options)} {
        http_.start();
        thread_ = std::thread{[this] { io_.run(); }};
    }
    ~Listener() {
        io_.stop();
        thread_.join();
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    tcp::socket connect() {
        tcp::socket socket{clients_};
        socket.connect(sockets_.tcp().front().local_endpoint());
        return socket;
    }
    asio::io_context& io() { return io_; }

    static void echo(const AdminRequest& request, bool local, const std::function<void(HttpPage)>& done) {
        HttpPage page;
        page.body = request.method + " " + request.path + (local ? " locally" : "");
        done(page);
    }

private:
    asio::io_context io_;
    asio::io_context clients_;
    AdminSockets sockets_{io_, wsxmpp::app::parse_admin("127.0.0.1:0")};
    AdminHttp http_;
    std::thread thread_;
};

void send(tcp::socket& socket, std::string_view bytes) { asio::write(socket, asio::buffer(bytes)); }

std::string to_end(tcp::socket& socket) {
    std::string text;
    std::error_code ec;
    asio::read(socket, asio::dynamic_buffer(text), ec);
    CHECK(ec == asio::error::eof);
    return text;
}

// Up to `end`, and no further than what came with it.
std::string up_to(tcp::socket& socket, const std::string& end) {
    std::string text;
    asio::read_until(socket, asio::dynamic_buffer(text), end);
    return text;
}

// Without its Date, which each answer has.
std::string undated(std::string text) {
    const auto at = text.find("Date: ");
    REQUIRE(at != std::string::npos);
    return text.erase(at, text.find("\r\n", at) + 2 - at);
}

}   // namespace

TEST_CASE("an answer of the admin listener has its length, and says when the connection ends") {
    HttpPage page;
    page.status = 503;
    page.body = "no\n";
    page.headers = {{"Retry-After", "1"}};
    CHECK(undated(wsxmpp::app::http_response(page, false, true)) ==
          "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
          "Retry-After: 1\r\n\r\nno\n");
    CHECK(undated(wsxmpp::app::http_response(page, true, false)) ==
          "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
          "Retry-After: 1\r\nConnection: close\r\n\r\n");
}

TEST_CASE("requests on one connection are answered in their order, pipelined or not") {
    Listener listener;
    auto socket = listener.connect();
    send(socket, "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n");
    auto text = up_to(socket, "GET /c");
    CHECK(text.find("GET /a") < text.find("GET /c"));
    CHECK(text.find("HEAD /b") == std::string::npos);   // its body is not sent
    send(socket, "GET /d HTTP/1.1\r\nConnection: close\r\n\r\n");
    CHECK_THAT(to_end(socket), Contains("Connection: close\r\n\r\nGET /d"));
}

TEST_CASE("what is refused is answered, even while more comes, and the connection ends") {
    Listener listener;
    auto socket = listener.connect();
    send(socket, "POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(50'000, 'a'));
    socket.shutdown(tcp::socket::shutdown_send);
    CHECK_THAT(to_end(socket), Contains("413 Content Too Large") && Contains("Connection: close"));
}

TEST_CASE("a request that does not become whole is answered with 408") {
    AdminHttpOptions options;
    options.request_timeout = 10ms;
    Listener listener{options};
    auto socket = listener.connect();
    send(socket, "GET / HTTP/1.1\r\nHost:");
    const auto text = up_to(socket, "in time\n");
    CHECK_THAT(text, Contains("408 Request Timeout"));
    socket.shutdown(tcp::socket::shutdown_send);
    CHECK(to_end(socket).empty());
}

TEST_CASE("a connection on which nothing is asked ends without a word") {
    AdminHttpOptions options;
    options.idle_timeout = 10ms;
    Listener listener{options};
    auto socket = listener.connect();
    CHECK(to_end(socket).empty());
}

TEST_CASE("an answer that is not made in time ends the connection, and may come late") {
    AdminHttpOptions options;
    options.answer_timeout = 10ms;
    std::function<void(HttpPage)> late;
    Listener listener{
        options, [&late](const AdminRequest&, bool, std::function<void(HttpPage)> done) { late = std::move(done); }};
    auto socket = listener.connect();
    send(socket, "GET / HTTP/1.1\r\n\r\n");
    CHECK(to_end(socket).empty());
    std::promise<void> called;
    asio::post(listener.io(), [&] {
        std::exchange(late, nullptr)({});
        called.set_value();
    });
    called.get_future().get();
}

TEST_CASE("a connection too many waits until another has ended") {
    AdminHttpOptions options;
    options.max_connections = 1;
    Listener listener{options};
    auto first = listener.connect();
    send(first, "GET /first HTTP/1.1\r\n\r\n");
    up_to(first, "GET /first");
    auto second = listener.connect();
    send(second, "GET /second HTTP/1.1\r\nConnection: close\r\n\r\n");
    send(first, "GET /again HTTP/1.1\r\n\r\n");
    up_to(first, "GET /again");
    CHECK(second.available() == 0);
    first.close();
    CHECK_THAT(to_end(second), Contains("GET /second"));
}
