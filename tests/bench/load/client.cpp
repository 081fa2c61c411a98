#include "load/client.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace bench {

namespace {

constexpr std::string_view framing_ns = "urn:ietf:params:xml:ns:xmpp-framing";

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            text += i + j < bytes.size() + 1 ? digits[(group >> (18 - 6 * j)) & 63] : '=';
    }
    return text;
}

std::string with_number(const std::string& pattern, std::uint32_t number) {
    const auto at = pattern.find('%');
    return at == std::string::npos ? pattern : pattern.substr(0, at) + std::to_string(number) + pattern.substr(at + 1);
}

}   // namespace

void Client::fail(const std::string& what) const {
    throw Failure{"client " + std::to_string(number_) + " in state " + std::to_string(static_cast<int>(state_)) + ": " +
                  what + (text_.empty() ? "" : "; it had: " + text_.substr(0, 500))};
}

// --- The connection

void Client::connect() {
    wire_ = Wire{start_connect(options_->port)};
    state_ = State::connecting;
    watched_ = EPOLLOUT;
    poller_->add(wire_.fd(), watched_, this);
}

void Client::watch() {
    const std::uint32_t wanted =
        (paused_ ? 0U : EPOLLIN) | (outbox_.empty() || wire_.send_waits_for_read() ? 0U : EPOLLOUT);
    if (wanted == watched_ || !wire_ || state_ == State::connecting) return;   // connecting: waits for EPOLLOUT
    watched_ = wanted;
    poller_->modify(wire_.fd(), watched_, this);
}

void Client::on_events(std::uint32_t events) {
    if (!wire_) return;
    if (state_ == State::connecting) return on_connected();
    if ((events & EPOLLOUT) != 0 || wire_.send_waits_for_read()) send_outbox();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !paused_) read();
    watch();
}

void Client::on_connected() {
    if (const int error = pending_error(wire_.fd()); error != 0)
        fail(std::string{"cannot connect: "} + std::strerror(error));
    if (options_->tls) wire_.start_tls(options_->domain.c_str());
    if (websocket()) {
        state_ = State::upgrading;
        const std::string host = options_->domain + ":" + std::to_string(options_->port);
        outbox_.append(upgrade_request(host, options_->path, options_->framing == Framing::rfc7395 ? "xmpp" : ""));
        send_outbox();
    } else {
        state_ = State::opening;
        open_stream();
        flush();
    }
    watch();
}

void Client::read() {
    static char buffer[131'072];
    const auto size = wire_.receive(buffer, sizeof buffer);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
        if (state_ != State::closing) fail(size == 0 ? "the connection was closed" : std::strerror(errno));
        return on_end();
    }
    const std::string_view bytes{buffer, static_cast<std::size_t>(size)};
    if (state_ == State::upgrading)
        on_handshake(bytes);
    else if (websocket())
        on_frames(bytes);
    else
        on_text(bytes, false, false);
    if (!wire_) return;
    events_->on_read_end(*this);
    flush();
}

void Client::on_handshake(std::string_view bytes) {
    text_.append(bytes);
    const auto end = text_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    if (text_.compare(0, 12, "HTTP/1.1 101") != 0) fail("no WebSocket");
    const std::string rest = text_.substr(end + 4);
    text_.clear();
    state_ = State::opening;
    open_stream();
    if (!rest.empty()) on_frames(rest);
}

void Client::on_frames(std::string_view bytes) {
    FrameReader::Piece piece{};
    while (wire_ && frames_.next(bytes, piece)) {
        switch (piece.opcode) {
            case Opcode::text:
            case Opcode::binary: on_text(piece.bytes, piece.begins, piece.ends); break;
            case Opcode::close:
                if (state_ != State::closing) fail("a close frame: " + std::string{piece.bytes});
                if (!close_sent_) append_frame(outbox_.bytes(), Opcode::close, piece.bytes);
                close_sent_ = true;
                break;
            case Opcode::ping: append_frame(outbox_.bytes(), Opcode::pong, piece.bytes); break;
            case Opcode::pong:
            case Opcode::continuation: break;
        }
    }
}

// --- The stream

void Client::on_text(std::string_view text, bool begins, bool ends) {
    if (state_ != State::ready) return log_in(text);
    const bool framed = options_->framing == Framing::rfc7395;
    if (framed && begins && check_.inside()) fail("a WebSocket message that begins inside a stanza");
    check_.feed(
        text, [this] { return expected(); },
        [this] {
            if (flood_left_ > 0) {
                --flood_left_;
                ++flood_next_;
                return events_->on_message(*this, 0);
            }
            const auto sent_at = in_flight_.front().at_ns;
            in_flight_.pop_front();
            events_->on_message(*this, sent_at);
        });
    if (framed && ends && check_.inside()) fail("a WebSocket message that ends inside a stanza");
}

