#include "transports/websocket_accepting.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <utility>

#include "transports/forwarded.hpp"
#include "transports/http_answer.hpp"
#include "transports/io_shared.hpp"
#include "transports/tls_server.hpp"
#include "transports/websocket_connection.hpp"

namespace wsxmpp::transports {

using Verdict = Accepting::Verdict;

namespace {

using namespace std::string_view_literals;

// The first byte of a TLS record in which a handshake is (RFC 8446 §5.1).
constexpr char tls_handshake_record = 0x16;
// A fatal alert, unexpected_message: browsers call it a protocol error, which it is.
constexpr std::string_view tls_alert = "\x15\x03\x01\x00\x02\x02\x0A"sv;

std::uint64_t microseconds_since(std::chrono::steady_clock::time_point start) {
    using std::chrono::microseconds;
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start).count());
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}   // namespace

AcceptingConnection::AcceptingConnection(FreshSocket socket, const ClientAddress& peer, std::shared_ptr<TlsServer> tls,
                                         std::shared_ptr<Accepting> listener)
    : PolledSocket{std::move(socket)},
      peer_{peer},
      client_{peer},
      tls_server_{std::move(tls)},
      listener_{std::move(listener)},
      handshake_{listener_->policy} {
    at_ = listener_->uncounted.insert(listener_->uncounted.end(), this);
    among_ = &listener_->uncounted;
    listener_->counters.handshakes.add(1);
}

AcceptingConnection::~AcceptingConnection() {
    end_handshake();
    among_->erase(at_);
}

void AcceptingConnection::start() {
    keep_alive({shared_from_this(), this});
    listener_->counters.accepted.add();
    set_deadline(listener_->options.handshake_timeout);
    const TrustedProxy::Tells* const tells = listener_->trusted.find(peer_);
    if (tells != nullptr && *tells == TrustedProxy::Tells::proxy_protocol) {
        stage_ = Stage::proxy_header;
        proxy_header_ = std::make_unique<ProxyHeaderReader>();
    } else {
        begin_tls_or_http();
        if (!is_admitted(tells != nullptr)) return;
    }
    if (watch(true, false)) finish();
}

void AcceptingConnection::begin_tls_or_http() { stage_ = tls_server_ ? Stage::before_tls : Stage::request; }

void AcceptingConnection::on_readable() {
    const auto alive = shared_from_this();
    switch (stage_) {
        case Stage::proxy_header: return read_proxy_header();
        case Stage::before_tls: return look_for_tls();
        case Stage::tls_handshake: return handshake();
        case Stage::request: return read_request();
        case Stage::page:
        case Stage::answer:
        case Stage::over: return discard();
        case Stage::closed: return;
    }
}

void AcceptingConnection::on_writable() {
    const auto alive = shared_from_this();
    if (stage_ == Stage::tls_handshake) handshake();
    if (stage_ == Stage::answer) send_answer();
}

// --- The PROXY header

// What is peeked at and belongs to the header is taken; what follows it is for TLS, or HTTP, to read.
void AcceptingConnection::read_proxy_header() {
    auto& buffer = shared()->read_buffer();
    const Transfer peeked = peek_some(asio::buffer(buffer, ProxyHeaderReader::max_v2));
    if (peeked.would_block()) return;
    if (peeked.size == 0 && !proxy_header_->has_begun()) return vanish();
    if (peeked.size == 0) return drop("no PROXY header", "the connection ended inside of it");
    const std::size_t size = proxy_header_->feed({buffer.data(), peeked.size});
    if (proxy_header_->state() == ProxyHeaderReader::State::failed)
        return drop("no PROXY header", proxy_header_->fault());
    read_some(asio::buffer(buffer, size));
    if (proxy_header_->state() == ProxyHeaderReader::State::more) return;

    const ProxyHeader header = proxy_header_->header();
    proxy_header_.reset();
    secure_ = header.tls;
    if (header.names_client) {
        client_ = header.client;
        destination_ = std::make_unique<ClientAddress>(header.destination);
    }
    begin_tls_or_http();
    is_admitted(false);
}

