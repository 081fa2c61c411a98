#include "wsxmpp/readiness_probe.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <optional>

#include "wsxmpp/error.hpp"
#include "wsxmpp/memory.hpp"

using namespace std::chrono_literals;
using wsxmpp::errc;
using wsxmpp::ReadinessOptions;
using wsxmpp::ReadinessProbe;
using wsxmpp::UpstreamRequest;
using wsxmpp::UpstreamResult;

namespace {

// An upstream whose every answer is the test's to give.
class Scripted final : public wsxmpp::Upstream {
public:
    explicit Scripted(asio::io_context& io) : io_{io} {}

    [[nodiscard]] std::shared_ptr<void> connect(const UpstreamRequest& request, ConnectHandler handler) override {
        const std::string domain{request.domain};
        asked.push_back(domain);
        auto attempt = std::make_shared<ConnectHandler>(std::move(handler));
        attempts[domain] = attempt;
        return attempt;
    }
    std::string name() const override { return "scripted"; }

    bool waits(const std::string& domain) { return !attempts[domain].expired(); }
    void answer(const std::string& domain, std::error_code ec, std::string detail = {}, std::string client = {}) {
        const auto attempt = attempts[domain].lock();
        REQUIRE(attempt);
        UpstreamResult result{nullptr, ec, std::move(detail), std::move(client)};
        if (!ec) result.connection = wsxmpp::memory_pair(io_).first;
        (*attempt)(std::move(result));
    }

    std::vector<std::string> asked;
    std::map<std::string, std::weak_ptr<ConnectHandler>> attempts;

private:
    asio::io_context& io_;
};

struct Fixture {
    explicit Fixture(std::vector<std::string> domains, std::chrono::milliseconds keep = 1h,
                     std::chrono::milliseconds timeout = 1h)
        : probe{io, upstream, ReadinessOptions{std::move(domains), keep, timeout}} {}

    // The answer, once it has come.
    std::shared_ptr<std::optional<std::string>> check() {
        auto answer = std::make_shared<std::optional<std::string>>();
        probe.check([answer](const std::string& why_not) {
            REQUIRE_FALSE(*answer);
            *answer = why_not;
        });
        return answer;
    }

    asio::io_context io;
    std::shared_ptr<Scripted> upstream = std::make_shared<Scripted>(io);
    ReadinessProbe probe;
};

constexpr const char* ready = "";

}   // namespace

TEST_CASE("without a domain it is ready, and connects to nothing") {
    Fixture f{{}};
    CHECK(*f.check() == ready);
    CHECK(f.upstream->asked.empty());
}

