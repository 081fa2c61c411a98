#include "check/stream_answers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace wsxmpp::app {
namespace {

constexpr std::string_view cdata_begin = "![CDATA[";
constexpr std::string_view cdata_end = "]]>";

constexpr std::array<std::pair<std::string_view, char>, 5> entities{
    {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};

// Those that XML predefines; a reference to a character stays as it is, which is legible enough here.
std::string unescaped(std::string_view raw) {
    std::string text;
    while (!raw.empty()) {
        const auto* const entity = std::find_if(entities.begin(), entities.end(), [raw](const auto& known) {
            return raw.substr(0, known.first.size()) == known.first;
        });
        const bool found = entity != entities.end();
        text += found ? entity->second : raw.front();
        raw.remove_prefix(found ? entity->first.size() : 1);
    }
    return text;
}

// Where the tag that `text` begins with, after its '<', ends: at the '>' that no attribute's value holds.
std::size_t end_of_tag(std::string_view text) {
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return i;
    }
    return std::string_view::npos;
}

struct Inner {
    std::size_t depth;         // 1: a child of the root
    std::string_view name;     // without its prefix
    std::string_view parent;   // likewise
    std::string_view text;     // raw, up to the next tag
};

// The elements inside the first one, in order; ends where it is no XML.
std::vector<Inner> inside(std::string_view element) {
    std::vector<Inner> found;
    std::vector<std::string_view> open;
    for (auto at = element.find('<'); at != std::string_view::npos; at = element.find('<')) {
        element.remove_prefix(at + 1);
        if (element.substr(0, cdata_begin.size()) == cdata_begin) {
            element.remove_prefix(std::min(element.find(cdata_end), element.size()));
            continue;
        }
        const auto end = end_of_tag(element);
        if (end == 0 || end == std::string_view::npos) break;
        const std::string_view tag = element.substr(0, end);
        element.remove_prefix(end + 1);
        if (tag.front() == '/') {
            if (open.empty()) break;
            open.pop_back();
            continue;
        }
        std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/"));
        name.remove_prefix(name.find(':') + 1);   // npos + 1 is 0
        if (!open.empty()) found.push_back({open.size(), name, open.back(), element.substr(0, element.find('<'))});
        if (tag.back() != '/') open.push_back(name);
    }
    return found;
}

}   // namespace

StreamFeatures read_features(std::string_view element) {
    StreamFeatures result;
    for (const auto& [depth, name, parent, text] : inside(element)) {
        if (depth == 1 && name != "mechanisms") result.features.emplace_back(name);
        if (depth != 2 || name != "mechanism" || (parent != "mechanisms" && parent != "authentication")) continue;
        auto mechanism = unescaped(text);   // of SASL, and of SASL2 (XEP-0388)
        auto& known = result.mechanisms;
        if (std::find(known.begin(), known.end(), mechanism) == known.end()) known.push_back(std::move(mechanism));
    }
    return result;
}

std::string read_stream_error(std::string_view element) {
    std::string condition;
    std::string explanation;
    for (const auto& [depth, name, parent, text] : inside(element)) {
        if (depth != 1) continue;
        if (name == "text")
            explanation = unescaped(text);
        else if (condition.empty())   // what is of the application comes after it (RFC 6120 §4.9.4)
            condition = name;
    }
    if (condition.empty()) condition = "a stream error";
    return explanation.empty() ? condition : condition + " (" + explanation + ')';
}

std::string attribute_value(std::string_view text) {
    std::string value;
    for (const char c : text) {
        const auto* const entity =
            std::find_if(entities.begin(), entities.end(), [c](const auto& known) { return known.second == c; });
        if (entity != entities.end())
            value += entity->first;
        else
            value += c;
    }
    return value;
}

}   // namespace wsxmpp::app
