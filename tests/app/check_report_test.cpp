// What `wsxmpp check` prints.
#include "check_report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "options.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::app;
using Catch::Matchers::Contains;

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

TEST_CASE("a report that is bad says why, and what to do") {
    auto report = sample();
    report.steps.push_back({"certificate refused", {{"error", "it expired"}}});
    report.error = errc::certificate_expired;
    report.detail = "the certificate of example.org expired on 2026-11-01";
    const auto text = as_text(report, Colour::none);
    CHECK_THAT(text, Contains("\u2717 certificate refused  it expired\n"));
    CHECK_THAT(text, Contains("\u2717 does not work        the certificate of example.org expired on 2026-11-01\n"));
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
    CHECK(json["steps"][1]["ms"] == "12");
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
