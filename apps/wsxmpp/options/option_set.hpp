// Declares options on a CLI::App, so that what is wrong with a value is told in the program's own words.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;   // its header is large
}

namespace wsxmpp::app {

// `app` outlives it. A Setter throws std::invalid_argument; what() follows the option's name in the message. `value`
// and `standard`, the default, are for --help.
class OptionSet {
public:
    using Setter = std::function<void(const std::string&)>;

    explicit OptionSet(CLI::App& app) : app_{app} {}

    void group(std::string name) { group_ = std::move(name); }   // of the options that are added from now on

    // An option that takes one value. Repeats are counted here, so that the message can be ours.
    void add(const std::string& name, const std::string& value, const std::string& description,
             const std::string& standard, const Setter& set);
    // One that may be repeated; `take` gets each value.
    void add_list(const std::string& name, const std::string& value, const std::string& description,
                  const std::string& standard, const Setter& take);
    void add_flag(const std::string& name, bool& target, const std::string& description);
    void add_time(const std::string& name, const std::string& description,
                  std::vector<std::chrono::milliseconds*> targets,
                  std::chrono::milliseconds least = std::chrono::milliseconds{1});
    void add_count(const std::string& name, const std::string& value, const std::string& description,
                   std::vector<std::size_t*> targets, std::size_t least, std::size_t most, const std::string& unit);

private:
    CLI::App& app_;
    std::string group_;
};

}   // namespace wsxmpp::app
