#include "bridge/session.hpp"

#include <array>
#include <random>
#include <utility>

#include "bridge/session_log.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp {

Session::Session(std::shared_ptr<SessionContext> context, std::uint64_t id, std::shared_ptr<Connection> client)
    : context_{std::move(context)},
      id_{id},
      client_{std::move(client)},
      relay_{*this,
             {context_->options.framing, context_->options.client_limits, context_->options.server_limits,
              !client_->subprotocol().empty(), context_->options.see_other_uri}},
      timer_{context_->io},
      peer_{client_->peer()} {}

void Session::start() {
    ++context_->stats.sessions_accepted;
    context_->options.log(LogLevel::debug, "session started", {{"session", std::to_string(id_)}, {"peer", peer_}});
    client_->start({shared_from_this(), &client_side_}, context_->options.client_limits.max_element);
    relay_.start();
    flush();
}

void Session::shut_down() {
    relay_.shut_down();
    flush();
}

void Session::abort() {
    // Closing calls back: the session must outlive it.
    const auto self = shared_from_this();
    connecting_.reset();
    timer_.cancel();
    if (client_) client_->abort();
    if (server_) server_->abort();
}

// What the connections bring

void Session::ClientSide::on_data(std::string_view data) {
    session.bytes_from_client_ += data.size();
    session.context_->stats.bytes_from_clients += data.size();
    session.relay_.client_message(data);
}
void Session::ClientSide::on_read_end() { session.flush(); }
void Session::ClientSide::on_end(std::error_code reason, std::string_view detail) {
    session.relay_.client_ended(reason, detail);
    session.flush();
}
void Session::ClientSide::on_writable() {
    session.client_blocked_ = false;
    session.flush();
}
void Session::ClientSide::on_closed() {
    const auto connection = std::move(session.client_);
    session.on_one_closed();
}

void Session::ServerSide::on_data(std::string_view data) {
    session.bytes_from_server_ += data.size();
    session.context_->stats.bytes_from_servers += data.size();
    session.relay_.server_bytes(data);
}
void Session::ServerSide::on_read_end() { session.flush(); }
void Session::ServerSide::on_end(std::error_code reason, std::string_view detail) {
    session.relay_.server_ended(reason, detail);
    session.flush();
}
void Session::ServerSide::on_writable() {
    session.server_blocked_ = false;
    session.flush();
}
void Session::ServerSide::on_closed() {
    const auto connection = std::move(session.server_);
    session.on_one_closed();
}

// What the relay wants

void Session::to_client(std::initializer_list<std::string_view> pieces) {
    if (client_) client_->write(pieces);
}

void Session::to_server(std::initializer_list<std::string_view> pieces) {
    if (server_) server_->write(pieces);
}

void Session::pass_to_server(std::string_view part) {
    if (server_) server_->write_borrowed(part);
}

void Session::connect(std::string_view domain) {
    connecting_ = context_->upstream->connect(
        {domain, peer_},
        [weak = weak_from_this()](std::error_code ec, std::string_view detail, std::shared_ptr<Connection> server) {
            if (const auto self = weak.lock()) self->on_connect(ec, detail, std::move(server));
        });
    wait_for(core::Wait::nothing);   // connecting is bounded by the upstream
}

void Session::on_connect(std::error_code ec, std::string_view detail, std::shared_ptr<Connection> server) {
    connecting_.reset();
    if (relay_.ended()) {   // a shutdown was faster
        if (server) server->abort();
        return;
    }
    if (ec) {
        relay_.connect_failed(ec, detail);
    } else {
        server_ = std::move(server);
        server_->start({shared_from_this(), &server_side_}, context_->options.server_limits.max_element);
        relay_.connected();
    }
    flush();
}

void Session::wait_for(core::Wait what) {
    waiting_for_ = what;
    timer_.cancel();
    const BridgeOptions& options = context_->options;
    switch (what) {
        case core::Wait::nothing: return;
        case core::Wait::open: timer_.expires_after(options.open_timeout); break;
        case core::Wait::answer: timer_.expires_after(options.answer_timeout); break;
        case core::Wait::close: timer_.expires_after(options.close_timeout); break;
    }
    timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
        const auto self = weak.lock();
        if (!ec && self) self->on_timeout();
    });
}

void Session::on_timeout() {
    // A handler that was already on its way when the timer was set anew or cancelled
    if (waiting_for_ == core::Wait::nothing || timer_.expiry() > std::chrono::steady_clock::now()) return;
    if (server_paused_ && waiting_for_ == core::Wait::answer) return wait_for(waiting_for_);   // not its fault
    relay_.timed_out(timeout_text(waiting_for_, context_->options, context_->upstream->name()));
    flush();
}

Verdict Session::on_element(Direction direction, const Element& element) {
    if (context_->options.log.wants(LogLevel::trace)) log_element(context_->options.log, id_, direction, element);
    const SessionInfo info{id_, peer_, relay_.domain()};
    for (const auto& filter : context_->options.filters) {
        const Verdict verdict = filter->on_element(info, direction, element);
        if (verdict != Verdict::pass) return verdict;
    }
    return Verdict::pass;
}

std::string Session::make_stream_id() {
    static thread_local std::random_device random;
    constexpr char digits[] = "0123456789abcdef";
    std::string id;
    for (int word = 0; word < 4; ++word) {
        for (auto [bits, i] = std::pair{random(), 0}; i < 8; ++i, bits >>= 4U) id.push_back(digits[bits & 15U]);
    }
    return id;
}

void Session::end(std::error_code ec, std::uint16_t close_code, std::string_view reason) {
    end_code_ = ec;
    close_code_ = close_code;
    end_reason_ = reason;
    connecting_.reset();
}

// Sends what was written, and stops reading from a side while the other one has not taken all of it.
void Session::flush() {
    const auto self = shared_from_this();
    if (server_ && !server_blocked_) server_blocked_ = !server_->flush();
    if (client_ && !client_blocked_) client_blocked_ = !client_->flush();
    if (relay_.ended()) {
        if (client_) client_->close(close_code_, close_reason(end_reason_));
        if (server_) server_->close(close_code_, {});
        return;
    }
    set_paused(client_paused_, server_blocked_ || connecting_ != nullptr, client_);
    set_paused(server_paused_, client_blocked_, server_);
}

void Session::set_paused(bool& paused, bool wanted, const std::shared_ptr<Connection>& connection) {
    if (paused == wanted || !connection) return;
    paused = wanted;
    if (wanted)
        connection->pause();
    else
        connection->resume();
}

void Session::on_one_closed() {
    // Also without the relay's end: Session::abort()
    if (client_ || server_) return;
    timer_.cancel();
    const bool failed = end_code_ && (end_code_ != condition::closed || end_code_ == errc::upstream_error);
    if (failed) ++context_->stats.sessions_failed;
    const auto age = std::chrono::steady_clock::now() - started_;
    log_end(context_->options.log, end_code_,
            {id_, peer_, context_->upstream->name(), relay_.domain(), to_string(relay_.framing()),
             std::chrono::duration_cast<std::chrono::milliseconds>(age), bytes_from_client_, bytes_from_server_,
             close_code_, end_reason_});
    if (context_->on_session_closed) context_->on_session_closed(id_);
}

}   // namespace wsxmpp