Body Client::expected() const {
    if (flood_left_ > 0) return flood_body(flood_next_);
    if (in_flight_.empty()) fail("a message that was not sent");
    return {number_, in_flight_.front().number, in_flight_.front().size};
}

// Whether the awaited answer has come, which ends with `end`; what is left of it is forgotten.
bool Client::complete(std::string_view end) {
    if (text_.find(end) == std::string::npos) return false;
    text_.clear();
    return true;
}

void Client::log_in(std::string_view text) {
    text_.append(text);
    if (text_.find("<failure") != std::string::npos || text_.find("stream:error") != std::string::npos)
        fail("the server refused");
    switch (state_) {
        case State::opening:
            if (complete("</stream:features>")) authenticate();
            break;
        case State::authenticating:
            if (text_.find("<success") == std::string::npos || !complete(">")) break;
            state_ = State::reopening;
            open_stream();
            break;
        case State::reopening:
            if (complete("</stream:features>")) bind();
            break;
        case State::binding:
            if (text_.find("</iq>") != std::string::npos) on_bound();
            break;
        case State::closing:
            if (!complete("<close") && !complete(stream_end)) break;
            if (websocket() && !close_sent_) append_frame(outbox_.bytes(), Opcode::close, "\x03\xE8");
            close_sent_ = true;
            if (!websocket()) ::shutdown(wire_.fd(), SHUT_WR);
            break;
        case State::idle:
        case State::connecting:
        case State::upgrading:
        case State::ready: break;
    }
}

void Client::open_stream() {
    const std::string to = " to='" + options_->domain + "' version='1.0'";
    if (options_->framing == Framing::rfc7395)
        send_text("<open xmlns='" + std::string{framing_ns} + "'" + to + "/>");
    else
        send_text("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'" + to + ">");
}

void Client::authenticate() {
    state_ = State::authenticating;
    using namespace std::string_literals;
    const std::string user = with_number(options_->user, number_);
    send_text("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
              base64("\0"s + user + "\0"s + options_->password) + "</auth>");
}

void Client::bind() {
    state_ = State::binding;
    send_text("<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
}

void Client::on_bound() {
    const auto begin = text_.find("<jid>");
    const auto end = text_.find("</jid>");
    if (begin == std::string::npos || end == std::string::npos) fail("no address was bound");
    // What a client of each kind sends: over WebSocket a stanza names its namespace, on TCP the stream header did.
    head_ = "<message";
    if (options_->framing == Framing::rfc7395) head_ += client_namespace;
    head_ += " to='" + text_.substr(begin + 5, end - begin - 5) + "' type='chat' id='";
    text_ = {};
    state_ = State::ready;
    events_->on_ready(*this);
}

// --- Sending

void Client::send_text(std::string_view text) {
    if (websocket())
        append_frame(outbox_.bytes(), options_->binary ? Opcode::binary : Opcode::text, text);
    else
        outbox_.append(text);
}

void Client::message(std::size_t body_size, std::uint64_t at_ns) {
    const std::uint32_t number = next_number_++;
    stanza_ = head_;
    stanza_.append(std::to_string(10'000'000 + number)).append("'><body>");
    Body{number_, number, body_size}.append_to(stanza_);
    stanza_.append("</body></message>");
    in_flight_.push_back({number, body_size, at_ns});
    send_text(stanza_);
}

void Client::send_outbox() {
    outbox_.flush([this](std::string_view bytes) { return wire_.send(bytes); });
}

void Client::flush() {
    if (!wire_) return;
    send_outbox();
    watch();
}

void Client::ask_for_flood(std::size_t count) {
    flood_left_ = count;
    flood_next_ = 0;
    send_text(flood_request(count));
    flush();
}

void Client::pause_reading(bool pause) {
    paused_ = pause;
    watch();
}

// --- The end

void Client::close() {
    state_ = State::closing;
    if (options_->framing == Framing::rfc7395)
        send_text("<close xmlns='" + std::string{framing_ns} + "'/>");
    else
        send_text(stream_end);
    flush();
}

void Client::on_end() {
    wire_ = {};
    state_ = State::idle;
    frames_ = {};
    check_ = {};
    outbox_ = {};
    close_sent_ = false;
    text_ = {};
    events_->on_closed(*this);
}

void Client::abandon() {
    wire_ = {};
    state_ = State::idle;
}

}   // namespace bench
