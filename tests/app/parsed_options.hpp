// A command line, and what came of it.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "options/options.hpp"

namespace test {

inline wsxmpp::app::Options accepted(std::vector<std::string> arguments) {
    const auto result = wsxmpp::app::parse_options(std::move(arguments));
    INFO(result.err);
    REQUIRE(result.options);
    CHECK(result.exit_code == 0);
    return *result.options;
}

// What was said on standard error, which ends as it always does.
inline std::string refused(std::vector<std::string> arguments) {
    const auto result = wsxmpp::app::parse_options(std::move(arguments));
    REQUIRE_FALSE(result.options);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    using namespace Catch::Matchers;
    CHECK_THAT(result.err, StartsWith("wsxmpp: ") && Contains("\nTry 'wsxmpp --help'.\n"));
    return result.err.substr(0, result.err.find('\n'));
}

}   // namespace test
