#include "options/help.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace wsxmpp::app {
namespace {

constexpr std::size_t left_column = 31;
constexpr std::size_t line_width = 80;

// `end`, a word that may hold spaces, is not broken.
void append_wrapped(std::string& text, std::string_view words, std::size_t indent, std::string_view end = {}) {
    std::size_t column = text.size() - (text.rfind('\n') + 1);
    if (column > 0 && column + 1 > indent) {
        text += '\n';
        column = 0;
    }
    text.append(indent - column, ' ');
    column = indent;
    while (!words.empty() || !end.empty()) {
        const auto word = words.empty() ? std::exchange(end, {}) : words.substr(0, words.find(' '));
        if (!words.empty()) words.remove_prefix(std::min(words.size(), word.size() + 1));
        if (column > indent && column + 1 + word.size() > line_width) {
            text += '\n';
            text.append(indent, ' ');
            column = indent;
        }
        if (column > indent) {
            text += ' ';
            ++column;
        }
        text += word;
        column += word.size();
    }
    text += '\n';
}

void append_option(std::string& text, const CLI::Option& option) {
    text += option.get_snames().empty() ? "      " : "  -" + option.get_snames().front() + ", ";
    text += "--" + option.get_lnames().front();
    if (option.get_items_expected_max() > 0) text += " " + option.get_type_name();
    const auto standard = option.get_default_str();
    append_wrapped(text, option.get_description(), left_column, standard.empty() ? "" : "[default: " + standard + "]");
}

// Levenshtein's, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({substitution, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}   // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode /*mode*/) const {
    std::string text = "Usage: wsxmpp [OPTION]...\n\n";
    append_wrapped(text, app->get_description(), 0);
    for (const auto& group : app->get_groups()) {
        const auto options = app->get_options([&group](const CLI::Option* o) { return o->get_group() == group; });
        if (options.empty() || group.empty()) continue;
        text += "\n" + group + ":\n";
        for (const auto* option : options) append_option(text, *option);
    }
    text += '\n';
    append_wrapped(text, app->get_footer(), 0);
    return text;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        // a word cut short is as near as a slip of the finger: --drain is --drain-timeout
        const bool cut_short = word.size() > 2 && candidate.compare(0, word.size(), word) == 0;
        const auto candidate_distance = cut_short ? 1 : distance(word, candidate);
        if (candidate_distance < best_distance) {
            best = candidate;
            best_distance = candidate_distance;
        }
    }
    return best;
}

}   // namespace wsxmpp::app
