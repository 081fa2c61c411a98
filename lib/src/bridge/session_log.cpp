#include "bridge/session_log.hpp"

#include "core/redact.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp {

namespace {

std::string seconds(std::chrono::milliseconds time) {
    std::string text = std::to_string(static_cast<double>(time.count()) / 1000.0);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text + " s";
}

}   // namespace

void log_end(const Log& log, std::error_code ec, const SessionEnd& end) {
    const bool failed = ec == condition::upstream_failed || ec == condition::untrusted ||
                        ec == condition::name_resolution_failed || ec == errc::connect_timeout ||
                        ec == errc::dns_timeout || ec == errc::upstream_timeout;
    const LogLevel level = failed ? LogLevel::warning : LogLevel::info;
    if (!log.wants(level)) return;
    log(level, "session ended",
        {{"session", std::to_string(end.id)},
         {"peer", end.peer},
         {"upstream", end.upstream},
         {"domain", end.domain},
         {"framing", end.framing},
         {"duration_ms", std::to_string(end.age.count())},
         {"bytes_from_client", std::to_string(end.bytes_from_client)},
         {"bytes_from_server", std::to_string(end.bytes_from_server)},
         {"close_code", std::to_string(end.close_code)},
         {"cause", ec ? ec.message() : "aborted"},
         {"reason", end.reason}});
}

void log_element(const Log& log, std::uint64_t session, Direction direction, const Element& element) {
    log(LogLevel::trace, direction == Direction::client_to_server ? "client to server" : "server to client",
        {{"session", std::to_string(session)}, {"element", core::redacted(element)}});
}

std::string timeout_text(core::Wait what, const BridgeOptions& options) {
    switch (what) {
        case core::Wait::open: return "no stream header came within " + seconds(options.open_timeout);
        case core::Wait::answer:
            return "the XMPP server accepted the connection, and did not answer the stream header within " +
                   seconds(options.answer_timeout);
        case core::Wait::login: return "no login within " + seconds(options.login_timeout);
        case core::Wait::close: return "no answer to the end of the stream within " + seconds(options.close_timeout);
        case core::Wait::nothing: break;
    }
    return {};
}

}   // namespace wsxmpp
