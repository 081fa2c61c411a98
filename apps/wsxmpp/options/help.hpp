// What --help prints, and what a mistyped option was meant to be. Pure.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::app {

// Options in groups, two columns, wrapped at 80 columns whatever the version of CLI11.
class HelpFormatter final : public CLI::FormatterBase {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

// The candidate that differs from `word` by the fewest letters; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}   // namespace wsxmpp::app
