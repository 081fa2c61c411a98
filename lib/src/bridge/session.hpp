// A session: runs a Relay on two connections. What the relay wants written goes to them, what they bring goes to it;
// here are backpressure, time and the log line.
//
// Owned by its connections, as their receiver, until both have closed.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/relay.hpp"
#include "wsxmpp/bridge.hpp"

namespace wsxmpp {

class Session;

// What the sessions of a bridge share.
struct SessionContext {
    asio::io_context& io;
    std::shared_ptr<Upstream> upstream;
    BridgeOptions options;
    core::RelayOptions relay;
    BridgeStats stats;
    std::vector<Session*> sessions;
    std::function<void()> on_session_closed;   // reset when the bridge is gone
};

// The receiver of one of a session's connections.
template <bool is_client>
class SessionSide : public Receiver {
    void on_data(std::string_view data) final;
    void on_read_end() final;
    void on_end(std::error_code reason, std::string_view detail) final;
    void on_writable() final;
    void on_closed() final;

protected:
    ~SessionSide() = default;
};
using ClientSide = SessionSide<true>;
using ServerSide = SessionSide<false>;

class Session final : public std::enable_shared_from_this<Session>,
                      private core::RelayOutput,
                      private ClientSide,
                      private ServerSide {
public:
    Session(std::shared_ptr<SessionContext> context, std::uint64_t id, std::shared_ptr<Connection> client);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start();
    void shut_down();   // tells the client, and closes
    void abort();       // tells nobody

private:
    template <bool is_client>
    friend class SessionSide;

    // What an idle session does not have: something it waits for, and an end.
    struct Passing {
        std::shared_ptr<void> connecting;
        core::Wait waiting_for = core::Wait::nothing;
        std::unique_ptr<asio::steady_timer> timer;   // holds the session weakly
        std::error_code end_code;
        std::uint16_t close_code = 0;
        std::string end_reason;
        std::string failure;   // why there was no connection, when that is more than the client was told
        std::string peer;      // once the client's connection is gone
    };

    void to_client(std::initializer_list<std::string_view> pieces) override;
    void to_server(std::initializer_list<std::string_view> pieces) override;
    void pass_to_server(std::string_view part) override;
    void connect(std::string_view domain) override;
    void wait_for(core::Wait what) override;
    void end(std::error_code ec, std::uint16_t close_code, std::string_view reason) override;
    Verdict on_element(Direction direction, const Element& element) override;
    std::string make_stream_id() override;

    Verdict ask_filters(Direction direction, const Element& element);
    void on_connect(UpstreamResult result);
    void on_timeout();
    void flush();
    void close();
    void pause(bool& paused, bool wanted, Connection& connection);
    Passing& passing();
    bool is_connecting() const { return passing_ != nullptr && passing_->connecting != nullptr; }
    std::string peer() const { return client_ ? client_->peer() : passing_->peer; }
    void on_one_closed();
    void leave();

    static constexpr std::uint32_t gone = UINT32_MAX;

    const std::shared_ptr<SessionContext> context_;
    const std::uint64_t id_;
    std::shared_ptr<Connection> client_;
    std::shared_ptr<Connection> server_;   // empty before it is connected, and after it has closed
    core::Relay relay_;
    std::unique_ptr<Passing> passing_;   // made by passing()
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::uint64_t bytes_from_client_ = 0;
    std::uint64_t bytes_from_server_ = 0;
    std::uint32_t index_;   // in context_->sessions, or gone
    bool client_paused_ = false;
    bool server_paused_ = false;
    bool client_blocked_ = false;   // it has not taken all that was written
    bool server_blocked_ = false;
};

}   // namespace wsxmpp
