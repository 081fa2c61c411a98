// What `wsxmpp check` prints.
#include "check/check_report.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "options/options.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::app;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

CheckReport sample() {
    CheckReport report;
    report.domain = "example.org";
    report.steps = {{"addresses", {{"host", "example.org"}, {"addresses", "10.0.0.1, 10.0.0.2"}}},
                    {"connected", {{"address", "example.org:5222 (10.0.0.1)"}, {"ms", "12"}}}};
    report.features = {"bind"};
    report.mechanisms = {"SCRAM-SHA-1", "PLAIN"};
    return report;
}

}   // namespace

TEST_CASE("a report that is good ends with the mechanisms and a verdict") {
    CHECK(as_text(sample(), Colour::none) ==
          "\u00b7 addresses            example.org: 10.0.0.1, 10.0.0.2\n"
          "\u2713 connected            example.org:5222 (10.0.0.1) (12 ms)\n"
          "\u00b7 features             bind\n"
          "\u00b7 mechanisms           SCRAM-SHA-1, PLAIN\n"
          "\u2713 works                clients of example.org can be connected\n");
}

TEST_CASE("the verdict names the server that would be connected to, and how") {
    auto report = sample();
    report.steps.push_back(
        {"ready", {{"server", "here.example:5222 (10.0.0.1)"}, {"security", "starttls"}, {"ms", "30"}}});
    CHECK_THAT(
        as_text(report, Colour::none),
        Contains("works                wsxmpp would connect to here.example:5222 (10.0.0.1), security starttls"));
}

TEST_CASE("the fields of a step are words") {
    CheckReport report;
    report.steps = {
        {"TLS", {{"address", "a:1"}, {"version", "TLSv1.3"}, {"cipher", "X"}, {"alpn", ""}, {"resumed", "no"}}},
        {"certificate", {{"names", "a.example"}, {"issuer", "CN"}, {"not_after", "2030-01-02"}, {"trust", "CA"}}},
        {"SRV records", {{"name", "_xmpp-client._tcp.a"}, {"error", "no answer"}}},
        {"STARTTLS", {{"address", "a:1"}, {"result", "proceed"}}},
        {"POSH", {{"url", "https://a.example/x"}, {"result", "2 fingerprints, for 60 s"}}},
        {"POSH", {{"url", "https://a.example/x"}, {"error", "HTTP status 404"}}}};
    CHECK_THAT(as_text(report, Colour::none),
               StartsWith("\u2713 TLS                  a:1, TLSv1.3, cipher X\n"
                          "\u2713 certificate          a.example, issuer CN, valid until 2030-01-02, trust CA\n"
                          "\u2717 SRV records          _xmpp-client._tcp.a: no answer\n"
                          "\u00b7 STARTTLS             a:1: proceed\n"
                          "\u00b7 POSH                 https://a.example/x: 2 fingerprints, for 60 s\n"
                          "\u2717 POSH                 https://a.example/x: HTTP status 404\n"));
}

TEST_CASE("what a peer said neither steers the terminal nor forges a line") {
    CheckReport report;
    report.domain = "a.example";
    report.steps = {{"certificate", {{"names", "a\n\u2713 works"}, {"issuer", "\x1b[2J"}}}};
    report.features = {"\x1b]0;x\a"};
    report.mechanisms = {"PLAIN\nX"};
    auto text = as_text(report, Colour::none);
    CHECK_THAT(text, !Contains("\x1b") && !Contains("\a") && Contains("\\x1b[2J") && Contains("PLAIN\\nX"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 4);
    report.error = errc::stream_refused;
    report.detail =
        "\xC2\x9B"
        "31m";
    CHECK_THAT(as_text(report, Colour::none), Contains("\\xc2\\x9b31m"));
}

TEST_CASE("there is advice for whatever connecting can fail with") {
    for (auto code = static_cast<int>(errc::host_unknown); code <= static_cast<int>(errc::certificate_pin_mismatch);
         ++code) {
        CAPTURE(make_error_code(static_cast<errc>(code)).message());
        CHECK_FALSE(advice(static_cast<errc>(code)).empty());
    }
    CHECK_FALSE(advice(errc::connect_timeout).empty());
    CHECK_FALSE(advice(errc::upstream_unreachable).empty());
    CHECK_FALSE(advice(errc::upstream_lost).empty());
    CHECK_FALSE(advice(errc::upstream_timeout).empty());
    CHECK_FALSE(advice(errc::upstream_violation).empty());
    CHECK(advice({}).empty());
}

TEST_CASE("a report that is bad says why, and what to do") {
    auto report = sample();
    report.steps.push_back({"certificate refused", {{"error", "it expired"}}});
    report.error = errc::certificate_expired;
    report.detail = "the certificate of example.org expired on 2026-11-01";
    const auto text = as_text(report, Colour::none);
    CHECK_THAT(text, Contains("\u2717 certificate refused  it expired\n"));
    CHECK_THAT(text, Contains("\u2717 does not work        certificate expired\n"
                              "\u00b7 because              the certificate of example.org expired on 2026-11-01\n"));
    CHECK_THAT(text, Contains("what to do           renew the certificate"));
    CHECK_THAT(text, !Contains("mechanisms"));
}

TEST_CASE("colours are for terminals") {
    CHECK_THAT(as_text(sample(), Colour::ansi), Contains("\x1b[32m\u2713\x1b[0m connected"));
    CHECK_THAT(as_text(sample(), Colour::none), !Contains("\x1b"));
}

TEST_CASE("a script gets one object with all of it") {
    auto json = nlohmann::json::parse(as_json(sample()));
    CHECK(json["ok"] == true);
    CHECK(json["domain"] == "example.org");
    CHECK(json["steps"][1]["step"] == "connected");
    CHECK(json["steps"][1]["ms"] == 12);
    CHECK(json["mechanisms"] == std::vector<std::string>{"SCRAM-SHA-1", "PLAIN"});
    auto report = sample();
    report.error = errc::name_not_found;
    report.detail = "bytes that are no UTF-8: \xff";
    json = nlohmann::json::parse(as_json(report));
    CHECK(json["ok"] == false);
    CHECK(json["error"] == "no such name");
    CHECK_FALSE(json.contains("mechanisms"));
}

TEST_CASE("wsxmpp check takes a domain and the options that say where servers are") {
    const auto plain = parse_options({"check", "example.org"});
    REQUIRE(plain.check);
    CHECK(plain.check->domain == "example.org");
    CHECK_FALSE(plain.check->json);
    REQUIRE(plain.options);
    CHECK(plain.options->upstream.routes.at(0).domain == "example.org");
    CHECK_FALSE(plain.options->upstream.otherwise);

    const auto routed = parse_options({"check", "example.org", "--json", "--no-color", "--upstream", "10.0.0.1"});
    REQUIRE(routed.options);
    CHECK(routed.check->json);
    CHECK_FALSE(routed.check->colour);
    CHECK(routed.options->upstream.otherwise->targets.at(0).host == "10.0.0.1");

    CHECK(parse_options({"check"}).exit_code == 2);
    CHECK_THAT(parse_options({"check", "--json"}).err, Contains("which domain?"));
    CHECK_THAT(parse_options({"check", "example.org", "--nonsense"}).err, Contains("--nonsense: there is no such"));
    const auto help = parse_options({"check", "--help"});
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.out, Contains("wsxmpp check DOMAIN"));
}
