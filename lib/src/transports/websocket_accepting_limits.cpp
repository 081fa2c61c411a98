// How a connection that is accepted counts for the limits, and what becomes of it when one is hit.
#include <utility>

#include "transports/websocket_accepting.hpp"

namespace wsxmpp::transports {

using Verdict = Accepting::Verdict;

// Called once, as soon as it is known who connects. A proxy that speaks HTTP has all of a request before it sends it,
// so that its handshakes are short, and are not limited: after an outage they come all at once.
bool AcceptingConnection::is_admitted(bool of_http_proxy) {
    if (!within_rate()) return false;
    if (of_http_proxy) return true;
    Verdict verdict = listener_->admission().begin_handshake();
    if (verdict != Verdict::admitted && !listener_->counted.empty()) {
        listener_->counted.front()->make_room();
        verdict = listener_->admission().begin_handshake();   // another thread may have been faster
    }
    if (verdict != Verdict::admitted) {
        refuse_over(verdict);
        return false;
    }
    counted_ = true;
    move_to(listener_->counted);
    return true;
}

// The handshake that has taken longest ends in favour of a new one, as in a SYN cache: whoever opens connections and
// says nothing shuts out no one who speaks.
void AcceptingConnection::make_room() {
    const auto alive = shared_from_this();
    refuse_over(Verdict::too_many_handshakes);
}

// Called whenever more is known of who the client is, and counts it once: a trusted proxy is not limited by address.
bool AcceptingConnection::within_rate() {
    limited_ = listener_->admission().limits_address(client_, listener_->trusted.find(client_) != nullptr);
    if (!limited_) return true;
    const Verdict verdict = listener_->admission().take_from_rate(client_);
    if (verdict == Verdict::admitted) return true;
    refuse_over(verdict);
    return false;
}

// With TLS, before its handshake, the connection ends without a word: those would cost the most there is to spare.
void AcceptingConnection::refuse_over(Verdict verdict) {
    listener_->on_limit(verdict, client_);
    if (tls_server_ && stage_ < Stage::request) return finish();
    answer_with(over_limit(verdict), LogLevel::debug, "WebSocket handshake refused");
}

void AcceptingConnection::move_to(AcceptingConnections& list) {
    list.splice(list.end(), *among_, at_);
    among_ = &list;
}

// It does not count any more, however long the connection stays.
void AcceptingConnection::end_handshake() {
    if (!in_handshake_) return;
    in_handshake_ = false;
    listener_->counters.handshakes.add(-1);
    if (std::exchange(counted_, false)) listener_->admission().end_handshake();
    move_to(listener_->ending);
}

// Of those that were answered, and do not go, no more are kept than handshakes.
void AcceptingConnection::limit_ending() {
    if (listener_->ending.size() > listener_->admission().limits().max_handshakes) listener_->ending.front()->finish();
}

}   // namespace wsxmpp::transports
