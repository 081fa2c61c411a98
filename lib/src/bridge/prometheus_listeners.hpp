// What listeners have counted, as Prometheus reads it.
#pragma once

#include <vector>

#include "bridge/prometheus_writer.hpp"
#include "wsxmpp/listener_counters.hpp"

namespace wsxmpp {

// The sums of the counters of all threads; nothing, if there are none.
void add_listeners(PrometheusWriter& out, const std::vector<const ListenerCounters*>& threads);

}   // namespace wsxmpp
