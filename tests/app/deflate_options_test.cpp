#include "options/deflate_options.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "options/options.hpp"
#include "parsed_options.hpp"

using Catch::Matchers::Contains;
using test::refused;
using wsxmpp::app::parse_options;

namespace {

wsxmpp::DeflateOptions accepted(std::vector<std::string> arguments) {
    return test::accepted(std::move(arguments)).websocket.deflate;
}

}   // namespace

TEST_CASE("compression is off unless asked for, and then without context takeover") {
    CHECK_FALSE(accepted({}).enabled);
    const auto options = accepted({"--deflate"});
    CHECK(options.enabled);
    CHECK(options.level == wsxmpp::DeflateOptions{}.level);
    CHECK_FALSE(options.client_context_takeover);
    CHECK_FALSE(options.server_context_takeover);
}

TEST_CASE("the option --deflate-level takes zlib's levels that compress") {
    CHECK(accepted({"--deflate", "--deflate-level", "1"}).level == 1);
    CHECK(accepted({"--deflate", "--deflate-level=9"}).level == 9);
    for (const char* wrong : {"0", "10", "-1", "fast", ""})
        CHECK_THAT(refused({"--deflate-level", wrong}),
                   Contains("--deflate-level: '" + std::string{wrong} + "' is not a level from 1 to 9"));
}

TEST_CASE("the option --deflate-context-takeover sets the windows of both directions") {
    const auto options = accepted({"--deflate", "--deflate-context-takeover", "11"});
    CHECK(options.client_context_takeover);
    CHECK(options.server_context_takeover);
    CHECK(options.client_window_bits == 11);
    CHECK(options.server_window_bits == 11);
    for (const char* wrong : {"8", "16", "x"})
        CHECK_THAT(
            refused({"--deflate-context-takeover", wrong}),
            Contains("--deflate-context-takeover: '" + std::string{wrong} + "' is not a number of bits from 9 to 15"));
}

TEST_CASE("the help of --deflate warns of CRIME and BREACH") {
    CHECK_THAT(parse_options({"--help"}).out, Contains("CRIME and BREACH"));
}
