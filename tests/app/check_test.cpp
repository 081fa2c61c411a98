// `wsxmpp check`, with a server by script.
#include "check/check.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "wsxmpp/error.hpp"

using namespace std::chrono_literals;
using namespace wsxmpp;
using asio::ip::tcp;
using Catch::Matchers::Contains;

namespace {

const std::string header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='a.example' id='1' version='1.0'>";

// Takes one connection, reads a stream header, says `answer`, and reads on to the end, unless it `drops`.
class Script {
public:
    explicit Script(std::string answer, bool drops = false)
        : thread_{[this, answer = std::move(answer), drops] { serve(answer, drops); }} {}
    ~Script() { thread_.join(); }
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    app::CheckReport check(std::chrono::milliseconds answer_timeout = 1h, bool keeps_end_point = false) const {
        ServerUpstreamOptions options;
        options.otherwise.emplace().targets.push_back({"127.0.0.1", port_, Security::none});
        options.close_timeout = 100ms;
        return app::check("a.example", std::move(options), answer_timeout, keeps_end_point);
    }

private:
    void serve(const std::string& answer, bool drops) {
        std::error_code ec;
        tcp::socket socket{io_};
        acceptor_.accept(socket, ec);
        asio::streambuf heard;
        asio::read_until(socket, heard, "'>", ec);
        asio::write(socket, asio::buffer(answer), ec);
        if (!drops) asio::read(socket, heard, ec);
    }

    asio::io_context io_;
    tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    const std::uint16_t port_ = acceptor_.local_endpoint().port();
    std::thread thread_;
};

}   // namespace

TEST_CASE("a server that offers features works, and the steps to it are told") {
    const auto report =
        Script{header +
               "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
               "</mechanisms><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"}
            .check();
    CHECK_FALSE(report.error);
    CHECK(report.domain == "a.example");
    CHECK(report.features == std::vector<std::string>{"bind"});
    CHECK(report.mechanisms == std::vector<std::string>{"PLAIN"});
    REQUIRE_FALSE(report.steps.empty());
    CHECK(report.steps.back().name == "ready");
}

TEST_CASE("features are told as clients see them") {
    const Script script{header +
                        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1-PLUS</mechanism>"
                        "<mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>"};
    const bool keeps_end_point = GENERATE(false, true);
    const auto report = script.check(1h, keeps_end_point);
    CHECK(report.features.empty());
    CHECK(report.mechanisms == (keeps_end_point ? std::vector<std::string>{"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"}
                                                : std::vector<std::string>{"SCRAM-SHA-1"}));
}

TEST_CASE("nothing that follows the features is looked at") {
    const auto report = Script{header +
                               "<stream:features><bind/></stream:features><stream:features><sm/>"
                               "</stream:features></stream:stream>rubbish"}
                            .check();
    CHECK_FALSE(report.error);
    CHECK(report.features == std::vector<std::string>{"bind"});
}

TEST_CASE("a stream error is told in words") {
    const auto report = Script{header +
                               "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                               "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>not here</text>"
                               "</stream:error></stream:stream>"}
                            .check();
    CHECK(report.error == errc::stream_refused);
    CHECK_THAT(report.detail, Contains("host-unknown (not here)"));
}

TEST_CASE("a server that speaks no XMPP, hangs up or says nothing does not work") {
    const auto http = Script{"HTTP/1.1 400 Bad Request\r\n\r\n"}.check();
    CHECK(http.error == errc::upstream_violation);
    const auto ended = Script{header + "</stream:stream>"}.check();
    CHECK(ended.error == errc::stream_refused);
    const auto dropped = Script{header, true}.check();
    CHECK(dropped.error == errc::upstream_lost);
    const auto silent = Script{header}.check(1ms);
    CHECK(silent.error == errc::upstream_timeout);
}

TEST_CASE("a server that is not there does not work either") {
    ServerUpstreamOptions options;
    options.otherwise.emplace().targets.push_back({"/no/such/socket", 0, Security::none});
    const auto report = app::check("a.example", std::move(options), 1h);
    CHECK(report.error == errc::upstream_unreachable);
    CHECK_THAT(report.detail, Contains("/no/such/socket"));
}

TEST_CASE("a file that an option names and that is not there is no report but an error") {
    ServerUpstreamOptions options;
    options.routes.emplace_back().domain = "a.example";
    options.routes[0].tls.ca_file = "no/such/file";
    CHECK_THROWS_AS(app::check("a.example", std::move(options), 1h), std::invalid_argument);
}
