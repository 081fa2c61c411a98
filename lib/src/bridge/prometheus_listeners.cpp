#include "bridge/prometheus_listeners.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "bridge/histogram_sum.hpp"

namespace wsxmpp {

namespace {

class Listeners {
public:
    Listeners(PrometheusWriter& out, const std::vector<const ListenerCounters*>& threads)
        : out_{out}, threads_{threads} {}

    void connections() {
        add("wsxmpp_connections_accepted_total", "Connections that were accepted.", {}, &ListenerCounters::accepted);
        out_.add("wsxmpp_handshakes", "gauge", "Connections that are no WebSocket yet, and were not refused.", {},
                 sum([](const ListenerCounters& c) -> const Gauge& { return c.handshakes; }));
        HistogramSum waits;
        for (const ListenerCounters* const counters : threads_) waits.add(counters->handshake_wait, microsecond);
        out_.add_histogram("wsxmpp_handshake_duration_seconds",
                           "Time from a connection to its WebSocket, with TLS; of those that became one.", {},
                           waits.bounds, waits.counts, waits.sum);
        add("wsxmpp_tls_handshakes_total", "TLS handshakes that were completed.", {},
            &ListenerCounters::tls_handshakes);
        add("wsxmpp_accept_pauses_total", "Times that accepting was paused for want of file descriptors or memory.", {},
            &ListenerCounters::accept_pauses);
    }

    void answers() {
        for (const int status : HttpStatusCounters::statuses)
            out_.add("wsxmpp_http_responses_total", "counter", "Answers to HTTP requests; 101 is a WebSocket.",
                     {{"status", status == 0 ? "other" : std::to_string(status)}},
                     sum([status](const ListenerCounters& c) -> const Counter& { return c.answers.of(status); }));
    }

    void failures() {
        const std::array<std::pair<std::string_view, Counter ListenerCounters::*>, 4> all{
            {{"tls", &ListenerCounters::tls_failures},
             {"proxy_protocol", &ListenerCounters::proxy_failures},
             {"timeout", &ListenerCounters::handshake_timeouts},
             {"vanished", &ListenerCounters::vanished}}};
        for (const auto& [cause, counter] : all)
            add("wsxmpp_handshake_failures_total", "Connections that ended without an answer, or too late for one.",
                {{"cause", cause}}, counter);
    }

    void limits() {
        const std::array<std::pair<std::string_view, Counter ListenerCounters::*>, 7> all{
            {{"handshake-timeout", &ListenerCounters::handshake_timeouts},
             {"max-header-bytes", &ListenerCounters::over_max_header_bytes},
             {"max-headers", &ListenerCounters::over_max_headers},
             {"max-sessions", &ListenerCounters::over_max_sessions},
             {"max-sessions-per-address", &ListenerCounters::over_max_sessions_per_address},
             {"connection-rate", &ListenerCounters::over_connection_rate},
             {"max-handshakes", &ListenerCounters::over_max_handshakes}}};
        for (const auto& [limit, counter] : all)
            add("wsxmpp_limits_hit_total", "How often a limit was hit; each has the name of its option.",
                {{"limit", limit}}, counter);
    }

private:
    template <typename Get>
    double sum(Get get) const {
        double all = 0;
        for (const ListenerCounters* const counters : threads_) all += static_cast<double>(get(*counters).value());
        return all;
    }
    void add(std::string_view name, std::string_view help, const PrometheusWriter::Labels& labels,
             Counter ListenerCounters::*counter) {
        out_.add(name, "counter", help, labels,
                 sum([counter](const ListenerCounters& c) -> const Counter& { return c.*counter; }));
    }

    PrometheusWriter& out_;
    const std::vector<const ListenerCounters*>& threads_;
};

}   // namespace

void add_listeners(PrometheusWriter& out, const std::vector<const ListenerCounters*>& threads) {
    if (threads.empty()) return;
    Listeners listeners{out, threads};
    listeners.connections();
    listeners.answers();
    listeners.failures();
    listeners.limits();
}

}   // namespace wsxmpp
