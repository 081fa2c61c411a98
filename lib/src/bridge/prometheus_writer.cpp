#include "bridge/prometheus_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace wsxmpp {

namespace {

// Line feeds and backslashes; in the value of a label quotes, too.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
    for (const char c : text) {
        if (c == '\n')
            out += "\\n";
        else if (c == '\\' || (quoted && c == '"'))
            (out += '\\') += c;
        else
            out += c;
    }
}

}   // namespace

std::string prometheus_number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    constexpr double exact = 9'007'199'254'740'992;   // 2^53
    std::array<char, 32> text{};
    char* const end = text.data() + text.size();
    const bool whole = std::abs(value) < exact && std::floor(value) == value;
    const auto result = whole ? std::to_chars(text.data(), end, static_cast<std::int64_t>(value))
                              : std::to_chars(text.data(), end, value);
    return {text.data(), result.ptr};
}

std::string& PrometheusWriter::family(std::string_view name, std::string_view type, std::string_view help) {
    const auto found =
        std::find_if(families_.begin(), families_.end(), [name](const Family& f) { return f.name == name; });
    if (found != families_.end()) return found->text;
    std::string text = "# HELP " + std::string{name} + ' ';
    append_escaped(text, help, false);
    text += "\n# TYPE " + std::string{name} + ' ' + std::string{type} + '\n';
    return families_.emplace_back(Family{std::string{name}, std::move(text)}).text;
}

void PrometheusWriter::sample(std::string& out, std::string_view name, const Labels& labels, double value) {
    out += name;
    char before = '{';
    for (const auto& [label, text] : labels) {
        out += before;
        out.append(label).append("=\"");
        append_escaped(out, text, true);
        out += '"';
        before = ',';
    }
    if (!labels.empty()) out += '}';
    out += ' ' + prometheus_number(value) + '\n';
}

void PrometheusWriter::add_histogram(std::string_view name, std::string_view help, const Labels& labels,
                                     const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts,
                                     double sum) {
    std::string& out = family(name, "histogram", help);
    const std::string base{name};
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        so_far += counts[i];
        const std::string bound = i < bounds.size() ? prometheus_number(bounds[i]) : "+Inf";
        Labels with_bound = labels;
        with_bound.emplace_back("le", bound);
        sample(out, base + "_bucket", with_bound, static_cast<double>(so_far));
    }
    sample(out, base + "_sum", labels, sum);
    sample(out, base + "_count", labels, static_cast<double>(so_far));
}

std::string PrometheusWriter::text() const {
    std::string all;
    for (const Family& family : families_) all += family.text;
    return all;
}

}   // namespace wsxmpp
