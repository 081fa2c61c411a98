// What the connections that a listener accepted share, until they are WebSockets: its options, what it counts, and what
// it says of limits.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "transports/admission.hpp"
#include "transports/client_address.hpp"
#include "transports/trusted_networks.hpp"
#include "transports/websocket_handshake.hpp"
#include "wsxmpp/listener.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace wsxmpp::transports {

class AcceptingConnection;

// It outlives the listener while one of them is still being refused.
class Accepting {
public:
    using Verdict = Admission::Impl::Verdict;

    explicit Accepting(WebSocketListenerOptions listener_options);

    Admission::Impl& admission() const { return options.admission->impl(); }

    // Counts a limit that was hit, and logs it, unless that was done a moment ago.
    void on_limit(Verdict verdict, const ClientAddress& client);

    WebSocketListenerOptions options;   // `admission` is never null
    HandshakePolicy policy;
    TrustedNetworks trusted;
    ListenerCounters counters;
    Listener::AcceptHandler on_accept;   // empty once the listener has stopped
    std::unordered_set<AcceptingConnection*> in_handshake;

private:
    struct Told {
        std::chrono::steady_clock::time_point next{};
        std::uint64_t since = 0;   // hits that no line was for
    };
    std::array<Told, 5> told_;
};

// What a client over the limit is told.
HandshakeAnswer over_limit(Accepting::Verdict verdict);

}   // namespace wsxmpp::transports
