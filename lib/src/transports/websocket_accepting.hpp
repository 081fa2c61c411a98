// A TCP connection that a client opened, until it is a WebSocket or was refused.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "transports/polled_socket.hpp"
#include "transports/websocket_handshake.hpp"
#include "wsxmpp/listener.hpp"
#include "wsxmpp/websocket_listener.hpp"

namespace wsxmpp::transports {

class AcceptingConnection;

// What those that a listener accepted share; it outlives the listener while one of them is still being refused.
struct Accepting {
    WebSocketListenerOptions options;
    HandshakePolicy policy;
    Listener::AcceptHandler on_accept;   // empty once the listener has stopped
    std::unordered_set<AcceptingConnection*> in_handshake;
};

// Owned by its io_context until it is done.
class AcceptingConnection final : public std::enable_shared_from_this<AcceptingConnection>, private PolledSocket {
public:
    AcceptingConnection(FreshSocket socket, asio::ip::tcp::endpoint remote, std::shared_ptr<Accepting> listener);
    ~AcceptingConnection() override;

    void start();
    // The listener stops: refuses, unless the handshake is done.
    void refuse_unavailable();

private:
    void on_request_bytes(std::string_view bytes);
    void ask_for_page(const HandshakeAnswer& answer);
    void upgrade(const HandshakeAnswer& answer);
    void refuse(const HandshakeAnswer& answer);
    void discard();
    void finish();
    void log(LogLevel level, std::string_view message, const HandshakeAnswer& answer) const;
    bool send_whole(const std::string& response);

    void on_readable() override;
    void on_writable() override {}   // never watched
    void on_deadline() override;
    void on_shutdown() noexcept override;

    asio::ip::tcp::endpoint remote_;
    std::shared_ptr<Accepting> listener_;
    Handshake handshake_;
    bool asked_ = false;   // for a page, which has not come yet
    bool refused_ = false;
};

}   // namespace wsxmpp::transports
