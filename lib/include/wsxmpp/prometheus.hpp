// Metrics as Prometheus reads them: its text format, version 0.0.4.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsxmpp/listener_counters.hpp"
#include "wsxmpp/metrics.hpp"

namespace wsxmpp {

inline constexpr const char* prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

// A number that is none of these: of the process, of a transport of your own. Those of one `name` have one `type` and
// one `help`; the name may be one that prometheus_text() writes itself ("wsxmpp_limits_hit_total").
struct PrometheusSample {
    std::string name;               // "wsxmpp_http_requests_total": a counter's ends in _total
    std::string help;               // a sentence
    std::string type = "counter";   // or "gauge"
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
};

// The sums of the Metrics of all threads, and of what their listeners have counted; and then `others`. Times are in
// seconds, sizes in bytes. What Bridges with open sessions have counted is as old as their last update_metrics(). Any
// thread.
std::string prometheus_text(const std::vector<const Metrics*>& threads,
                            const std::vector<const ListenerCounters*>& listeners = {},
                            const std::vector<PrometheusSample>& others = {});

}   // namespace wsxmpp
