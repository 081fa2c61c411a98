#include "transports/websocket_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "transports/admission.hpp"
#include "transports/io_shared.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::transports {

using std::chrono::milliseconds;

WebSocketConnection::WebSocketConnection(PolledSocket& handshake, ConnectionEnds ends,
                                         std::shared_ptr<const WebSocketListenerOptions> options,
                                         bool subprotocol_agreed, const std::optional<DeflateAgreement>& deflate,
                                         std::string_view early)
    : SocketConnection{handshake},
      options_{std::move(options)},
      local_{std::move(ends.local)},
      client_{ends.client},
      subprotocol_agreed_{subprotocol_agreed},
      limited_by_address_{ends.limited_by_address},
      close_received_{false},
      discarding_{false},
      awaits_pong_{false},
      deflates_{deflate.has_value()} {
    if (deflate) deflating_ = std::make_unique<Deflating>(Deflating{*deflate, {}, {}});
    keep_unread(early);
}

WebSocketConnection::~WebSocketConnection() { options_->admission->impl().end_session(client_, limited_by_address_); }

std::string WebSocketConnection::local() const {
    if (local_) return local_->to_text();
    const auto local = local_endpoint();
    return local.port() == 0 ? std::string{} : ClientAddress{local}.to_text();
}

void WebSocketConnection::start(std::shared_ptr<Receiver> receiver, std::size_t max_message) {
    max_message_ = max_message;
    SocketConnection::start(std::move(receiver), max_message);
    if (state() == State::open) schedule_ping();
}

std::string_view WebSocketConnection::subprotocol() const {
    return subprotocol_agreed_ ? std::string_view{options_->subprotocol} : std::string_view{};
}

// --- Writing

namespace {

std::size_t size_of(std::initializer_list<std::string_view> pieces) {
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    return size;
}

}   // namespace

void WebSocketConnection::write(std::initializer_list<std::string_view> pieces) {
    if (!writable()) return;
    const std::size_t size = size_of(pieces);
    if (deflating_ && write_compressed(FrameHeader::text_frame, pieces, size)) return;
    append(FrameHeader::text(size).bytes(), pieces, size);
}

void WebSocketConnection::write_binary(std::initializer_list<std::string_view> pieces) {
    if (!writable()) return;
    const std::size_t size = size_of(pieces);
    if (deflating_ && write_compressed(FrameHeader::binary_frame, pieces, size)) return;
    append(FrameHeader{FrameHeader::binary_frame, size}.bytes(), pieces, size);
}

// False: it is to be sent as it is.
bool WebSocketConnection::write_compressed(unsigned char first, std::initializer_list<std::string_view> pieces,
                                           std::size_t size) {
    const DeflateOptions& options = options_->deflate;
    if (size == 0 || size < options.min_size) return false;
    const auto [client_bits, server_bits, client_takes_over, takes_over] = deflating_->agreed;
    if (takes_over && !deflating_->deflater)
        deflating_->deflater = std::make_unique<Deflater>(server_bits, options.level);
    Deflater& deflater =
        takes_over ? *deflating_->deflater : shared()->deflate().deflater(size, server_bits, options.level);
    const auto compressed = deflater.deflate(pieces, size, takes_over, shared()->deflate().buffer());
    if (!compressed) return false;
    append(FrameHeader{static_cast<unsigned char>(first | FrameHeader::rsv1), compressed->size()}.bytes(),
           {*compressed}, compressed->size());
    return true;
}

// --- Reading

void WebSocketConnection::on_bytes(char* data, std::size_t size) {
    awaits_pong_ = false;
    if (discarding_ || close_received_) return;
    auto& spare = shared()->spare_frame_reader();
    auto frames = std::exchange(kept_ && kept_->frames ? kept_->frames : spare, nullptr);
    if (!frames) frames = std::make_unique<FrameReader>();
    frames->set_limits({max_message_, options_->max_fragments, options_->accept_binary});
    if (deflates_) lend_inflater(*frames);
    frames->feed(data, size);
    read_messages(*frames);
    frames->end_read();
    if (deflates_) take_back_inflater(*frames);
    (frames->at_rest() ? spare : kept().frames) = std::move(frames);
    if (!kept_) return;
    if (std::exchange(kept_->wrote_pong, false)) send_output();
    drop_kept();
}

// It stays with the reader while a message is incomplete.
void WebSocketConnection::lend_inflater(FrameReader& frames) {
    if (frames.inflating()) return;
    const bool takes_over = deflating_->agreed.client_context_takeover;
    const int shared_bits = 15;   // fits all
    frames.lend_inflater(takes_over ? deflating_->agreed.client_window_bits : shared_bits, takes_over,
                         std::move(inflater()));
}

