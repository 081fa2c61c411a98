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
      relay_{*this, context_->relay, !client_->subprotocol().empty()},
      counts_{context_->options.client_rate},
      index_{static_cast<std::uint32_t>(context_->sessions.size())} {
    context_->sessions.push_back(this);
    context_->metrics->sessions_accepted.add();
    context_->metrics->sessions_in(state_).add(1);
}

Session::~Session() { leave(); }

void Session::start() {
    const BridgeOptions& options = context_->options;
    if (options.log.wants(LogLevel::debug))
        options.log(LogLevel::debug, "session started", {{"session", std::to_string(id_)}, {"peer", peer()}});
    client_->start({shared_from_this(), static_cast<ClientSide*>(this)}, options.client_limits.max_element);
    if (options.framing != Framing::raw) client_->set_max_message(context_->relay.before_login.max_element);
    relay_.start();
    flush();
}

void Session::shut_down() {
    relay_.shut_down();
    flush();
}

void Session::close_by_operator() {
    relay_.close_by_operator();
    flush();
}

void Session::abort() {
    // Closing calls back: the session must outlive it.
    const auto self = shared_from_this();
    passing().connecting.reset();
    passing().timer.reset();
    passing().rate_timer.reset();
    if (client_) client_->abort();
    if (server_) server_->abort();
}

// What the connections bring

template <bool is_client>
void SessionSide<is_client>::on_data(std::string_view data) {
    auto& session = static_cast<Session&>(*this);
    if (is_client) {
        session.counts_.take(data.size());
        session.relay_.client_message(data);
    } else {
        session.counts_.came_from_server(data.size());
        session.relay_.server_bytes(data);
    }
}

template <bool is_client>
void SessionSide<is_client>::on_read_end() {
    auto& session = static_cast<Session&>(*this);
    if (is_client && session.counts_.used_up()) session.slow_down();
    session.flush();
}

template <bool is_client>
void SessionSide<is_client>::on_end(std::error_code reason, std::string_view detail) {
    auto& session = static_cast<Session&>(*this);
    if (is_client)
        session.relay_.client_ended(reason, detail);
    else
        session.relay_.server_ended(reason, detail);
    session.flush();
}

template <bool is_client>
void SessionSide<is_client>::on_writable() {
    auto& session = static_cast<Session&>(*this);
    session.flags_ &= static_cast<std::uint8_t>(is_client ? ~Session::client_blocked : ~Session::server_blocked);
    session.flush();
}

template <bool is_client>
void SessionSide<is_client>::on_closed() {
    auto& session = static_cast<Session&>(*this);
    if (is_client) session.passing().peer = session.peer();   // for the log line
    const auto connection = std::move(is_client ? session.client_ : session.server_);
    session.on_one_closed();
}

template class SessionSide<true>;
template class SessionSide<false>;

Session::Passing& Session::passing() {
    if (!passing_) passing_ = std::make_unique<Passing>();
    return *passing_;
}

// What the relay wants

void Session::to_client(std::initializer_list<std::string_view> pieces) {
    if (!client_) return;
    if (counts_.sent_to_client()) return to_client_and_carry(pieces);
    client_->write(pieces);
}

void Session::to_client_and_carry(std::initializer_list<std::string_view> pieces) {
    counts_.carry(1);
    client_->write(pieces);
}

void Session::to_server(std::initializer_list<std::string_view> pieces) {
    if (server_) server_->write(pieces);
}

void Session::pass_to_server(std::string_view part) {
    if (server_) server_->write_borrowed(part);
}

void Session::connect(std::string_view domain) {
    wait_for(core::Wait::nothing);   // connecting is bounded by the upstream
    set_state(SessionState::connecting);
    passing().connecting_since = std::chrono::steady_clock::now();
    const std::string client = peer();
    const std::string local = client_->local();
    passing().connecting = context_->upstream->connect({domain, client, local, client_->tls()},
                                                       [weak = weak_from_this()](UpstreamResult result) {
                                                           if (const auto self = weak.lock())
                                                               self->on_connect(std::move(result));
                                                       });
}

void Session::on_connect(UpstreamResult result) {
    passing().connecting.reset();
    if (relay_.ended()) {   // a shutdown was faster
        if (result.connection) result.connection->abort();
        return;
    }
    if (!result.connection) {
        count_unconnected(result);
        passing().failed_target = result.target;
        const bool told_all = result.client_detail.empty();
        relay_.connect_failed(result.error, told_all ? result.detail : result.client_detail);
        if (!told_all) passing().failure = std::move(result.detail);
    } else {
        if (context_->options.log.wants(LogLevel::debug))
            context_->options.log(LogLevel::debug, "server connected",
                                  {{"session", std::to_string(id_)}, {"server", result.connection->peer()}});
        join_groups(result);
        if (state_ == SessionState::connecting)   // and not closing already
            set_state(relay_.framing() == Framing::raw ? SessionState::logged_in : SessionState::negotiating);
        server_ = std::move(result.connection);
        server_->start({shared_from_this(), static_cast<ServerSide*>(this)},
                       context_->options.server_limits.max_element);
        relay_.connected();
    }
    flush();
}

