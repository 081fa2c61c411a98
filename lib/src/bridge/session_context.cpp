#include "bridge/session_context.hpp"

#include <algorithm>
#include <utility>

#include "bridge/session.hpp"

namespace wsxmpp {

namespace {

// What is larger would not fit into an SessionCounts.
BridgeOptions bounded(BridgeOptions options) {
    auto& most = options.client_limits.max_element;
    most = std::min(most, static_cast<std::size_t>(SessionCounts::most));
    return options;
}

core::RelayOptions relay_options(const BridgeOptions& o) {
    Limits before_login = o.client_limits;
    before_login.max_element = std::min(before_login.max_element, o.max_element_before_login);
    return {o.framing, o.client_limits, before_login, o.server_limits, o.see_other_uri, o.keep_tls_server_end_point};
}

void publish(const TrafficSum& sum, Traffic& traffic) {
    traffic.messages_from_clients.set(sum.messages_from_clients);
    traffic.messages_to_clients.set(sum.messages_to_clients);
    traffic.bytes_from_clients.set(sum.bytes_from_clients);
    traffic.bytes_from_servers.set(sum.bytes_from_servers);
}

void publish(const SessionContext::Groups& sums, SessionGroups& groups) {
    for (std::size_t i = 0; i < groups.size(); ++i) publish(sums[i], groups[i].traffic);
}

}   // namespace

void SizeCounts::publish(SizeHistogram& histogram) const {
    constexpr std::size_t first = 5;   // the highest bit of `smallest` - 1
    std::uint64_t above = 0;
    for (std::size_t bit = first; bit < counts_.size(); ++bit) {
        if (bit - first < size_bounds.size())
            histogram.set(bit - first, counts_[bit]);
        else
            above += counts_[bit];
    }
    histogram.set(size_bounds.size(), above);
    histogram.set_sum(sum_);
}

SessionContext::SessionContext(asio::io_context& context, std::shared_ptr<Upstream> server, BridgeOptions given)
    : io{context},
      upstream{std::move(server)},
      options{bounded(std::move(given))},
      relay{relay_options(options)},
      elements_are_watched{!options.filters.empty() || options.log.wants(LogLevel::trace)} {}

void SessionContext::update_metrics() const {
    TrafficSum all = ended;
    Groups by_server = ended_by_server;
    Groups by_domain = ended_by_domain;
    for (const Session* const session : sessions) {
        const TrafficSum traffic = session->traffic();
        all += traffic;
        if (session->is_grouped()) {
            by_server[session->server_group()] += traffic;
            by_domain[session->domain_group()] += traffic;
        }
    }
    publish(all, metrics->traffic);
    publish(by_server, metrics->servers);
    publish(by_domain, metrics->domains);
    sizes[static_cast<std::size_t>(Direction::client_to_server)].publish(metrics->elements_from_clients);
    sizes[static_cast<std::size_t>(Direction::server_to_client)].publish(metrics->elements_from_servers);
}

}   // namespace wsxmpp
