// The text format of Prometheus: families of samples, each with its HELP and TYPE lines, in the order they came first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsxmpp {

class PrometheusWriter {
public:
    using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

    // A sample of the family `name`, which is made if there is none: `type` is "counter", "gauge" or "histogram".
    void add(std::string_view name, std::string_view type, std::string_view help, const Labels& labels, double value) {
        sample(family(name, type, help), name, labels, value);
    }

    // The number of values in each bucket alone, and the bound of each but the last.
    void add_histogram(std::string_view name, std::string_view help, const Labels& labels,
                       const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts, double sum);

    std::string text() const;

private:
    struct Family {
        std::string name;
        std::string text;
    };
    std::string& family(std::string_view name, std::string_view type, std::string_view help);
    static void sample(std::string& out, std::string_view name, const Labels& labels, double value);

    std::vector<Family> families_;
};

// The shortest decimal that is read as this number: "0.005", "1e+20", "262144".
std::string prometheus_number(double value);

}   // namespace wsxmpp
