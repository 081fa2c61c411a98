// A TCP connection to a server: bytes in, bytes out.
#pragma once

#include <chrono>

#include "transports/short_time.hpp"
#include "transports/socket_connection.hpp"

namespace wsxmpp::transports {

class TcpConnection : public SocketConnection {
public:
    TcpConnection(FreshSocket socket, std::chrono::milliseconds close_timeout)
        : SocketConnection{std::move(socket)}, close_timeout_{short_of(close_timeout)} {}
    // Takes the socket that was connected, and secured.
    TcpConnection(PolledSocket& connected, std::chrono::milliseconds close_timeout)
        : SocketConnection{connected}, close_timeout_{short_of(close_timeout)} {}

    void write(std::initializer_list<std::string_view> pieces) override;
    void write_borrowed(std::string_view data) override;
    void close(std::uint16_t code, std::string_view reason) override;
    std::string peer() const override;

private:
    void on_bytes(char* data, std::size_t size) override;
    void on_eof() override;

    ShortTime close_timeout_;
};

}   // namespace wsxmpp::transports
