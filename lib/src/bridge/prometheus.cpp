#include "wsxmpp/prometheus.hpp"

#include <map>

#include "bridge/histogram_sum.hpp"
#include "bridge/prometheus_listeners.hpp"
#include "bridge/prometheus_writer.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/version.hpp"

namespace wsxmpp {

namespace {

using Labels = PrometheusWriter::Labels;

struct GroupSum {
    double sessions = 0;
    double sessions_total = 0;
    double errors = 0;
    double from_clients = 0, to_clients = 0;   // messages
    double bytes_from_clients = 0, bytes_from_servers = 0;
    HistogramSum connect;

    void add(const SessionGroup& group) {
        sessions += static_cast<double>(group.sessions.value());
        sessions_total += static_cast<double>(group.sessions_total.value());
        errors += static_cast<double>(group.errors.value());
        from_clients += static_cast<double>(group.traffic.messages_from_clients.value());
        to_clients += static_cast<double>(group.traffic.messages_to_clients.value());
        bytes_from_clients += static_cast<double>(group.traffic.bytes_from_clients.value());
        bytes_from_servers += static_cast<double>(group.traffic.bytes_from_servers.value());
        connect.add(group.connect, microsecond);
    }
};

class Text {
public:
    explicit Text(const std::vector<const Metrics*>& threads) : threads_{threads} {}

    void sessions();
    void traffic();
    void times();
    void failures();
    void groups(std::string_view kind, std::string_view what, SessionGroups Metrics::*member);
    void build() { out_.add("wsxmpp_build_info", "gauge", "Which wsxmpp this is.", {{"version", version}}, 1); }
    void listeners(const std::vector<const ListenerCounters*>& all) { add_listeners(out_, all); }
    void others(const std::vector<PrometheusSample>& samples);
    std::string text() const { return out_.text(); }

private:
    template <typename Get>
    double sum(Get get) const {
        double all = 0;
        for (const Metrics* const metrics : threads_) all += static_cast<double>(get(*metrics).value());
        return all;
    }
    template <typename Get>
    void counter(std::string_view name, std::string_view help, const Labels& labels, Get get) {
        out_.add(name, "counter", help, labels, sum(get));
    }
    template <typename Get>
    void histogram(std::string_view name, std::string_view help, const Labels& labels, double unit, Get get) {
        HistogramSum all;
        for (const Metrics* const metrics : threads_) all.add(get(*metrics), unit);
        out_.add_histogram(name, help, labels, all.bounds, all.counts, all.sum);
    }

