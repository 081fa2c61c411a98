// Histograms of several threads, as one, in the base units of Prometheus.
#pragma once

#include <cstdint>
#include <vector>

#include "wsxmpp/metrics.hpp"

namespace wsxmpp {

inline constexpr double microsecond = 1e-6;

// One histogram, or the sum of those of all threads.
struct HistogramSum {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
    double sum = 0;

    // `unit`: that of the histogram in the base unit.
    template <const auto& upper>
    void add(const Histogram<upper>& histogram, double unit) {
        counts.resize(Histogram<upper>::buckets);
        bounds.clear();
        for (const std::uint64_t bound : upper) bounds.push_back(in(bound, unit));
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += histogram.count(i);
        sum += in(histogram.sum(), unit);
    }

private:
    // Microseconds are divided by a whole number, so that 2500 become 0.0025 and not nearly that.
    static double in(std::uint64_t value, double unit) {
        return unit == microsecond ? static_cast<double>(value) / 1e6 : static_cast<double>(value) * unit;
    }
};

}   // namespace wsxmpp
