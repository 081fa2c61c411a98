// What the connections that a listener accepted share, until they are WebSockets: its options, what it counts, and what
// it says of limits.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string_view>

#include "transports/admission.hpp"
#include "transports/client_address.hpp"
#include "transports/line_throttle.hpp"
#include "transports/trusted_networks.hpp"
#include "transports/websocket_handshake.hpp"
#include "wsxmpp/listener.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace wsxmpp::transports {

class AcceptingConnection;
using AcceptingConnections = std::list<AcceptingConnection*>;   // the oldest first

// It outlives the listener while one of them is still being refused.
class Accepting {
public:
    using Verdict = Admission::Impl::Verdict;

    // `throttle` is shared by listeners that share endpoints.
    explicit Accepting(WebSocketListenerOptions listener_options,
                       std::shared_ptr<LineThrottle> throttle = std::make_shared<LineThrottle>());

    Admission::Impl& admission() const { return options.admission->impl(); }

    // Counts a limit that was hit, and logs it, unless that was done a moment ago.
    void on_limit(Verdict verdict, const ClientAddress& client);

    // The level at which a connection that was refused, or failed, is logged: debug when there are too many of them.
    LogLevel level_of_refusal();
    void tell_left_out();

    // A header that would say who the client is came from one who is not believed: logged once if that is likely a
    // proxy that was forgotten, and at debug otherwise.
    void on_ignored(std::string_view header, const ClientAddress& peer);

    WebSocketListenerOptions options;   // `admission` is never null
    HandshakePolicy policy;
    TrustedNetworks trusted;
    ListenerCounters counters;
    Listener::AcceptHandler on_accept;   // empty once the listener has stopped
    std::function<void()> on_left_out;   // LineThrottle::until_told has begun, then tell_left_out(); may be empty
    const std::shared_ptr<LineThrottle> refusals;
    // Every connection is in one of these lists: in its handshake, which the Admission counts or does not; or refused,
    // or done, and still there.
    AcceptingConnections counted;
    AcceptingConnections uncounted;
    AcceptingConnections ending;

private:
    struct Told {
        std::chrono::steady_clock::time_point next{};
        std::uint64_t since = 0;   // hits that no line was for
    };
    std::array<Told, 5> told_;
    bool told_of_proxy_ = false;
};

// What a client over the limit is told.
HandshakeAnswer over_limit(Accepting::Verdict verdict);

}   // namespace wsxmpp::transports