void WebSocketConnection::take_back_inflater(FrameReader& frames) {
    frames.drop_inflated();
    if (frames.inflating()) return;
    auto& place = inflater() = frames.return_inflater();
    if (place && deflating_->agreed.client_context_takeover) place->drop_buffer();
}

std::unique_ptr<Inflater>& WebSocketConnection::inflater() {
    return deflating_->agreed.client_context_takeover ? deflating_->inflater : shared()->deflate().spare_inflater();
}

WebSocketConnection::Kept& WebSocketConnection::kept() {
    if (!kept_) kept_ = std::make_unique<Kept>();
    return *kept_;
}

void WebSocketConnection::drop_kept() {
    if (kept_ && !kept_->frames && kept_->unread.empty() && !kept_->pong) kept_.reset();
}

void WebSocketConnection::keep_unread(std::string_view bytes) {
    if (bytes.empty()) return;
    kept().unread = bytes;
    unread();
}

void WebSocketConnection::read_messages(FrameReader& frames) {
    bool delivered = false;
    const auto end_delivery = [&] {
        if (std::exchange(delivered, false) && receiver()) receiver()->on_read_end();
    };
    for (;;) {
        switch (frames.next()) {
            case FrameReader::Event::need_more: return end_delivery();
            case FrameReader::Event::message:
                if (state() != State::open) break;   // after close() nobody wants it
                delivered = true;
                receiver()->on_data(frames.payload());
                if (state() == State::closed) return end_delivery();
                if (paused()) {
                    keep_unread(frames.rest());
                    return end_delivery();
                }
                break;
            case FrameReader::Event::binary:
            case FrameReader::Event::inflated:
                if (state() == State::open) {
                    delivered = true;
                    if (frames.is_text())
                        receiver()->on_data(frames.payload());
                    else
                        receiver()->on_binary(frames.payload());
                }
                if (frames.crowded()) {
                    end_delivery();
                    frames.drop_inflated();
                }
                if (state() == State::closed) return end_delivery();
                if (!paused()) break;
                keep_unread(frames.rest());
                return end_delivery();
            case FrameReader::Event::ping: on_ping(frames.payload()); break;
            case FrameReader::Event::pong: break;
            case FrameReader::Event::close: end_delivery(); return on_close_frame(frames);
            case FrameReader::Event::violation:
                end_delivery();
                discarding_ = true;
                end(frames.violation().code, frames.violation().text);
                return advance_close();
        }
    }
}

void WebSocketConnection::on_close_frame(const FrameReader& frames) {
    close_received_ = true;
    if (kept_) kept_->pong.reset();
    peer_close_code_ = frames.close_code();
    if (!frames.payload().empty())
        end(errc::peer_closed, frames.payload());
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
    until_ping_ = short_of(shared()->jittered(options_->ping_interval));
    wait_for_ping_or_pong();
}

void WebSocketConnection::wait_for_ping_or_pong() {
    waiting_ = awaits_pong_ ? std::min(until_ping_, short_of(options_->pong_timeout) - waited_for_pong_) : until_ping_;
    set_deadline(waiting_);
}

// One deadline serves both waits. Any bytes count as a pong, and so do bytes of ours that the peer's TCP took; and a
// connection that is paused cannot see a pong.
void WebSocketConnection::on_open_deadline() {
    if (state() != State::open || ended()) return;
    if (paused()) awaits_pong_ = false;
    until_ping_ -= waiting_;
    waited_for_pong_ += waiting_;
    if (awaits_pong_ && waited_for_pong_ >= short_of(options_->pong_timeout))
        return end(errc::ping_timeout, "no answer to a ping");
    if (until_ping_.count() > 0) return wait_for_ping_or_pong();
    append(FrameHeader::ping(0).bytes());
    send_output();
    if (!awaits_pong_) waited_for_pong_ = ShortTime{0};
    awaits_pong_ = true;
    schedule_ping();
}

void WebSocketConnection::resume() {
    if (paused()) awaits_pong_ = false;
    SocketConnection::resume();
}

// Each ping is answered, in its place between the messages, as long as the client reads. What is made of one read is
// never more than the read. Of the pings of a client that does not read only the latest is answered (RFC 6455 §5.5.3),
// so that a flood of them takes no memory.
void WebSocketConnection::on_ping(std::string_view payload) {
    if (!writable()) return;
    if (holds_output() && watches_writing()) {
        kept().pong = payload;
        return;
    }
    append_pong(payload);
    kept().wrote_pong = true;
}

void WebSocketConnection::append_pong(std::string_view payload) {
    append(FrameHeader::pong(payload.size()).bytes());
    append(payload);
}

void WebSocketConnection::send_kept_pong() {
    if (!kept_ || !kept_->pong || holds_output() || !writable()) return;
    append_pong(*kept_->pong);
    kept_->pong.reset();
    drop_kept();
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
