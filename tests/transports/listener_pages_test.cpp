// What the options of a WebSocketListener make of requests, through a real socket.
#include "listener_support.hpp"
#include "wsxmpp/prometheus.hpp"

using namespace test;
using wsxmpp::HttpPage;
using wsxmpp::HttpQuery;
using wsxmpp::WebSocketListener;
using Fixture = ListenerFixture;

namespace {

// How often, in the text for Prometheus.
std::string limit_hit(const WebSocketListener& listener, const std::string& limit) {
    const std::string text = wsxmpp::prometheus_text({}, {listener.counters().get()});
    const std::string sample = "\nwsxmpp_limits_hit_total{limit=\"" + limit + "\"} ";
    const std::size_t at = text.find(sample);
    return at == std::string::npos ? "not counted"
                                   : text.substr(at + sample.size(), text.find('\n', at + 1) - at - sample.size());
}

constexpr const char* get_page = "GET /x?y HTTP/1.1\r\nHost: chat.example.org\r\n\r\n";

}   // namespace

TEST_CASE("a listener with a path takes WebSockets there alone") {
    auto options = local_options();
    options.path = "/other";
    CHECK(Fixture{options}.answer_to(request()).find("HTTP/1.1 404 ") == 0);
    options.path = "/xmpp";
    CHECK(Fixture{options}.answer_to(request()).find("HTTP/1.1 101 ") == 0);
}

TEST_CASE("a listener with origins refuses the pages of others") {
    auto options = local_options();
    options.origins = {"https://*.example.org"};
    CHECK(Fixture{options}.answer_to(request("Origin: https://evilexample.org\r\n")).find("HTTP/1.1 403 ") == 0);
    CHECK(Fixture{options}.answer_to(request("Origin: https://a.example.org\r\n")).find("HTTP/1.1 101 ") == 0);
}

TEST_CASE("a listener has the limits of its options") {
    auto options = local_options();
    options.max_header_bytes = 100;
    CHECK(Fixture{options}.answer_to(request()).find("HTTP/1.1 431 ") == 0);
    options = local_options();
    options.max_headers = 3;
    CHECK(Fixture{options}.answer_to(request()).find("HTTP/1.1 431 ") == 0);
}

TEST_CASE("limits on the head of a request are counted by their names") {
    auto options = local_options();
    options.max_headers = 5;
    options.max_header_bytes = 1'000;
    Fixture f{options};
    const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n";
    const std::string long_line = "X: " + std::string(1'000, 'x') + "\r\n";
    CHECK(f.answer_to(get + long_line + "\r\n").find("HTTP/1.1 431 ") == 0);
    CHECK(f.answer_to("GET /" + std::string(1'000, 'x')).find("HTTP/1.1 414 ") == 0);
    CHECK(f.answer_to(get + "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n").find("HTTP/1.1 431 ") == 0);
    CHECK(f.answer_to(get + "Content-Length: 1\r\n\r\n").find("HTTP/1.1 413 ") == 0);
    CHECK(limit_hit(f.listener, "max-header-bytes") == "2");
    CHECK(limit_hit(f.listener, "max-headers") == "1");
}

TEST_CASE("a request line that no option lets be longer hits none") {
    Fixture f{local_options()};
    CHECK(f.answer_to("GET /" + std::string(8'000, 'x')).find("HTTP/1.1 414 ") == 0);
    CHECK(limit_hit(f.listener, "max-header-bytes") == "0");
}

TEST_CASE("a request that takes too long hits the limit of that name") {
    auto options = local_options();
    options.handshake_timeout = 20ms;
    Fixture f{options};
    CHECK(f.answer_to("GET / HTTP/1.1\r\n").find("HTTP/1.1 408 ") == 0);
    CHECK(limit_hit(f.listener, "handshake-timeout") == "1");
}

TEST_CASE("a listener is not made with a path or an origin that is none") {
    asio::io_context io;
    auto options = local_options();
    options.path = "xmpp";
    CHECK_THROWS_AS((WebSocketListener{io, options}), std::invalid_argument);
    options.path.clear();
    options.origins = {"example.org"};
    CHECK_THROWS_AS((WebSocketListener{io, options}), std::invalid_argument);
}

TEST_CASE("a listener that shares another's endpoints answers as that does") {
    auto options = local_options();
    options.path = "/other";
    asio::io_context io;
    WebSocketListener first{io, options};
    asio::io_context second_io;
    WebSocketListener second{second_io, first};
    first.stop();
    second.start([](const std::shared_ptr<wsxmpp::Connection>&) {});
    Peer client{second_io, second.endpoints()[0]};
    client.send(request());
    CHECK(client.take_all().find("HTTP/1.1 404 ") == 0);
}

TEST_CASE("a handler of pages hears what is asked for, and what it makes is sent") {
    HttpQuery heard;
    auto options = local_options();
    options.on_get = [&heard](const HttpQuery& query, const std::function<void(HttpPage)>& done) {
        heard = query;
        done({503, "text/plain", "not now\n", {}});
    };
    Fixture f{options};
    const auto answer = f.answer_to(get_page);
    CHECK(answer.find("HTTP/1.1 503 Service Unavailable\r\n") == 0);
    CHECK(answer.find("\r\n\r\nnot now\n") != std::string::npos);
    CHECK(heard.path == "/x");
    CHECK(heard.host == "chat.example.org");
    CHECK(heard.client.find("127.0.0.1:") == 0);
    CHECK_FALSE(heard.secure);
}

TEST_CASE("a page may come later, and HEAD gets its head") {
    std::function<void(HttpPage)> later;
    auto options = local_options();
    options.on_get = [&later](const HttpQuery&, std::function<void(HttpPage)> done) { later = std::move(done); };
    Fixture f{options};
    Peer client{f.io, f.listener.endpoints()[0]};
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    run_until(f.io, [&] { return later != nullptr; });
    later({200, "text/plain", "ok\n", {}});
    const auto answer = client.take_all();
    CHECK(answer.find("\r\nContent-Length: 3\r\n") != std::string::npos);
    CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

TEST_CASE("a page that never comes is answered with 503 and when to come again, one that comes too late is dropped") {
    std::function<void(HttpPage)> later;
    auto options = local_options();
    options.handshake_timeout = 20ms;
    options.on_get = [&later](const HttpQuery&, std::function<void(HttpPage)> done) { later = std::move(done); };
    Fixture f{options};
    const auto answer = f.answer_to(get_page);
    CHECK(answer.find("HTTP/1.1 503 ") == 0);
    CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);
    later({200, "text/plain", "ok\n", {}});
    f.io.restart();
    f.io.poll();
    CHECK(f.listener.counters()->answers.of(503).value() == 1);
    CHECK(f.listener.counters()->handshake_timeouts.value() == 0);   // no client was slow
}

TEST_CASE("HEAD gets no body when its page never comes") {
    auto options = local_options();
    options.handshake_timeout = 20ms;
    options.on_get = [](const HttpQuery&, const std::function<void(HttpPage)>&) {};
    Fixture f{options};
    const auto answer = f.answer_to("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(answer.find("HTTP/1.1 503 ") == 0);
    CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

TEST_CASE("a page that comes when its listener is gone is dropped") {
    std::function<void(HttpPage)> later;
    auto options = local_options();
    options.on_get = [&later](const HttpQuery&, std::function<void(HttpPage)> done) { later = std::move(done); };
    {
        Fixture f{options};
        Peer client{f.io, f.listener.endpoints()[0]};
        client.send(get_page);
        run_until(f.io, [&] { return later != nullptr; });
    }
    later({200, "text/plain", "ok\n", {}});
}