// --- TLS

// What is kept for TLS is not made before the client has begun with it.
void AcceptingConnection::look_for_tls() {
    std::array<char, longest_proxy_mark> some{};
    const Transfer peeked = peek_some(asio::buffer(some));
    if (peeked.would_block()) return;
    if (peeked.size == 0) return vanish();
    std::string_view begin{some.data(), peeked.size};
    switch (look_for_untrusted_proxy(begin)) {
        case ProxyMark::whole: return drop("TLS handshake failed", untrusted_proxy_header(peer_));
        case ProxyMark::partial: read_some(asio::buffer(some, peeked.size)); return;   // TLS does not begin like that
        case ProxyMark::none: break;
    }
    const char first = begin.front();
    if (is_letter(first)) {
        listener_->counters.tls_failures.add();
        tls_server_.reset();   // the answer is for who speaks HTTP
        return refuse(transports::refuse(400, "this port speaks TLS: use https: and wss: rather than http: and ws:"));
    }
    if (first != tls_handshake_record) return drop("TLS handshake failed", "the client speaks neither TLS nor HTTP");
    stage_ = Stage::tls_handshake;
    start_tls(accept_tls(*tls_server_));
    handshake();
}

void AcceptingConnection::handshake() {
    using Step = TlsLayer::Step;
    switch (tls()->handshake(*this)) {
        case Step::want_read:
            if (watch(true, false)) finish();
            return;
        case Step::want_write:
            if (watch(false, true)) finish();
            return;
        case Step::failed: return drop("TLS handshake failed", server_handshake_failure(*tls()));
        case Step::done: break;
    }
    listener_->counters.tls_handshakes.add();
    stage_ = Stage::request;
    if (watch(true, false)) finish();
}

// --- The request

void AcceptingConnection::read_request() {
    auto& buffer = shared()->read_buffer();
    const Transfer read = read_some(asio::buffer(buffer));
    if (read.would_block()) return;
    if (read.size == 0) return vanish();
    std::string_view bytes{buffer.data(), read.size};
    if (!has_begun_ && !tls()) {
        switch (look_for_untrusted_proxy(bytes)) {
            case ProxyMark::whole: return refuse(transports::refuse(400, untrusted_proxy_header(peer_)));
            case ProxyMark::partial: return;
            case ProxyMark::none: break;
        }
        if (bytes.front() == tls_handshake_record) {
            write_some(asio::buffer(tls_alert));
            return drop("WebSocket handshake refused",
                        "the client speaks TLS, and this port does not: it is for ws:, not for wss:");
        }
    }
    has_begun_ = true;
    if (auto answer = handshake_.feed(bytes)) on_request(*answer);
}

void AcceptingConnection::on_request(HandshakeAnswer& answer) {
    head_only_ = answer.head_only;
    if (!find_client(answer)) return;
    if (answer.over != nullptr) (listener_->counters.*answer.over).add();
    if (answer.query) return ask_for_page(answer);
    if (answer.status == 101) return upgrade(answer);
    refuse(answer);
}

// `begin` becomes all that has come, which is kept as long as it does not tell. One who is trusted with such headers
// has sent one already.
ProxyMark AcceptingConnection::look_for_untrusted_proxy(std::string_view& begin) {
    if (!begin_.empty()) begin = begin_.append(begin);
    const ProxyMark mark = find_proxy_mark(begin);
    if (mark == ProxyMark::none) return mark;
    const TrustedProxy::Tells* const tells = listener_->trusted.find(peer_);
    if (tells != nullptr && *tells == TrustedProxy::Tells::proxy_protocol) return ProxyMark::none;
    if (begin_.empty()) begin_ = begin;
    return mark;
}

