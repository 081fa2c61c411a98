// Which offers are accepted, and how (RFC 7692 §5, §7.1; the grammar: RFC 6455 §9.1).
#include "transports/deflate_negotiation.hpp"

#include "support.hpp"

using namespace test;
using wsxmpp::DeflateOptions;
using wsxmpp::transports::negotiate_deflate;

namespace {

DeflateOptions with_takeover() {
    DeflateOptions options;
    options.enabled = true;
    options.client_context_takeover = options.server_context_takeover = true;
    return options;
}

DeflateOptions enabled() {
    DeflateOptions options;
    options.enabled = true;
    return options;
}

std::string answer(std::string_view offers, const DeflateOptions& options = with_takeover()) {
    const auto result = negotiate_deflate(offers, options);
    CHECK(result.response.empty() == !result.agreed);
    return result.malformed ? "malformed" : result.response;
}

}   // namespace

TEST_CASE("without an offer, and when it is off, nothing is agreed on") {
    CHECK(answer("").empty());
    CHECK(answer("permessage-deflate", {}).empty());
    CHECK(answer("x-webkit-deflate-frame, permessage-bzip2; level=3").empty());
    CHECK(answer("Permessage-Deflate2").empty());
}

TEST_CASE("by default neither side takes its context over, asked for or not") {
    const std::string none = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    CHECK(answer("permessage-deflate", enabled()) == none);
    CHECK(answer("permessage-deflate; client_max_window_bits", enabled()) == none);   // as browsers ask
    CHECK(answer("permessage-deflate; client_no_context_takeover; server_no_context_takeover", enabled()) == none);
    const auto result = negotiate_deflate("permessage-deflate", enabled());
    REQUIRE(result.agreed);
    CHECK_FALSE(result.agreed->client_context_takeover);
    CHECK_FALSE(result.agreed->server_context_takeover);
}

TEST_CASE("each parameter is answered as the RFC wants it") {
    const auto [offer, expected] = GENERATE(table<std::string, std::string>({
        {"permessage-deflate", "permessage-deflate"},
        {"permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"},
        {"permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"},
        {"permessage-deflate; client_max_window_bits", "permessage-deflate"},
        {"permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"},
        {"permessage-deflate; client_max_window_bits=15", "permessage-deflate"},
        {"permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=8"},
        {"permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15"},
        {"permessage-deflate;server_max_window_bits=10 ;\tclient_max_window_bits=9",
         "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9"},
        {"permessage-deflate; server_max_window_bits=\"10\"", "permessage-deflate; server_max_window_bits=10"},
        {"permessage-deflate; server_max_window_bits=\"\\1\\0\"", "permessage-deflate; server_max_window_bits=10"},
    }));
    INFO(offer);
    CHECK(answer(offer) == expected);
}

TEST_CASE("an offer that cannot be understood is declined") {
    const std::string parameters = GENERATE(
        as<std::string>{},   //
        "unknown", "unknown=1", "server_no_context_takeover=1", "client_no_context_takeover=true",
        "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=08",
        "server_max_window_bits=+9", "server_max_window_bits=100", "server_max_window_bits=1x",
        "client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=010",
        "client_max_window_bits=0", "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10", "client_max_window_bits; client_max_window_bits=10");
    INFO(parameters);
    CHECK(answer("permessage-deflate; " + parameters).empty());
    CHECK(answer("permessage-deflate; " + parameters + ", permessage-deflate; client_no_context_takeover") ==
          "permessage-deflate; client_no_context_takeover");
}

TEST_CASE("the first acceptable offer of several is taken") {
    CHECK(answer(
              "x-other; server_max_window_bits=9, permessage-deflate; server_max_window_bits=10, permessage-deflate") ==
          "permessage-deflate; server_max_window_bits=10");
    CHECK(answer(",, permessage-deflate; nonsense ,,permessage-deflate,") == "permessage-deflate");
}

TEST_CASE("a header that breaks the grammar is told") {
    for (const char* header :
         {"permessage-deflate;", "permessage-deflate; ;", "; x", "=", "permessage deflate",
          "permessage-deflate; a=", "permessage-deflate; =1", "permessage-deflate; a=\"", "permessage-deflate; a=\"\"",
          "permessage-deflate; a=\"1", "permessage-deflate; a=\"1 2\"", "permessage-deflate; a=\"1\\",
          "permessage-deflate; a=b=c", "permessage-deflate/1", "permessage-deflate; a=\"1\"x", "\x01",
          "permessage-deflate, \xC3\xA4"}) {
        INFO(header);
        CHECK(answer(header) == "malformed");
        CHECK(answer(header, {}) == "malformed");   // whether it is on or off
    }
}

TEST_CASE("windows smaller than asked for are told to the client, where it can be told") {
    DeflateOptions options = with_takeover();
    options.server_window_bits = 11;
    options.client_window_bits = 12;
    CHECK(answer("permessage-deflate; client_max_window_bits", options) ==
          "permessage-deflate; server_max_window_bits=11; client_max_window_bits=12");
    CHECK(answer("permessage-deflate; client_max_window_bits=14; server_max_window_bits=13", options) ==
          "permessage-deflate; server_max_window_bits=11; client_max_window_bits=12");
    CHECK(answer("permessage-deflate; client_max_window_bits=10; server_max_window_bits=9", options) ==
          "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10");
    // It cannot be told, and 15 bits are more than is granted to a connection: then nothing is kept for it.
    CHECK(answer("permessage-deflate", options) ==
          "permessage-deflate; server_max_window_bits=11; client_no_context_takeover");
    const auto result = negotiate_deflate("permessage-deflate", options);
    REQUIRE(result.agreed);
    CHECK(result.agreed->client_window_bits == 15);
    CHECK(result.agreed->server_window_bits == 11);
    CHECK(result.agreed->server_context_takeover);
}
