// What a WebSocketListener has counted (metrics.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "wsxmpp/metrics.hpp"

namespace wsxmpp {

// Answers to HTTP requests, by their status.
class HttpStatusCounters {
public:
    // 0 stands for every other one.
    static constexpr std::array<int, 18> statuses{101, 200, 301, 302, 400, 403, 404, 405, 408,
                                                  413, 414, 426, 429, 431, 500, 503, 505, 0};

    Counter& of(int status) noexcept { return counters_[index(status)]; }
    const Counter& of(int status) const noexcept { return counters_[index(status)]; }

private:
    static std::size_t index(int status) noexcept {
        const auto* const found = std::find(statuses.begin(), statuses.end() - 1, status);
        return static_cast<std::size_t>(found - statuses.begin());
    }

    std::array<Counter, statuses.size()> counters_;
};

// Written by the listener's thread; any thread may read it.
struct ListenerCounters {
    Counter accepted;             // connections
    HttpStatusCounters answers;   // 101: they became WebSockets
    Counter vanished;             // left before there was an answer
    Counter tls_handshakes;       // complete ones
    Counter tls_failures;         // without a handshake that was completed, for whatever reason
    Counter proxy_failures;       // no PROXY header, or a malformed one, where it is required
    Counter handshake_timeouts;   // of clients that were slow, at whatever stage; a limit, too
    Counter accept_pauses;        // for want of file descriptors or memory
    // Limits that were hit: of a request's head (websocket_listener.hpp), and of who may connect (admission.hpp).
    Counter over_max_header_bytes;
    Counter over_max_headers;
    Counter over_max_sessions;
    Counter over_max_sessions_per_address;
    Counter over_connection_rate;
    Counter over_max_handshakes;
    Gauge handshakes;               // connections that have not finished theirs
    WaitHistogram handshake_wait;   // microseconds from accept to 101, of all that became WebSockets
};

}   // namespace wsxmpp
