// A WebSocket that a client opened, after its handshake (RFC 6455 §5 to §7): messages in, messages out.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "transports/socket_connection.hpp"
#include "transports/websocket_frames.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace wsxmpp::transports {

class WebSocketConnection final : public SocketConnection {
public:
    // `early`: what came after the request in the same read, at most IoShared::read_size bytes.
    WebSocketConnection(Socket socket, asio::ip::tcp::endpoint remote,
                        std::shared_ptr<const WebSocketListenerOptions> options, bool subprotocol_agreed,
                        std::string_view early);

    void start(std::shared_ptr<Receiver> receiver, std::size_t max_message) override;
    void write(std::initializer_list<std::string_view> pieces) override;
    void resume() override;
    void close(std::uint16_t code, std::string_view reason) override;
    std::string_view subprotocol() const override;

private:
    void on_bytes(char* data, std::size_t size) override;
    void on_eof() override;
    void on_open_deadline() override;
    void on_progress() override { awaits_pong_ = false; }
    void on_drained() override { send_pong(); }
    bool may_send_fin() const override { return close_received_ || discarding_ || ended(); }

    void read_messages();
    void on_close_frame();
    void send_pong();
    void schedule_ping();
    void wait_for_ping_or_pong();

    std::shared_ptr<const WebSocketListenerOptions> options_;
    FrameReader frames_;
    std::string pong_;   // the payload of the latest ping not yet answered
    std::uint16_t peer_close_code_ = FrameReader::no_close_code;
    bool subprotocol_agreed_;
    bool pong_due_ = false;
    bool close_received_ = false;
    bool discarding_ = false;    // after a violation bytes mean nothing any more
    bool awaits_pong_ = false;   // a ping was sent, and no sign of life has come since
    std::chrono::milliseconds until_ping_{0};
    std::chrono::milliseconds waited_for_pong_{0};
    std::chrono::milliseconds waiting_{0};   // what the deadline was set to
};

}   // namespace wsxmpp::transports