TEST_CASE("it is ready when the server can be connected to, and the connection is dropped") {
    asio::io_context io;
    std::shared_ptr<wsxmpp::Connection> server;
    const auto upstream = std::make_shared<wsxmpp::MemoryUpstream>(
        io, [&server](std::shared_ptr<wsxmpp::Connection> far, const UpstreamRequest& request) {
            CHECK(request.domain == "example.org");
            server = std::move(far);
        });
    ReadinessProbe probe{io, upstream, {{"example.org"}}};
    std::optional<std::string> answer;
    probe.check([&answer](const std::string& why_not) { answer = why_not; });
    CHECK_FALSE(answer);
    io.poll();
    CHECK(answer == ready);

    struct Receiver final : wsxmpp::Receiver {
        void on_data(std::string_view) override { FAIL("nothing is sent"); }
        void on_read_end() override {}
        void on_end(std::error_code ec, std::string_view) override { reason = ec; }
        void on_writable() override {}
        void on_closed() override {}
        std::error_code reason;
    };
    const auto receiver = std::make_shared<Receiver>();
    server->start(receiver, 1'000);
    io.restart();
    io.poll();
    CHECK(receiver->reason == errc::connection_lost);
    server->abort();
}

TEST_CASE("it says why not as a client would hear it, without the addresses") {
    Fixture f{{"example.org"}};
    const auto answer = f.check();
    f.upstream->answer("example.org", errc::connection_refused, "10.0.0.1:5222: refused", "example.org: refused");
    CHECK(*answer == "not ready: example.org: refused");

    Fixture verbose{{"example.org"}};
    const auto other = verbose.check();
    verbose.upstream->answer("example.org", errc::connection_refused, "10.0.0.1:5222: refused");
    CHECK(other->value().find("10.0.0.1") == std::string::npos);
    CHECK(other->value().find(std::error_code{errc::connection_refused}.message()) != std::string::npos);
}

TEST_CASE("questions that come while one is open get the same answer, of one connection") {
    Fixture f{{"example.org"}};
    const auto first = f.check();
    const auto second = f.check();
    CHECK(f.upstream->asked.size() == 1);
    f.upstream->answer("example.org", {});
    CHECK(*first == ready);
    CHECK(*second == ready);
}

TEST_CASE("an answer, good or bad, is kept for its time") {
    const std::error_code ec = GENERATE(std::error_code{}, std::error_code{errc::connection_refused});
    Fixture kept{{"example.org"}, 1h};
    const auto first = kept.check();
    kept.upstream->answer("example.org", ec);
    CHECK(*kept.check() == *first);
    CHECK(kept.upstream->asked.size() == 1);

    Fixture fresh{{"example.org"}, 0ms};
    fresh.check();
    fresh.upstream->answer("example.org", ec);
    fresh.check();
    CHECK(fresh.upstream->asked.size() == 2);
}

TEST_CASE("one domain that can be reached is enough, and is asked first the next time") {
    Fixture f{{"a.example", "b.example", "c.example"}, 0ms};
    const auto answer = f.check();
    CHECK(f.upstream->asked == std::vector<std::string>{"a.example"});
    f.upstream->answer("a.example", errc::connection_refused);
    CHECK(f.upstream->asked == std::vector<std::string>{"a.example", "b.example", "c.example"});
    CHECK_FALSE(*answer);
    f.upstream->answer("c.example", {});
    CHECK(*answer == ready);
    CHECK_FALSE(f.upstream->waits("b.example"));   // cancelled

    f.upstream->asked.clear();
    const auto again = f.check();
    f.upstream->answer("c.example", {});
    CHECK(*again == ready);
    CHECK(f.upstream->asked == std::vector<std::string>{"c.example"});
}

TEST_CASE("it is not ready when no domain can be reached; the text has three of the reasons") {
    Fixture f{{"a", "b", "c", "d"}};
    const auto answer = f.check();
    for (const char* domain : {"a", "b", "c", "d"})
        f.upstream->answer(domain, errc::connection_refused, {}, domain + std::string{": refused"});
    CHECK(*answer == "not ready: a: refused; b: refused; c: refused; and so on");
}

TEST_CASE("a server that does not answer in time is one that cannot be reached; the others have their chance before") {
    Fixture f{{"a", "b"}, 1h, 3ms};
    const auto answer = f.check();
    f.io.run();   // until the timer has nothing to wait for
    CHECK(f.upstream->asked == std::vector<std::string>{"a", "b"});
    CHECK(*answer == "not ready: no answer in time");
    CHECK_FALSE(f.upstream->waits("a"));
    CHECK_FALSE(f.upstream->waits("b"));
}

TEST_CASE("retired it is never ready again, and connects no more") {
    Fixture f{{"example.org"}, 0ms};
    const auto waiting = f.check();
    f.probe.retire("this server is shutting down");
    CHECK(*waiting == "this server is shutting down");
    CHECK_FALSE(f.upstream->waits("example.org"));
    CHECK(*f.check() == "this server is shutting down");
    CHECK(f.upstream->asked.size() == 1);

    Fixture open{{}};
    open.probe.retire("this server is shutting down");
    CHECK(*open.check() == "this server is shutting down");
}

TEST_CASE("when it is gone, those who wait hear nothing") {
    asio::io_context io;
    const auto upstream = std::make_shared<Scripted>(io);
    bool heard = false;
    {
        ReadinessProbe probe{io, upstream, {{"example.org"}}};
        probe.check([&heard](const std::string&) { heard = true; });
    }
    CHECK_FALSE(upstream->waits("example.org"));
    io.run();
    CHECK_FALSE(heard);
}
