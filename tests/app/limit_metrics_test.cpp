// Every limit that an option sets is seen in the metrics when it is hit.
#include <catch2/catch.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "options/options.hpp"
#include "wsxmpp/listener_counters.hpp"
#include "wsxmpp/prometheus.hpp"

using namespace wsxmpp;

namespace {

// The options that look like limits: those of two groups of --help, and others by their names; without the dashes.
std::vector<std::string> options_that_may_be_limits() {
    std::istringstream help{app::parse_options({"--help"}).out};
    std::vector<std::string> options;
    std::string group;
    for (std::string line; std::getline(help, line);) {
        if (!line.empty() && line.front() != ' ' && line.back() == ':') group = line;
        const std::string begin = "      --";
        if (line.compare(0, begin.size(), begin) != 0) continue;
        const std::string option = line.substr(begin.size(), line.find(' ', begin.size()) - begin.size());
        const auto has = [&option](const char* part) { return option.find(part) != std::string::npos; };
        if (group == "Limits:" || group == "Timeouts:" || has("max-") || has("rate") || has("timeout"))
            options.push_back(option);
    }
    return options;
}

std::set<std::string> limits_in_metrics() {
    const Metrics metrics;
    const ListenerCounters listener;
    const std::string text = prometheus_text({&metrics}, {&listener});
    std::set<std::string> limits;
    const std::string begin = "\nwsxmpp_limits_hit_total{limit=\"";
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
        const std::size_t name = at + begin.size();
        CHECK(limits.insert(text.substr(name, text.find('"', name) - name)).second);
    }
    return limits;
}

// What nobody hits: it says how another limit is meant, how often something is done, or how long an end may take. A
// server that cannot be connected in time is an error (wsxmpp_session_errors_total).
const std::set<std::string> no_limits{"rate-burst",    "connection-burst", "ping-interval",
                                      "close-timeout", "drain-timeout",    "connect-timeout"};

}   // namespace

TEST_CASE("each limit of --help is counted by its name when it is hit") {
    const auto counted = limits_in_metrics();
    const auto options = options_that_may_be_limits();
    CHECK(options.size() == counted.size() + no_limits.size());
    for (const std::string& option : options) {
        INFO("--" << option << " sets a limit that is to be counted, or belongs into no_limits");
        CHECK(counted.count(option) + no_limits.count(option) == 1);
    }
}
