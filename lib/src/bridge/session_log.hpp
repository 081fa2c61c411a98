// What a session says: its log lines, and the texts of its timeouts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "core/relay.hpp"
#include "wsxmpp/bridge.hpp"

namespace wsxmpp {

struct SessionEnd {
    std::uint64_t id;
    std::string_view peer;
    std::string upstream;
    std::string_view domain;
    std::string_view framing;
    std::chrono::milliseconds age;
    std::uint64_t bytes_from_client;
    std::uint64_t bytes_from_server;
    std::uint16_t close_code;
    std::string_view reason;
};

// The one line of a session that has ended: info where all was well, warning where the XMPP server failed.
void log_end(const Log& log, std::error_code ec, const SessionEnd& end);

// An element that passes, credentials redacted, at trace level.
void log_element(const Log& log, std::uint64_t session, Direction direction, const Element& element);

// What was waited for in vain.
std::string timeout_text(core::Wait what, const BridgeOptions& options);

}   // namespace wsxmpp
