// What the status page is told, as JSON. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "admin/history.hpp"
#include "admin/source.hpp"

namespace wsxmpp::app {

// The seconds after number `since` alone: who has seen some need not be told them again.
std::string status_json(const AdminAbout& about, const AdminSample& sample, const AdminHistory& history,
                        std::uint64_t since);

// Which sessions, in what order.
struct SessionQuery {
    static constexpr std::size_t max_limit = 1'000;

    std::string filter;   // in address, server, domain, state, framing or id; letters A to Z are as good as a to z
    std::string sort = "age";
    bool descending = true;
    std::size_t limit = max_limit;
};

// The keys to sort by: "id, client, …".
std::string session_keys();
bool is_session_key(std::string_view key);

std::string sessions_json(std::vector<SessionView> sessions, const SessionQuery& query);

}   // namespace wsxmpp::app
