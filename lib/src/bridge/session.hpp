// A session: runs a Relay on two connections. What the relay wants written goes to them, what they bring goes to it;
// here are backpressure, time and the log line.
//
// Owned by its Bridge and by its connections' pending operations, until both connections have closed. Its timer holds
// it weakly.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/relay.hpp"
#include "wsxmpp/bridge.hpp"

namespace wsxmpp {

// What the sessions of a bridge share.
struct SessionContext {
    asio::io_context& io;
    std::shared_ptr<Upstream> upstream;
    BridgeOptions options;
    BridgeStats stats;
    std::function<void(std::uint64_t id)> on_session_closed;   // reset when the bridge is gone
};

class Session final : public std::enable_shared_from_this<Session>, private core::RelayOutput {
public:
    Session(std::shared_ptr<SessionContext> context, std::uint64_t id, std::shared_ptr<Connection> client);

    void start();
    void shut_down();   // tells the client, and closes
    void abort();       // tells nobody

private:
    // Each side's receiver; they differ in what they call, and share the session's lifetime.
    struct ClientSide final : Receiver {
        explicit ClientSide(Session& s) : session{s} {}
        void on_data(std::string_view data) override;
        void on_read_end() override;
        void on_end(std::error_code reason, std::string_view detail) override;
        void on_writable() override;
        void on_closed() override;
        Session& session;
    };
    struct ServerSide final : Receiver {
        explicit ServerSide(Session& s) : session{s} {}
        void on_data(std::string_view data) override;
        void on_read_end() override;
        void on_end(std::error_code reason, std::string_view detail) override;
        void on_writable() override;
        void on_closed() override;
        Session& session;
    };

    void to_client(std::initializer_list<std::string_view> pieces) override;
    void to_server(std::initializer_list<std::string_view> pieces) override;
    void pass_to_server(std::string_view part) override;
    void connect(std::string_view domain) override;
    void wait_for(core::Wait what) override;
    void end(std::error_code ec, std::uint16_t close_code, std::string_view reason) override;
    Verdict on_element(Direction direction, const Element& element) override;
    std::string make_stream_id() override;

    void on_connect(std::error_code ec, std::string_view detail, std::shared_ptr<Connection> server);
    void on_timeout();
    void flush();
    void set_paused(bool& paused, bool wanted, const std::shared_ptr<Connection>& connection);
    void on_one_closed();

    const std::shared_ptr<SessionContext> context_;
    const std::uint64_t id_;
    ClientSide client_side_{*this};
    ServerSide server_side_{*this};
    std::shared_ptr<Connection> client_;
    std::shared_ptr<Connection> server_;   // empty before it is connected, and after it has closed
    std::shared_ptr<void> connecting_;
    core::Relay relay_;
    asio::steady_timer timer_;
    core::Wait waiting_for_ = core::Wait::nothing;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::string peer_;
    std::uint64_t bytes_from_client_ = 0;
    std::uint64_t bytes_from_server_ = 0;
    bool client_paused_ = false;
    bool server_paused_ = false;
    bool client_blocked_ = false;   // it has not taken all that was written
    bool server_blocked_ = false;
    // How it ended
    std::error_code end_code_;
    std::uint16_t close_code_ = 0;
    std::string end_reason_;
};

}   // namespace wsxmpp
