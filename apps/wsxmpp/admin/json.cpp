#include "admin/json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ascii.hpp"

namespace wsxmpp::app {
namespace {

using Json = nlohmann::ordered_json;

// What a peer has put into a text need not be UTF-8.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n'; }

// Two digits after the point are as many as a graph shows, and a third of the bytes.
double rounded(double value) { return std::round(value * 100) / 100; }

Json rounded(std::optional<double> value) { return value ? Json(rounded(*value)) : Json(nullptr); }

constexpr std::array<const char*, 13> columns{"number",
                                              "time",
                                              "sessions",
                                              "messages_from_clients",
                                              "messages_from_servers",
                                              "bytes_from_clients",
                                              "bytes_from_servers",
                                              "accepted",
                                              "failed",
                                              "connect_ms",
                                              "connect_ms_95",
                                              "answer_ms",
                                              "answer_ms_95"};

Json row(const AdminSecond& second) {
    return Json::array({second.number, second.time, second.sessions, rounded(second.messages_from_clients),
                        rounded(second.messages_from_servers), rounded(second.bytes_from_clients),
                        rounded(second.bytes_from_servers), rounded(second.accepted), rounded(second.failed),
                        rounded(second.connect_ms), rounded(second.connect_ms_95), rounded(second.answer_ms),
                        rounded(second.answer_ms_95)});
}

bool contains(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same_ignoring_case) != text.end();
}

bool matches(const SessionView& session, std::string_view filter) {
    return filter.empty() || contains(session.client, filter) || contains(session.server, filter) ||
           contains(session.domain, filter) || contains(session.state, filter) || contains(session.framing, filter) ||
           std::to_string(session.id) == filter;
}

using Less = bool (*)(const SessionView&, const SessionView&);

struct Key {
    std::string_view name;
    Less less;
};

constexpr std::array<Key, 9> keys{{
    {"id", [](const SessionView& a, const SessionView& b) { return a.id < b.id; }},
    {"client", [](const SessionView& a, const SessionView& b) { return a.client < b.client; }},
    {"server", [](const SessionView& a, const SessionView& b) { return a.server < b.server; }},
    {"domain", [](const SessionView& a, const SessionView& b) { return a.domain < b.domain; }},
    {"state", [](const SessionView& a, const SessionView& b) { return a.state < b.state; }},
    {"framing", [](const SessionView& a, const SessionView& b) { return a.framing < b.framing; }},
    {"age", [](const SessionView& a, const SessionView& b) { return a.age < b.age; }},
    {"messages",
     [](const SessionView& a, const SessionView& b) {
         return a.messages_from_client + a.messages_from_server < b.messages_from_client + b.messages_from_server;
     }},
    {"bytes",
     [](const SessionView& a, const SessionView& b) {
         return a.bytes_from_client + a.bytes_from_server < b.bytes_from_client + b.bytes_from_server;
     }},
}};

Json as_json(const SessionView& session) {
    return Json{{"id", std::to_string(session.id)},   // a number of JavaScript's has 53 bits
                {"client", session.client},
                {"server", session.server},
                {"domain", session.domain},
                {"framing", session.framing},
                {"state", session.state},
                {"age_ms", session.age.count()},
                {"messages_from_client", session.messages_from_client},
                {"messages_from_server", session.messages_from_server},
                {"bytes_from_client", session.bytes_from_client},
                {"bytes_from_server", session.bytes_from_server}};
}

}   // namespace

std::string status_json(const AdminAbout& about, const AdminSample& sample, const AdminHistory& history,
                        std::uint64_t since) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    Json rows = Json::array();
    for (const auto& second : history.seconds())
        if (second.number > since) rows.push_back(row(second));
    return dump(Json{{"version", about.version},
                     {"upstream", about.upstream},
                     {"threads", about.threads},
                     {"started_ms", duration_cast<milliseconds>(about.started.time_since_epoch()).count()},
                     {"uptime_s", about.uptime.count()},
                     {"draining", about.draining},
                     {"totals",
                      {{"sessions", sample.sessions},
                       {"logged_in", sample.logged_in},
                       {"accepted", sample.accepted},
                       {"failed", sample.failed},
                       {"messages_from_clients", sample.messages_from_clients},
                       {"messages_from_servers", sample.messages_from_servers},
                       {"bytes_from_clients", sample.bytes_from_clients},
                       {"bytes_from_servers", sample.bytes_from_servers}}},
                     {"history",
                      {{"seconds", AdminHistory::capacity},
                       {"latency_window_s", AdminHistory::window},
                       {"columns", columns},
                       {"rows", std::move(rows)}}}});
}

std::string session_keys() {
    std::string names;
    for (const auto& key : keys) names += (names.empty() ? "" : ", ") + std::string{key.name};
    return names;
}

bool is_session_key(std::string_view key) {
    return std::any_of(keys.begin(), keys.end(), [key](const Key& known) { return known.name == key; });
}

std::string sessions_json(std::vector<SessionView> sessions, const SessionQuery& query) {
    const auto total = sessions.size();
    sessions.erase(std::remove_if(sessions.begin(), sessions.end(),
                                  [&query](const SessionView& session) { return !matches(session, query.filter); }),
                   sessions.end());
    const auto* const key =
        std::find_if(keys.begin(), keys.end(), [&query](const Key& known) { return known.name == query.sort; });
    const auto before = [&](const SessionView& a, const SessionView& b) {
        if (key != keys.end()) {
            if (key->less(a, b)) return !query.descending;
            if (key->less(b, a)) return query.descending;
        }
        return a.id < b.id;   // so that a list that is asked for again does not jump about
    };
    const auto shown = std::min({query.limit, SessionQuery::max_limit, sessions.size()});
    const auto matching = sessions.size();
    std::partial_sort(sessions.begin(), sessions.begin() + static_cast<std::ptrdiff_t>(shown), sessions.end(), before);
    sessions.resize(shown);

    Json list = Json::array();
    for (const auto& session : sessions) list.push_back(as_json(session));
    return dump(Json{{"total", total}, {"matching", matching}, {"sessions", std::move(list)}});
}

}   // namespace wsxmpp::app