// The client, as a trusted proxy tells in its headers. False: it was refused.
bool AcceptingConnection::find_client(const HandshakeAnswer& answer) {
    const TrustedProxy::Tells* const tells = listener_->trusted.find(client_);
    if (tells == nullptr && client_ == peer_) {
        if (!answer.x_forwarded_for.empty())
            listener_->on_ignored("X-Forwarded-For", peer_);
        else if (!answer.forwarded.empty())
            listener_->on_ignored("Forwarded", peer_);
    }
    if (tells == nullptr || *tells == TrustedProxy::Tells::proxy_protocol) return true;
    ForwardedHops hops;
    if (*tells == TrustedProxy::Tells::forwarded) {
        auto told = read_forwarded(answer.forwarded);
        if (!told) {
            // Who it is would be a guess: a client could have made it malformed.
            refuse(transports::refuse(400, "malformed Forwarded header (RFC 7239 §4)"));
            return false;
        }
        hops = std::move(*told);
    } else {
        hops = read_x_forwarded(answer.x_forwarded_for, answer.x_forwarded_proto);
    }
    const ForwardedClient found = transports::find_client(hops, client_, listener_->trusted);
    secure_ = secure_ || found.secure;
    if (found.address == client_) return true;
    client_ = found.address;
    return within_rate();
}

// The handler may answer at once, later, or never; and it may stop the listener.
void AcceptingConnection::ask_for_page(const HandshakeAnswer& answer) {
    stage_ = Stage::page;
    HttpQuery query = *answer.query;
    query.client = client_.to_text();
    query.secure = secure_ || tls() != nullptr;
    listener_->options.on_get(query, [weak = weak_from_this()](const HttpPage& page) {
        const auto self = weak.lock();
        if (self && self->stage_ == Stage::page) self->refuse(answer_page(page, self->head_only_));
    });
}

void AcceptingConnection::upgrade(const HandshakeAnswer& answer) {
    const Verdict verdict = listener_->admission().begin_session(client_, limited_);
    if (verdict != Verdict::admitted) return refuse_over(verdict);
    // An answer as small as this fits into an empty send buffer, or never will.
    if (write_some(asio::buffer(answer.response)).size != answer.response.size()) {
        listener_->admission().end_session(client_, limited_);
        return finish();
    }
    stage_ = Stage::closed;
    const auto alive = let_go();
    clear_deadline();
    end_handshake();
    listener_->counters.answers.of(answer.status).add();
    listener_->counters.handshake_wait.add(microseconds_since(accepted_at_));
    log(LogLevel::trace, "WebSocket opened", answer.status, {});
    auto connection = std::make_shared<WebSocketConnection>(
        static_cast<PolledSocket&>(*this), ConnectionEnds{client_, std::move(destination_), limited_},
        std::shared_ptr<const WebSocketListenerOptions>{listener_, &listener_->options}, answer.subprotocol,
        answer.deflate, answer.early);
    // The listener may be stopped or destroyed from inside its handler.
    if (const auto on_accept = listener_->on_accept) on_accept(std::move(connection));
}

// --- The end

void AcceptingConnection::refuse_unavailable() {
    const auto alive = shared_from_this();
    if (stage_ < Stage::request)
        finish();
    else
        refuse(Handshake::unavailable());
}

// With an answer, or a page.
void AcceptingConnection::refuse(const HandshakeAnswer& answer) {
    if (answer.reason.empty())
        return answer_with(answer, LogLevel::debug, "showed a page to a request without upgrade");
    answer_with(answer, listener_->level_of_refusal(),
                stage_ == Stage::page ? "could not show a page" : "WebSocket handshake refused");
}

void AcceptingConnection::answer_with(const HandshakeAnswer& answer, LogLevel level, std::string_view message) {
    end_handshake();
    listener_->counters.answers.of(answer.status).add();
    log(level, message, answer.status, answer.reason);
    stage_ = Stage::answer;
    answer_ = answer.response;
    if (head_only_) leave_out_body(answer_);
    set_deadline(listener_->options.handshake_timeout);   // for who takes it slowly
    send_answer();
    limit_ending();
}

