// What `wsxmpp check` has found out, for a person or for a script. Pure.
#pragma once

#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace wsxmpp::app {

struct CheckReport {
    struct Step {
        std::string name;                                          // as in the log: "SRV records", "connected", …
        std::vector<std::pair<std::string, std::string>> fields;   // as there
    };

    std::string domain;
    std::vector<Step> steps;   // as they came
    std::error_code error;     // why it does not work; none: it does
    std::string detail;
    std::vector<std::string> features;     // of the stream, as clients see them, without SASL mechanisms: "bind"
    std::vector<std::string> mechanisms;   // of SASL
};

enum class Colour { none, ansi };

std::string as_text(const CheckReport& report, Colour colour);
std::string as_json(const CheckReport& report);   // one object, one line

// What could be done about it; empty when nothing is known.
std::string advice(std::error_code ec);

}   // namespace wsxmpp::app
