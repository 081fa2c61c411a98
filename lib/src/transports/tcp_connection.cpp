#include "transports/tcp_connection.hpp"

#include "wsxmpp/error.hpp"

namespace wsxmpp::transports {

void TcpConnection::write(std::initializer_list<std::string_view> pieces) {
    if (!writable()) return;
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    append({}, pieces, size);
}

// What lies one after the other in memory, such as the messages of one read of a WebSocket, becomes one view, and
// usually one send() of what was received, without a copy.
void TcpConnection::write_borrowed(std::string_view data) {
    if (writable()) append_borrowed(data);
}

void TcpConnection::close(std::uint16_t, std::string_view) {
    if (state() == State::made || state() == State::open) begin_close(close_timeout_);
}

void TcpConnection::on_bytes(char* data, std::size_t size) {
    if (state() != State::open) return;   // closing: discarded
    receiver()->on_data({data, size});
    if (receiver()) receiver()->on_read_end();
}

std::string TcpConnection::peer() const {
    const auto remote = remote_endpoint();
    return remote.port() == 0 ? std::string{} : to_text(remote);
}

void TcpConnection::on_eof() { end(errc::peer_closed, "the peer closed the connection"); }

}   // namespace wsxmpp::transports
