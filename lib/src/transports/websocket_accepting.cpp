#include "transports/websocket_accepting.hpp"

#include <asio/buffer.hpp>
#include <utility>

#include "transports/websocket_connection.hpp"

namespace wsxmpp::transports {

AcceptingConnection::AcceptingConnection(Socket socket, asio::ip::tcp::endpoint remote,
                                         std::shared_ptr<Accepting> listener)
    : Registered{IoShared::of(socket.get_executor().context())},
      socket_{std::move(socket)},
      remote_{std::move(remote)},
      listener_{std::move(listener)},
      handshake_{listener_->policy} {
    listener_->in_handshake.insert(this);
}

AcceptingConnection::~AcceptingConnection() { listener_->in_handshake.erase(this); }

void AcceptingConnection::start() {
    prepare(socket_);
    set_deadline(listener_->options.handshake_timeout);
    wait();
}

void AcceptingConnection::refuse_unavailable() { refuse(Handshake::unavailable()); }

void AcceptingConnection::wait() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](std::error_code) {
        if (self->socket_.is_open()) self->on_readable();
    });
}

void AcceptingConnection::on_readable() {
    if (refused_) return discard();
    auto& buffer = shared()->read_buffer();
    std::error_code ec;
    const std::size_t size = socket_.read_some(asio::buffer(buffer), ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) return wait();
    if (ec) return finish();   // nobody is left to be told
    on_request_bytes({buffer.data(), size});
}

void AcceptingConnection::on_request_bytes(std::string_view bytes) {
    const auto answer = handshake_.feed(bytes);
    if (!answer) return wait();
    if (answer->status == 101) return upgrade(*answer);
    refuse(*answer);
    wait();
}

void AcceptingConnection::upgrade(const HandshakeAnswer& answer) {
    if (!send_whole(answer.response)) return finish();
    clear_deadline();
    listener_->in_handshake.erase(this);
    log(LogLevel::trace, "WebSocket opened", answer);
    // The listener may be stopped or destroyed from inside its handler.
    if (const auto on_accept = listener_->on_accept)
        on_accept(std::make_shared<WebSocketConnection>(
            std::move(socket_), remote_,
            std::shared_ptr<const WebSocketListenerOptions>{listener_, &listener_->options}, answer.subprotocol,
            answer.early));
}

// Whoever calls this from elsewhere than the wait has one under way: the rest follows there.
void AcceptingConnection::refuse(const HandshakeAnswer& answer) {
    refused_ = true;
    listener_->in_handshake.erase(this);
    log(answer.status == 200 ? LogLevel::debug : LogLevel::info,
        answer.status == 200 ? "showed the page to a request without upgrade" : "WebSocket handshake refused", answer);
    if (!send_whole(answer.response)) return finish();
    // FIN, then read what may come: a RST could destroy the answer on its way (see SocketConnection).
    std::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    set_deadline(listener_->options.close_timeout);
}

void AcceptingConnection::discard() {
    auto& buffer = shared()->read_buffer();
    std::error_code ec;
    socket_.read_some(asio::buffer(buffer), ec);
    if (ec && ec != asio::error::would_block && ec != asio::error::try_again) return finish();
    wait();
}

void AcceptingConnection::finish() {
    clear_deadline();
    listener_->in_handshake.erase(this);
    std::error_code ignored;
    socket_.close(ignored);
}

// An answer is small beside an empty send buffer: what does not fit never will.
bool AcceptingConnection::send_whole(const std::string& response) {
    std::error_code ec;
    return socket_.write_some(asio::buffer(response), ec) == response.size() && !ec;
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

void AcceptingConnection::on_shutdown() noexcept {
    std::error_code ignored;
    socket_.close(ignored);
}

}   // namespace wsxmpp::transports
