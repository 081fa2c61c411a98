#include "upstream/hosts_file.hpp"

#include <cstddef>
#include <string>

#include "ascii.hpp"
#include "upstream/literal_address.hpp"

namespace wsxmpp::upstream {
namespace {

// The next of `text` up to one of `ends`, which is taken, too.
std::string_view take(std::string_view& text, std::string_view ends) {
    const std::size_t end = text.find_first_of(ends);
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return taken;
}

std::string_view take_word(std::string_view& line) {
    std::string_view word;
    while (word.empty() && !line.empty()) word = take(line, " \t\r");
    return word;
}

}   // namespace

std::vector<asio::ip::address> find_host(std::string_view text, std::string_view name) {
    std::vector<asio::ip::address> found;
    while (!text.empty()) {
        std::string_view line = take(text, "\n");
        line = line.substr(0, line.find('#'));
        const std::string_view address = take_word(line);
        bool named = false;
        while (!named && !line.empty()) named = ascii::equals_ignoring_case(take_word(line), name);
        if (!named || name.empty()) continue;
        if (const auto parsed = literal_address(address)) found.push_back(*parsed);
    }
    return found;
}

}   // namespace wsxmpp::upstream
