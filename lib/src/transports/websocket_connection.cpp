#include "transports/websocket_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "wsxmpp/error.hpp"

namespace wsxmpp::transports {

using std::chrono::milliseconds;

WebSocketConnection::WebSocketConnection(Socket socket, asio::ip::tcp::endpoint remote,
                                         std::shared_ptr<const WebSocketListenerOptions> options,
                                         bool subprotocol_agreed, std::string_view early)
    : SocketConnection{std::move(socket), std::move(remote)},
      options_{std::move(options)},
      subprotocol_agreed_{subprotocol_agreed} {
    unread(early);
}

void WebSocketConnection::start(std::shared_ptr<Receiver> receiver, std::size_t max_message) {
    frames_.set_limits({max_message, options_->max_fragments, options_->accept_binary});
    SocketConnection::start(std::move(receiver), max_message);
    if (state() == State::open) schedule_ping();
}

std::string_view WebSocketConnection::subprotocol() const {
    return subprotocol_agreed_ ? std::string_view{options_->subprotocol} : std::string_view{};
}

void WebSocketConnection::write(std::initializer_list<std::string_view> pieces) {
    if (!writable()) return;
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    append(FrameHeader::text(size).bytes());
    for (const std::string_view piece : pieces) append(piece);
}

// --- Reading

void WebSocketConnection::on_bytes(char* data, std::size_t size) {
    awaits_pong_ = false;
    if (discarding_ || close_received_) return;
    frames_.feed(data, size);
    read_messages();
    frames_.end_read();
    send_pong();
}

void WebSocketConnection::read_messages() {
    bool delivered = false;
    const auto end_delivery = [&] {
        if (std::exchange(delivered, false) && receiver()) receiver()->on_read_end();
    };
    for (;;) {
        switch (frames_.next()) {
            case FrameReader::Event::need_more: return end_delivery();
            case FrameReader::Event::message:
                if (state() != State::open) break;   // after close() nobody wants it
                delivered = true;
                receiver()->on_data(frames_.payload());
                if (state() == State::closed) return end_delivery();
                if (paused()) {
                    unread(frames_.rest());
                    return end_delivery();
                }
                break;
            case FrameReader::Event::ping:
                // Only the latest ping needs an answer (RFC 6455 §5.5.3), so a flood of them takes no memory.
                pong_ = frames_.payload();
                pong_due_ = true;
                break;
            case FrameReader::Event::pong: break;
            case FrameReader::Event::close: end_delivery(); return on_close_frame();
            case FrameReader::Event::violation:
                end_delivery();
                discarding_ = true;
                end(frames_.violation().code, frames_.violation().text);
                return advance_close();
        }
    }
}

void WebSocketConnection::on_close_frame() {
    close_received_ = true;
    pong_due_ = false;
    peer_close_code_ = frames_.close_code();
    if (!frames_.payload().empty())
        end(errc::peer_closed, frames_.payload());
    else if (peer_close_code_ != FrameReader::no_close_code)
        end(errc::peer_closed, fmt::format("close code {}", peer_close_code_));
    else
        end(errc::peer_closed, "close without a code");
    advance_close();
}

void WebSocketConnection::on_eof() { end(errc::connection_lost, "the connection ended without a close frame"); }

// --- Keepalive

void WebSocketConnection::schedule_ping() {
    if (options_->ping_interval <= milliseconds{0} || !shared()) return;
    until_ping_ = shared()->jittered(options_->ping_interval);
    wait_for_ping_or_pong();
}

void WebSocketConnection::wait_for_ping_or_pong() {
    waiting_ = awaits_pong_ ? std::min(until_ping_, options_->pong_timeout - waited_for_pong_) : until_ping_;
    set_deadline(waiting_);
}

// One deadline serves both waits. Any bytes count as a pong, and so do bytes of ours that the peer's TCP took; and a
// connection that is paused cannot see a pong.
void WebSocketConnection::on_open_deadline() {
    if (state() != State::open || ended()) return;
    if (paused()) awaits_pong_ = false;
    until_ping_ -= waiting_;
    waited_for_pong_ += waiting_;
    if (awaits_pong_ && waited_for_pong_ >= options_->pong_timeout)
        return end(errc::ping_timeout, "no answer to a ping");
    if (until_ping_ > milliseconds{0}) return wait_for_ping_or_pong();
    append(FrameHeader::ping(0).bytes());
    send_output();
    if (!std::exchange(awaits_pong_, true)) waited_for_pong_ = milliseconds{0};
    schedule_ping();
}

void WebSocketConnection::resume() {
    if (paused()) awaits_pong_ = false;
    SocketConnection::resume();
}

void WebSocketConnection::send_pong() {
    if (!pong_due_ || holds_output() || !writable()) return;
    pong_due_ = false;
    append(FrameHeader::pong(pong_.size()).bytes());
    append(pong_);
    std::string{}.swap(pong_);
    send_output();
}

// --- Closing

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
    if (state() != State::made && state() != State::open) return;
    if (close_received_) {   // an answer repeats the code it answers (RFC 6455 §5.5.1)
        code = peer_close_code_;
        reason = {};
    }
    if (writable()) {
        reason = close_reason(reason);
        const std::array<char, 2> code_bytes{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
        const bool has_code = code != 0 && code != FrameReader::no_close_code;
        append(FrameHeader::close(has_code ? code_bytes.size() + reason.size() : 0).bytes());
        if (has_code) {
            append({code_bytes.data(), code_bytes.size()});
            append(reason);
        }
    }
    begin_close(options_->close_timeout);
}

}   // namespace wsxmpp::transports
