#include "transports/websocket_accepting.hpp"

#include <asio/buffer.hpp>
#include <utility>

#include "transports/io_shared.hpp"
#include "transports/websocket_connection.hpp"

namespace wsxmpp::transports {

AcceptingConnection::AcceptingConnection(FreshSocket socket, asio::ip::tcp::endpoint remote,
                                         std::shared_ptr<Accepting> listener)
    : PolledSocket{std::move(socket)},
      remote_{std::move(remote)},
      listener_{std::move(listener)},
      handshake_{listener_->policy} {
    listener_->in_handshake.insert(this);
}

AcceptingConnection::~AcceptingConnection() { listener_->in_handshake.erase(this); }

void AcceptingConnection::start() {
    keep_alive({shared_from_this(), this});
    set_deadline(listener_->options.handshake_timeout);
    if (watch(true, false)) finish();
}

void AcceptingConnection::refuse_unavailable() { refuse(Handshake::unavailable()); }

void AcceptingConnection::on_readable() {
    if (refused_) return discard();
    auto& buffer = shared()->read_buffer();
    const Transfer read = read_some(asio::buffer(buffer));
    if (read.would_block()) return;
    if (read.size == 0) return finish();   // nobody is left to be told
    on_request_bytes({buffer.data(), read.size});
}

void AcceptingConnection::on_request_bytes(std::string_view bytes) {
    const auto answer = handshake_.feed(bytes);
    if (!answer) return;
    if (answer->status == 101)
        upgrade(*answer);
    else
        refuse(*answer);
}

void AcceptingConnection::upgrade(const HandshakeAnswer& answer) {
    if (!send_whole(answer.response)) return finish();
    const auto alive = let_go();
    clear_deadline();
    listener_->in_handshake.erase(this);
    log(LogLevel::trace, "WebSocket opened", answer);
    // The listener may be stopped or destroyed from inside its handler.
    if (const auto on_accept = listener_->on_accept)
        on_accept(std::make_shared<WebSocketConnection>(
            static_cast<PolledSocket&>(*this), remote_,
            std::shared_ptr<const WebSocketListenerOptions>{listener_, &listener_->options}, answer.subprotocol,
            answer.deflate, answer.early));
}

void AcceptingConnection::refuse(const HandshakeAnswer& answer) {
    refused_ = true;
    listener_->in_handshake.erase(this);
    log(answer.status == 200 ? LogLevel::debug : LogLevel::info,
        answer.status == 200 ? "showed the page to a request without upgrade" : "WebSocket handshake refused", answer);
    if (!send_whole(answer.response)) return finish();
    // FIN, then read what may come: a RST could destroy the answer on its way (see SocketConnection).
    shutdown_send();
    set_deadline(listener_->options.close_timeout);
}

void AcceptingConnection::discard() {
    auto& buffer = shared()->read_buffer();
    const Transfer read = read_some(asio::buffer(buffer));
    if (read.size == 0 && !read.would_block()) finish();
}

void AcceptingConnection::finish() {
    clear_deadline();
    listener_->in_handshake.erase(this);
    close_socket();
    const auto alive = let_go();
}

// An answer is small beside an empty send buffer: what does not fit never will.
bool AcceptingConnection::send_whole(const std::string& response) {
    return write_some(asio::buffer(response)).size == response.size();
}

void AcceptingConnection::log(LogLevel level, std::string_view message, const HandshakeAnswer& answer) const {
    const Log& log = listener_->options.log;
    if (!log.wants(level)) return;
    const std::string peer = to_text(remote_);
    const std::string status = std::to_string(answer.status);
    if (answer.reason.empty())
        log(level, message, {{"peer", peer}, {"status", status}});
    else
        log(level, message, {{"peer", peer}, {"status", status}, {"reason", answer.reason}});
}

void AcceptingConnection::on_deadline() {
    const auto self = shared_from_this();
    if (refused_)
        finish();
    else
        refuse(Handshake::timeout());
}

void AcceptingConnection::on_shutdown() noexcept { close_socket(); }

}   // namespace wsxmpp::transports
