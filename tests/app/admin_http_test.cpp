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
#include <vector>

#include "descriptor_limit.hpp"

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
        socket.connect(endpoint());
        return socket;
    }
    tcp::endpoint endpoint() { return sockets_.tcp().front().local_endpoint(); }
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

// A client that has its descriptor already.
struct Client {
    explicit Client(Listener& listener) { socket.open(listener.endpoint().protocol()); }
    asio::io_context io;
    tcp::socket socket{io};
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

TEST_CASE("the connection that has waited longest for its client makes room for a new one") {
    AdminHttpOptions options;
    options.max_connections = 2;
    Listener listener{options};
    auto asked = listener.connect();
    send(asked, "GET /asked HTTP/1.1\r\n\r\n");
    up_to(asked, "GET /asked");
    auto silent = listener.connect();
    auto third = listener.connect();
    send(third, "GET /third HTTP/1.1\r\n\r\n");
    up_to(third, "GET /third");
    CHECK(to_end(asked).empty());
    auto fourth = listener.connect();
    send(fourth, "GET /fourth HTTP/1.1\r\n\r\n");
    up_to(fourth, "GET /fourth");
    CHECK(to_end(silent).empty());
    send(third, "GET /again HTTP/1.1\r\n\r\n");
    up_to(third, "GET /again");
}

TEST_CASE("a connection whose request does not become whole makes room for a new one") {
    AdminHttpOptions options;
    options.max_connections = 1;
    options.request_timeout = 1h;
    Listener listener{options};
    auto slow = listener.connect();
    send(slow, "GET / HTTP/1.1\r\nHost:");
    auto other = listener.connect();
    send(other, "GET /other HTTP/1.1\r\n\r\n");
    up_to(other, "GET /other");
    std::error_code ec;
    std::string text;
    asio::read(slow, asio::dynamic_buffer(text), ec);   // a reset, if it was closed before its bytes were read
    CHECK(text.empty());
}

TEST_CASE("a connection that has its last answer, and is not closed by its client, makes room for a new one") {
    AdminHttpOptions options;
    options.max_connections = 1;
    options.answer_timeout = 1h;   // it may linger for so long
    Listener listener{options};
    auto first = listener.connect();
    send(first, "GET /first HTTP/1.0\r\n\r\n");
    CHECK_THAT(to_end(first), Contains("GET /first"));
    auto second = listener.connect();
    send(second, "GET /second HTTP/1.0\r\n\r\n");
    CHECK_THAT(to_end(second), Contains("GET /second"));
}

TEST_CASE("while all connections are busy, one more waits until one of them has its answer") {
    AdminHttpOptions options;
    options.max_connections = 1;
    std::promise<std::function<void(HttpPage)>> asked;
    Listener listener{options,
                      [&asked](const AdminRequest& request, bool local, const std::function<void(HttpPage)>& done) {
                          if (request.path != "/slow") return Listener::echo(request, local, done);
                          asked.set_value(done);
                      }};
    auto first = listener.connect();
    send(first, "GET /slow HTTP/1.1\r\n\r\n");
    const auto answer = asked.get_future().get();
    auto second = listener.connect();
    send(second, "GET /second HTTP/1.0\r\n\r\n");
    asio::post(listener.io(), [&] {
        HttpPage page;
        page.body = "at last";
        answer(page);
    });
    CHECK_THAT(to_end(first), Contains("at last"));
    CHECK_THAT(to_end(second), Contains("GET /second"));
}

TEST_CASE("who watches the process gets in when it has no descriptor left") {
    Listener listener;
    Client first{listener};
    Client second{listener};
    const NoDescriptors none;
    first.socket.connect(listener.endpoint());
    send(first.socket, "GET /first HTTP/1.1\r\n\r\n");
    up_to(first.socket, "GET /first");
    second.socket.connect(listener.endpoint());   // in the place of the first, which rests
    send(second.socket, "GET /second HTTP/1.0\r\n\r\n");
    CHECK_THAT(to_end(second.socket), Contains("GET /second"));
    CHECK(to_end(first.socket).empty());
}

TEST_CASE("the admin listener recovers by itself when not even its own descriptor helped, and says so once") {
    std::promise<void> told;
    std::vector<std::string> lines;   // of the listener's thread, until it has ended
    AdminHttpOptions options;
    options.log = {wsxmpp::LogLevel::debug, [&](wsxmpp::LogLevel, std::string_view message, wsxmpp::LogFields) {
                       lines.emplace_back(message);
                       if (lines.size() == 1) told.set_value();
                   }};
    {
        Listener listener{options};
        Client client{listener};
        {
            const DescriptorLimit limit{3};
            client.socket.connect(listener.endpoint());
            send(client.socket, "GET /late HTTP/1.0\r\n\r\n");
            told.get_future().get();
        }
        CHECK_THAT(to_end(client.socket), Contains("GET /late"));
    }
    CHECK(lines == std::vector<std::string>{"admin: cannot accept connections; trying again until it works",
                                            "admin: accepting connections again"});
}
