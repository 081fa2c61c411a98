// What Prometheus's clients tell of the process they are in, by the names that all of them use.
#pragma once

#include <chrono>
#include <vector>

#include "wsxmpp/prometheus.hpp"

namespace wsxmpp::app {

// Those that this system knows: on Linux all of them.
std::vector<PrometheusSample> process_samples(std::chrono::system_clock::time_point started);

}   // namespace wsxmpp::app