void AcceptingConnection::send_answer() {
    const Transfer sent = write_some(asio::buffer(answer_) + sent_);
    if (sent.size == 0 && sent.error != 0 && !sent.would_block()) return finish();
    sent_ += sent.size;
    if (sent_ == answer_.size()) return end_after_answer();
    if (watch(watches_reading(), true)) finish();
}

// FIN, then read what may come: a RST could destroy the answer on its way (see SocketConnection).
void AcceptingConnection::end_after_answer() {
    stage_ = Stage::over;
    answer_ = {};
    shutdown_send();
    set_deadline(listener_->options.close_timeout);
    if (watch(true, false)) finish();
}

// Without an answer that it would understand.
void AcceptingConnection::drop(std::string_view message, std::string_view reason) {
    end_handshake();
    switch (stage_) {
        case Stage::proxy_header: listener_->counters.proxy_failures.add(); break;
        case Stage::before_tls:
        case Stage::tls_handshake:
        case Stage::request: listener_->counters.tls_failures.add(); break;   // of one that began with TLS
        case Stage::page:
        case Stage::answer:
        case Stage::over:
        case Stage::closed: break;
    }
    log(listener_->level_of_refusal(), message, 0, reason);
    end_after_answer();
    limit_ending();
}

// A client that has sent all it had to say may still read.
void AcceptingConnection::discard() {
    auto& buffer = shared()->read_buffer();
    const Transfer read = read_some(asio::buffer(buffer));
    if (read.size > 0 || read.would_block()) return;
    if (read.error == 0 && stage_ != Stage::over)
        watch(false, watches_writing());
    else if (stage_ == Stage::page)
        vanish();
    else
        finish();
}

// Nobody is left to be told.
void AcceptingConnection::vanish() {
    listener_->counters.vanished.add();
    finish();
}

void AcceptingConnection::finish() {
    if (stage_ == Stage::closed) return;
    stage_ = Stage::closed;
    clear_deadline();
    end_handshake();
    close_socket();
    const auto alive = let_go();
}

void AcceptingConnection::log(LogLevel level, std::string_view message, int status, std::string_view reason) const {
    const Log& log = listener_->options.log;
    if (!log.wants(level)) return;
    const std::string peer = client_.to_text();
    const std::string status_text = status == 0 ? std::string{} : std::to_string(status);
    const std::string proxy = client_ == peer_ ? std::string{} : peer_.to_text();
    // Fields that there are, in their order.
    std::array<LogField, 4> fields{{{"peer", peer}, {"proxy", proxy}, {"status", status_text}, {"reason", reason}}};
    const auto end = std::remove_if(fields.begin(), fields.end(), [](const LogField& f) { return f.value.empty(); });
    switch (end - fields.begin()) {
        case 1: return log(level, message, {fields[0]});
        case 2: return log(level, message, {fields[0], fields[1]});
        case 3: return log(level, message, {fields[0], fields[1], fields[2]});
        default: return log(level, message, {fields[0], fields[1], fields[2], fields[3]});
    }
}

void AcceptingConnection::on_deadline() {
    const auto alive = shared_from_this();
    if (before_answer() && stage_ != Stage::page) listener_->counters.handshake_timeouts.add();
    switch (stage_) {
        case Stage::proxy_header: return drop("no PROXY header", "it took too long");
        case Stage::before_tls:
        case Stage::tls_handshake: return drop("TLS handshake failed", "it took too long");
        case Stage::request: return refuse(Handshake::timeout());
        case Stage::page: return refuse(Handshake::no_page());
        case Stage::answer:
        case Stage::over: return finish();
        case Stage::closed: return;
    }
}

void AcceptingConnection::on_shutdown() noexcept { close_socket(); }

}   // namespace wsxmpp::transports