    const std::vector<const Metrics*>& threads_;
    PrometheusWriter out_;
};

void Text::sessions() {
    for (std::size_t i = 0; i < session_states; ++i)
        out_.add("wsxmpp_sessions", "gauge", "Sessions open now.", {{"state", to_string(static_cast<SessionState>(i))}},
                 sum([i](const Metrics& m) -> const Gauge& { return m.sessions[i]; }));
    counter("wsxmpp_sessions_accepted_total", "Sessions begun: clients that completed the WebSocket handshake.", {},
            [](const Metrics& m) -> const Counter& { return m.sessions_accepted; });
    counter("wsxmpp_sessions_ended_total", "Sessions that have ended, in whatever way.", {},
            [](const Metrics& m) -> const Counter& { return m.sessions_ended; });
}

void Text::traffic() {
    const std::string_view messages = "wsxmpp_messages_total";
    const std::string_view messages_help = "WebSocket messages.";
    counter(messages, messages_help, {{"direction", "from_client"}},
            [](const Metrics& m) -> const Counter& { return m.traffic.messages_from_clients; });
    counter(messages, messages_help, {{"direction", "to_client"}},
            [](const Metrics& m) -> const Counter& { return m.traffic.messages_to_clients; });
    const std::string_view bytes = "wsxmpp_received_bytes_total";
    const std::string_view bytes_help =
        "Payload received: of WebSocket messages from clients, of streams from servers.";
    counter(bytes, bytes_help, {{"from", "client"}},
            [](const Metrics& m) -> const Counter& { return m.traffic.bytes_from_clients; });
    counter(bytes, bytes_help, {{"from", "server"}},
            [](const Metrics& m) -> const Counter& { return m.traffic.bytes_from_servers; });
    const std::string_view sizes = "wsxmpp_element_size_bytes";
    const std::string_view sizes_help = "Sizes of stanzas and other first-level elements.";
    histogram(
        sizes, sizes_help, {{"from", "client"}}, 1,
        [](const Metrics& m) -> const auto& { return m.elements_from_clients; });
    histogram(
        sizes, sizes_help, {{"from", "server"}}, 1,
        [](const Metrics& m) -> const auto& { return m.elements_from_servers; });
}

void Text::times() {
    histogram(
        "wsxmpp_connect_duration_seconds", "Time to connect to a server, with DNS and TLS.", {}, microsecond,
        [](const Metrics& m) -> const auto& { return m.connect; });
    histogram(
        "wsxmpp_open_duration_seconds",
        "Time from a client's first stream header to the server's, connecting included.", {}, microsecond,
        [](const Metrics& m) -> const auto& { return m.answer; });
    histogram(
        "wsxmpp_session_duration_seconds", "How long sessions lasted that have ended.", {}, microsecond,
        [](const Metrics& m) -> const auto& { return m.duration; });
}

void Text::failures() {
    for (std::size_t code = 0; code < Metrics::error_codes; ++code) {
        const auto count = [code](const Metrics& m) -> const Counter& { return m.errors[code]; };
        if (sum(count) == 0) continue;
        const std::error_code ec{static_cast<int>(code), error_category()};
        const std::string cause = code == 0 ? "error of the operating system" : ec.message();
        counter("wsxmpp_session_errors_total",
                "Sessions that ended by an error: its stream error condition, and its cause as the log has it.",
                {{"condition", stream_condition(ec)}, {"cause", cause}}, count);
    }
    for (std::size_t i = 0; i < session_limits; ++i)
        counter("wsxmpp_limits_hit_total", "How often a limit was hit; each has the name of its option.",
                {{"limit", to_string(static_cast<Limit>(i))}},
                [i](const Metrics& m) -> const Counter& { return m.limits[i]; });
}

// `kind` is the label, `what` the person's word for it.
void Text::groups(std::string_view kind, std::string_view what, SessionGroups Metrics::*member) {
    std::map<std::string, GroupSum> all;
    for (const Metrics* const metrics : threads_) {
        const SessionGroups& groups = metrics->*member;
        for (std::size_t i = 0; i < groups.size(); ++i) all[groups[i].name].add(groups[i]);
    }
    const std::string prefix = "wsxmpp_" + std::string{kind} + "_";
    const auto family = [&](std::string_view name, std::string_view type, std::string_view help,
                            double GroupSum::*value, const Labels& more = {}) {
        for (const auto& [group, sum] : all) {
            Labels labels{{kind, group}};
            labels.insert(labels.end(), more.begin(), more.end());
            out_.add(prefix + std::string{name}, type, std::string{help} + std::string{what} + '.', labels, sum.*value);
        }
    };
    family("sessions", "gauge", "Sessions open now, by ", &GroupSum::sessions);
    family("sessions_total", "counter", "Sessions connected, by ", &GroupSum::sessions_total);
    family("session_errors_total", "counter",
           "Sessions that ended by an error, those that could not be connected too, by ", &GroupSum::errors);
    const std::string_view messages = "WebSocket messages, by ";
    family("messages_total", "counter", messages, &GroupSum::from_clients, {{"direction", "from_client"}});
    family("messages_total", "counter", messages, &GroupSum::to_clients, {{"direction", "to_client"}});
    const std::string_view bytes = "Payload received, by ";
    family("received_bytes_total", "counter", bytes, &GroupSum::bytes_from_clients, {{"from", "client"}});
    family("received_bytes_total", "counter", bytes, &GroupSum::bytes_from_servers, {{"from", "server"}});
    for (const auto& [group, sum] : all)
        out_.add_histogram(prefix + "connect_duration_seconds", "Time to connect, by " + std::string{what} + '.',
                           {{kind, group}}, sum.connect.bounds, sum.connect.counts, sum.connect.sum);
}

void Text::others(const std::vector<PrometheusSample>& samples) {
    for (const PrometheusSample& sample : samples) {
        const Labels labels{sample.labels.begin(), sample.labels.end()};
        out_.add(sample.name, sample.type, sample.help, labels, sample.value);
    }
}

}   // namespace

std::string prometheus_text(const std::vector<const Metrics*>& threads,
                            const std::vector<const ListenerCounters*>& listeners,
                            const std::vector<PrometheusSample>& others) {
    Text text{threads};
    text.build();
    text.sessions();
    text.traffic();
    text.times();
    text.failures();
    text.listeners(listeners);
    text.groups("upstream", "server", &Metrics::servers);
    text.groups("domain", "domain", &Metrics::domains);
    text.others(others);
    return text.text();
}

}   // namespace wsxmpp
