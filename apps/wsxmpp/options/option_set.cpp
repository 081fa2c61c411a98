#include "options/option_set.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <utility>

#include "options/values.hpp"

namespace wsxmpp::app {
namespace {

using std::chrono::milliseconds;

std::string seconds(milliseconds time) {
    std::string text = std::to_string(time.count() / 1'000);
    if (const auto rest = time.count() % 1'000; rest != 0) {
        const auto digits = std::to_string(rest);
        text += "." + std::string(3 - digits.size(), '0') + digits;
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

}   // namespace

void OptionSet::add(const std::string& name, const std::string& value, const std::string& description,
                    const std::string& standard, const Setter& set) {
    const auto set_once = [name, set](const std::vector<std::string>& values) {
        if (values.size() > 1) throw CLI::ValidationError{name, "given more than once"};
        try {
            set(values.front());
        } catch (const std::invalid_argument& e) {
            throw CLI::ValidationError{name, e.what()};
        }
    };
    app_.add_option_function<std::vector<std::string>>(name, set_once, description)
        ->allow_extra_args(false)
        ->type_name(value)
        ->default_str(standard)
        ->group(group_);
}

void OptionSet::add_list(const std::string& name, const std::string& value, const std::string& description,
                         const std::string& standard, const Setter& take) {
    const auto take_all = [name, take](const std::vector<std::string>& values) {
        try {
            for (const auto& one : values) take(one);
        } catch (const std::invalid_argument& e) {
            throw CLI::ValidationError{name, e.what()};
        }
    };
    app_.add_option_function<std::vector<std::string>>(name, take_all, description)
        ->allow_extra_args(false)
        ->type_name(value)
        ->default_str(standard)
        ->group(group_);
}

void OptionSet::add_flag(const std::string& name, bool& target, const std::string& description) {
    app_.add_flag(name, target, description)->default_str("false")->group(group_);
}

void OptionSet::add_time(const std::string& name, const std::string& description, std::vector<milliseconds*> targets,
                         milliseconds least) {
    const auto standard = seconds(*targets.front());
    add(name, "SECONDS", description, standard, [targets = std::move(targets), least](const std::string& text) {
        for (auto* target : targets) *target = parse_seconds(text, least);
    });
}

void OptionSet::add_count(const std::string& name, const std::string& value, const std::string& description,
                          std::vector<std::size_t*> targets, std::size_t least, std::size_t most,
                          const std::string& unit) {
    const auto standard = std::to_string(*targets.front());
    add(name, value, description, standard, [=](const std::string& text) {
        for (auto* target : targets) *target = parse_count(text, least, most, unit);
    });
}

}   // namespace wsxmpp::app