void Session::wait_for(core::Wait what) {
    if (what == core::Wait::nothing) {
        stop_waiting();
        return;
    }
    const BridgeOptions& options = context_->options;
    if (what == core::Wait::close) set_state(SessionState::closing);
    if (what == core::Wait::login)
        context_->metrics->answer.add(static_cast<std::uint64_t>(since(passing().connecting_since).count()));
    passing().waiting_for = what;
    passing_->timer = std::make_unique<asio::steady_timer>(context_->io);
    passing_->timer->expires_after(what == core::Wait::open     ? options.open_timeout
                                   : what == core::Wait::answer ? options.answer_timeout
                                   : what == core::Wait::login  ? options.login_timeout
                                                                : options.close_timeout);
    passing_->timer->async_wait([weak = weak_from_this()](std::error_code ec) {
        const auto self = weak.lock();
        if (!ec && self) self->on_timeout();
    });
}

void Session::logged_in() {
    if (state_ == SessionState::negotiating) set_state(SessionState::logged_in);
    if (client_) client_->set_max_message(context_->options.client_limits.max_element);
}

// All that passes, unless it ends.
void Session::stop_waiting() {
    if (relay_.ended() || !passing_) return;
    passing_->timer.reset();
    passing_->waiting_for = core::Wait::nothing;
    if (!passing_->rate_timer) passing_.reset();
}

void Session::on_timeout() {
    // A handler that was already on its way when the timer was set anew or cancelled
    if (!passing_ || !passing_->timer || passing_->timer->expiry() > std::chrono::steady_clock::now()) return;
    const core::Wait what = passing_->waiting_for;
    if (is(server_paused) && what == core::Wait::answer) return wait_for(what);   // not its fault
    relay_.timed_out(timeout_text(what, context_->options));
    flush();
}

Verdict Session::on_element(Direction direction, const Element& element) {
    context_->sizes[static_cast<std::size_t>(direction)].add(element.size());
    return context_->elements_are_watched ? show_element(direction, element) : Verdict::pass;
}

Verdict Session::show_element(Direction direction, const Element& element) {
    if (context_->options.log.wants(LogLevel::trace)) log_element(context_->options.log, id_, direction, element);
    const std::string client = peer();
    const SessionInfo info{id_, client, relay_.domain()};
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
    Passing& last = passing();
    last.end_code = ec;
    last.close_code = close_code;
    last.end_reason = reason;
    last.connecting.reset();
    last.timer.reset();
    last.rate_timer.reset();
    set_state(SessionState::closing);
    count_limit(ec);
}

// Sends what was written, and stops reading from a side while the other one has not taken all of it.
void Session::flush() {
    if (server_ && !is(server_blocked) && !server_->flush()) flags_ |= server_blocked;
    if (client_ && !is(client_blocked) && !client_->flush()) flags_ |= client_blocked;
    if (relay_.ended()) return close();
    if (flags_ != 0 || passing_) regulate();
}

void Session::regulate() {
    if (client_) pause(client_paused, is(server_blocked) || must_wait(), *client_);
    if (server_) pause(server_paused, is(client_blocked), *server_);
}

void Session::pause(Flag paused, bool wanted, Connection& connection) {
    if (is(paused) == wanted) return;
    flags_ ^= paused;
    if (wanted)
        connection.pause();
    else
        connection.resume();
}

void Session::close() {
    if (client_) client_->close(passing_->close_code, close_reason(passing_->end_reason));
    if (server_) server_->close(passing_->close_code, {});
}

void Session::on_one_closed() {
    if (client_ || server_) return;
    const Passing& last = passing();   // without a code: Session::abort()
    passing_->timer.reset();
    passing_->rate_timer.reset();
    const bool failed = last.end_code && (last.end_code != condition::closed || last.end_code == errc::upstream_error);
    if (failed) count_failure(last.end_code);
    const TrafficSum sum = traffic();
    log_end(context_->options.log, last.end_code,
            {id_, peer(), upstream_name(), relay_.domain(), to_string(relay_.framing()),
             std::chrono::duration_cast<std::chrono::milliseconds>(since(started_)), sum.bytes_from_clients,
             sum.bytes_from_servers, last.close_code, last.failure.empty() ? last.end_reason : last.failure});
    leave();
    if (context_->on_session_closed) context_->on_session_closed();
}

}   // namespace wsxmpp
