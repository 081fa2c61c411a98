#include "transports/accepting.hpp"

#include <string>
#include <utility>

#include "transports/http_answer.hpp"
#include "transports/proxy_hints.hpp"

namespace wsxmpp::transports {

using Verdict = Accepting::Verdict;

namespace {

// Under attack each line of the log would be this one.
constexpr std::chrono::seconds between_lines{10};

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::admitted: return {};
        case Verdict::too_many_sessions: return "max-sessions";
        case Verdict::too_many_of_address: return "max-sessions-per-address";
        case Verdict::too_fast: return "connection-rate";
        case Verdict::too_many_handshakes: return "max-handshakes";
    }
    return {};
}

Counter* counter_of(ListenerCounters& counters, Verdict verdict) {
    switch (verdict) {
        case Verdict::admitted: return nullptr;
        case Verdict::too_many_sessions: return &counters.over_max_sessions;
        case Verdict::too_many_of_address: return &counters.over_max_sessions_per_address;
        case Verdict::too_fast: return &counters.over_connection_rate;
        case Verdict::too_many_handshakes: return &counters.over_max_handshakes;
    }
    return nullptr;
}

}   // namespace

Accepting::Accepting(WebSocketListenerOptions listener_options, std::shared_ptr<LineThrottle> throttle)
    : options{std::move(listener_options)},
      policy{handshake_policy(options)},
      trusted{options.trusted_proxies},
      refusals{std::move(throttle)} {
    if (!options.admission) options.admission = std::make_shared<Admission>();
}

void Accepting::on_limit(Verdict verdict, const ClientAddress& client) {
    Counter* const counter = counter_of(counters, verdict);
    if (counter == nullptr) return;
    counter->add();
    Told& told = told_[static_cast<std::size_t>(verdict)];
    ++told.since;
    const auto now = std::chrono::steady_clock::now();
    if (now < told.next) return;
    told.next = now + between_lines;
    options.log(LogLevel::warning, "connections refused: over a limit",
                {{"limit", name_of(verdict)},
                 {"peer", client.to_text()},
                 {"times", std::to_string(std::exchange(told.since, 0))}});
}

LogLevel Accepting::level_of_refusal() {
    if (!options.log.wants(LogLevel::info)) return LogLevel::info;   // nobody reads it
    switch (refusals->ask()) {
        case LineThrottle::Verdict::write: return LogLevel::info;
        case LineThrottle::Verdict::first_left_out:
            if (on_left_out) on_left_out();
            break;
        case LineThrottle::Verdict::left_out: break;
    }
    return LogLevel::debug;
}

void Accepting::tell_left_out() {
    if (const auto times = refusals->take_left_out(); times > 0)
        options.log(LogLevel::info, "more connections were refused or failed in the last second",
                    {{"times", std::to_string(times)}});
}

void Accepting::on_ignored(std::string_view header, const ClientAddress& peer) {
    const bool warns = is_private(peer) && !told_of_proxy_;
    const LogLevel level = warns ? LogLevel::warning : LogLevel::debug;
    if (!options.log.wants(level)) return;
    told_of_proxy_ = told_of_proxy_ || warns;
    options.log(level, ignored_header(header, peer));
}

// Clients come back after a time of their own; what is said here is what makes sense.
HandshakeAnswer over_limit(Verdict verdict) {
    switch (verdict) {
        case Verdict::admitted: break;
        case Verdict::too_many_sessions:
            return refuse(503, "this server has as many sessions as it may have; try again in a minute",
                          "Retry-After: 60\r\n");
        case Verdict::too_many_of_address:
            return refuse(429, "too many sessions from your address; close some, or try again in a minute",
                          "Retry-After: 60\r\n");
        case Verdict::too_fast:
            return refuse(429, "too many connections from your address at once; try again in ten seconds",
                          "Retry-After: 10\r\n");
        case Verdict::too_many_handshakes:
            return refuse(503, "this server is busy with others that connect; try again in ten seconds",
                          "Retry-After: 10\r\n");
    }
    return Handshake::unavailable();
}

}   // namespace wsxmpp::transports
