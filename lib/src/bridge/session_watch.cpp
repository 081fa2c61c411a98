// What is counted of a session, and how a client that sends too much is slowed down.
#include <algorithm>
#include <utility>

#include "ascii.hpp"
#include "bridge/session.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

// As DNS compares names: so that whoever writes one otherwise gets no group of his own.
std::string group_name(std::string_view domain) {
    if (!domain.empty() && domain.back() == '.') domain.remove_suffix(1);
    return ascii::lowered(domain);
}

}   // namespace

microseconds Session::since(steady_clock::time_point begin) {
    return std::chrono::duration_cast<microseconds>(steady_clock::now() - begin);
}

// Once its connections are gone; or when it is destroyed before.
void Session::leave() {
    if (index_ == gone) return;
    auto& sessions = context_->sessions;
    sessions[index_] = sessions.back();
    sessions[index_]->index_ = index_;
    sessions.pop_back();
    index_ = gone;

    Metrics& metrics = *context_->metrics;
    metrics.sessions_in(state_).add(-1);
    metrics.sessions_ended.add();
    metrics.duration.add(static_cast<std::uint64_t>(since(started_).count()));
    const TrafficSum sum = traffic();
    context_->ended += sum;
    if (!is_grouped()) return;
    context_->ended_by_server[server_group_] += sum;
    context_->ended_by_domain[domain_group_] += sum;
    metrics.servers[server_group_].sessions.add(-1);
    metrics.domains[domain_group_].sessions.add(-1);
}

void Session::set_state(SessionState state) {
    Metrics& metrics = *context_->metrics;
    metrics.sessions_in(state_).add(-1);
    state_ = state;
    metrics.sessions_in(state_).add(1);
}

void Session::join_groups(const UpstreamResult& result) {
    Metrics& metrics = *context_->metrics;
    const auto time = static_cast<std::uint64_t>(since(passing().connecting_since).count());
    metrics.connect.add(time);
    server_group_ = metrics.servers.find_or_add(result.target.empty() ? result.connection->peer() : result.target);
    domain_group_ = metrics.domains.find_or_add(group_name(relay_.domain()));
    for (SessionGroup* const group : {&metrics.servers[server_group_], &metrics.domains[domain_group_]}) {
        group->sessions.add(1);
        group->sessions_total.add();
        group->connect.add(time);
    }
}

void Session::count_unconnected(const UpstreamResult& result) {
    Metrics& metrics = *context_->metrics;
    if (!result.target.empty()) metrics.servers[metrics.servers.find_or_add(result.target)].errors.add();
    const std::string domain = group_name(relay_.domain());
    if (result.domain_is_served)
        metrics.domains[metrics.domains.find_or_add(domain)].errors.add();
    else if (SessionGroup* const known = metrics.domains.find(domain))
        known->errors.add();
}

void Session::count_failure(std::error_code ec) {
    Metrics& metrics = *context_->metrics;
    metrics.sessions_failed.add();
    metrics.count_error(ec);
    if (!is_grouped()) return;
    metrics.servers[server_group_].errors.add();
    metrics.domains[domain_group_].errors.add();
}

void Session::count_limit(std::error_code ec) {
    if (ec.category() != error_category()) return;
    const auto hit = [this](Limit limit) { context_->metrics->limit(limit).add(); };
    switch (static_cast<errc>(ec.value())) {
        case errc::open_timeout: return hit(Limit::open_timeout);
        case errc::login_timeout: return hit(Limit::login_timeout);
        case errc::upstream_timeout: return hit(Limit::answer_timeout);
        case errc::ping_timeout: return hit(Limit::pong_timeout);
        case errc::too_deep: return hit(Limit::max_depth);
        case errc::too_many_attributes: return hit(Limit::max_attributes);
        case errc::too_many_fragments: return hit(Limit::max_fragments);
        case errc::element_too_large:
            if (relay_.server_broke_limit()) return hit(Limit::max_server_element);
            return hit(relay_.limits_are_lower() ? Limit::max_element_before_login : Limit::max_element);
        default: return;
    }
}

// The server that it had, or that failed. Of more servers than have a name in the metrics: all that it could have had.
std::string Session::upstream_name() const {
    if (passing_ && !passing_->failed_target.empty()) return passing_->failed_target;
    if (is_grouped() && server_group_ != SessionGroups::most) return context_->metrics->servers[server_group_].name;
    return context_->upstream->name();
}

TrafficSum Session::traffic() const { return counts_.traffic(context_->options.client_rate); }

SessionView Session::view() const {
    SessionView view;
    view.id = id_;
    view.client = client_ ? client_->peer() : passing_->peer;
    if (server_) view.server = server_->peer();
    view.domain = relay_.domain();
    if (relay_.framing() != Framing::automatic) view.framing = to_string(relay_.framing());
    view.state = to_string(state_);
    view.age = std::chrono::duration_cast<std::chrono::milliseconds>(since(started_));
    const TrafficSum sum = traffic();
    view.messages_from_client = sum.messages_from_clients;
    view.messages_from_server = sum.messages_to_clients;
    view.bytes_from_client = sum.bytes_from_clients;
    view.bytes_from_server = sum.bytes_from_servers;
    return view;
}

// --- Rates

// A read has brought more than is at hand, and maybe more than the client may send now. What came of it is passed on;
// flush() stops reading.
void Session::slow_down() {
    if (relay_.ended() || (passing_ && passing_->rate_timer)) return;
    const microseconds time = counts_.refill(context_->options.client_rate, since(started_));
    if (time == microseconds{0}) return;
    context_->metrics->limit(counts_.lacks_messages() ? Limit::rate_messages : Limit::rate_bytes).add();
    if (context_->options.log.wants(LogLevel::debug))
        context_->options.log(LogLevel::debug, "client slowed down",
                              {{"session", std::to_string(id_)}, {"ms", std::to_string(time.count() / 1'000)}});
    wait_for_allowance(time);
}

void Session::wait_for_allowance(microseconds time) {
    constexpr microseconds least = std::chrono::milliseconds{20};   // so that there is no timer for each message
    passing().rate_timer = std::make_unique<asio::steady_timer>(context_->io);
    passing_->rate_timer->expires_after(std::max(time, least));
    passing_->rate_timer->async_wait([weak = weak_from_this()](std::error_code ec) {
        const auto self = weak.lock();
        if (!ec && self) self->on_allowance();
    });
}

void Session::on_allowance() {
    // A handler that was already on its way when the timer was dropped
    if (!passing_ || !passing_->rate_timer || relay_.ended()) return;
    passing_->rate_timer.reset();
    const microseconds time = counts_.refill(context_->options.client_rate, since(started_));
    if (time > microseconds{0})
        wait_for_allowance(time);
    else if (!passing_->timer && !passing_->connecting)
        passing_.reset();
    flush();
}

}   // namespace wsxmpp
