// A WebSocket that a client opened, after its handshake (RFC 6455 §5 to §7): messages in, messages out.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "transports/client_address.hpp"
#include "transports/deflate_negotiation.hpp"
#include "transports/short_time.hpp"
#include "transports/socket_connection.hpp"
#include "transports/websocket_frames.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace wsxmpp::transports {

// Between whom it is.
struct ConnectionEnds {
    ClientAddress client;
    std::unique_ptr<ClientAddress> local;   // what the client connected to, if a proxy says so; null: our own end
    bool limited_by_address = false;        // as its session was counted (Admission)
};

class WebSocketConnection final : public SocketConnection {
public:
    // Takes the socket of the handshake, and the session that was admitted. `early`: what came after the request in the
    // same read, at most IoShared::read_size bytes.
    WebSocketConnection(PolledSocket& handshake, ConnectionEnds ends,
                        std::shared_ptr<const WebSocketListenerOptions> options, bool subprotocol_agreed,
                        const std::optional<DeflateAgreement>& deflate, std::string_view early);
    ~WebSocketConnection() override;

    void start(std::shared_ptr<Receiver> receiver, std::size_t max_message) override;
    void set_max_message(std::size_t bytes) override { max_message_ = bytes; }
    void write(std::initializer_list<std::string_view> pieces) override;
    void write_binary(std::initializer_list<std::string_view> pieces) override;
    void resume() override;
    void close(std::uint16_t code, std::string_view reason) override;
    std::string_view subprotocol() const override;
    std::string peer() const override { return client_.to_text(); }
    std::string local() const override;

private:
    // What an idle connection does not have.
    struct Kept {
        std::unique_ptr<FrameReader> frames;   // a frame or message is incomplete
        std::string unread;
        std::optional<std::string> pong;   // the payload of the latest ping that could not be answered yet
        bool wrote_pong = false;           // and it was not sent yet
    };
    // With permessage-deflate; what it shares with others it takes from IoShared.
    struct Deflating {
        DeflateAgreement agreed;
        std::unique_ptr<Inflater> inflater;   // with context takeover alone, as the other
        std::unique_ptr<Deflater> deflater;
    };
    Kept& kept();
    void drop_kept();   // unless it is of use

    void on_bytes(char* data, std::size_t size) override;
    std::string take_unread() override { return std::exchange(kept_->unread, {}); }
    void keep_unread(std::string_view bytes);
    void on_eof() override;
    void on_open_deadline() override;
    void on_progress() override { awaits_pong_ = false; }
    void on_drained() override { send_kept_pong(); }
    bool may_send_fin() const override { return close_received_ || discarding_ || ended(); }

    void read_messages(FrameReader& frames);
    void lend_inflater(FrameReader& frames);
    void take_back_inflater(FrameReader& frames);
    std::unique_ptr<Inflater>& inflater();
    bool write_compressed(unsigned char first, std::initializer_list<std::string_view> pieces, std::size_t size);
    void on_ping(std::string_view payload);
    void on_close_frame(const FrameReader& frames);
    void append_pong(std::string_view payload);
    void send_kept_pong();
    void schedule_ping();
    void wait_for_ping_or_pong();

    std::shared_ptr<const WebSocketListenerOptions> options_;
    std::unique_ptr<Kept> kept_;             // made by kept()
    std::unique_ptr<Deflating> deflating_;   // null: not agreed on
    std::size_t max_message_ = 0;
    std::unique_ptr<ClientAddress> local_;   // null: the socket's
    ClientAddress client_;
    ShortTime until_ping_{0};
    ShortTime waited_for_pong_{0};
    ShortTime waiting_{0};   // what the deadline was set to
    std::uint16_t peer_close_code_ = FrameReader::no_close_code;
    bool subprotocol_agreed_ : 1;
    bool limited_by_address_ : 1;
    bool close_received_ : 1;
    bool discarding_ : 1;    // after a violation bytes mean nothing any more
    bool awaits_pong_ : 1;   // a ping was sent, and no sign of life has come since
    bool deflates_ : 1;      // there is deflating_
};

}   // namespace wsxmpp::transports
