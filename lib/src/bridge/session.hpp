// A session: runs a Relay on two connections. What the relay wants written goes to them, what they bring goes to it;
// here are backpressure, time and the log line.
//
// Owned by its connections, as their receiver, until both have closed.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "bridge/session_context.hpp"
#include "bridge/session_counts.hpp"
#include "core/relay.hpp"
#include "wsxmpp/bridge.hpp"

namespace wsxmpp {

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
    void close_by_operator();

    std::uint64_t id() const { return id_; }
    SessionView view() const;
    TrafficSum traffic() const;
    // It has a server and a domain among those of Metrics.
    bool is_grouped() const { return server_group_ != no_group; }
    std::size_t server_group() const { return server_group_; }
    std::size_t domain_group() const { return domain_group_; }

private:
    template <bool is_client>
    friend class SessionSide;

    enum Flag : std::uint8_t {
        client_paused = 1,
        server_paused = 2,
        client_blocked = 4,   // it has not taken all that was written
        server_blocked = 8,
    };

    // What an idle session does not have: something it waits for, and an end.
    struct Passing {
        std::shared_ptr<void> connecting;
        std::chrono::steady_clock::time_point connecting_since;
        std::unique_ptr<asio::steady_timer> rate_timer;   // runs while the client has sent too much, and is not read
        core::Wait waiting_for = core::Wait::nothing;
        std::unique_ptr<asio::steady_timer> timer;   // holds the session weakly
        std::error_code end_code;
        std::uint16_t close_code = 0;
        std::string end_reason;
        std::string failure;         // why there was no connection, when that is more than the client was told
        std::string failed_target;   // the server that could not be connected
        std::string peer;            // once the client's connection is gone
    };

    void to_client(std::initializer_list<std::string_view> pieces) override;
    void to_server(std::initializer_list<std::string_view> pieces) override;
    void pass_to_server(std::string_view part) override;
    void connect(std::string_view domain) override;
    void wait_for(core::Wait what) override;
    void logged_in() override;
    void end(std::error_code ec, std::uint16_t close_code, std::string_view reason) override;
    Verdict on_element(Direction direction, const Element& element) override;
    std::string make_stream_id() override;

    [[gnu::cold]] void to_client_and_carry(std::initializer_list<std::string_view> pieces);
    Verdict show_element(Direction direction, const Element& element);
    void on_connect(UpstreamResult result);
    void on_timeout();
    void flush();
    void close();
    void regulate();
    void pause(Flag paused, bool wanted, Connection& connection);
    bool is(Flag flag) const { return (flags_ & flag) != 0; }
    Passing& passing();
    bool must_wait() const { return passing_ != nullptr && (passing_->connecting || passing_->rate_timer); }
    void set_state(SessionState state);
    void stop_waiting();
    void join_groups(const UpstreamResult& result);
    void count_unconnected(const UpstreamResult& result);
    void count_failure(std::error_code ec);
    void slow_down();
    void wait_for_allowance(std::chrono::microseconds time);
    void on_allowance();
    void count_limit(std::error_code ec);
    static std::chrono::microseconds since(std::chrono::steady_clock::time_point begin);
    std::string upstream_name() const;
    std::string peer() const { return client_ ? client_->peer() : passing_->peer; }
    void on_one_closed();
    void leave();

    static constexpr std::uint32_t gone = UINT32_MAX;
    static constexpr std::uint8_t no_group = UINT8_MAX;

    const std::shared_ptr<SessionContext> context_;
    const std::uint64_t id_;
    std::shared_ptr<Connection> client_;
    std::shared_ptr<Connection> server_;   // empty before it is connected, and after it has closed
    core::Relay relay_;
    std::unique_ptr<Passing> passing_;   // made by passing()
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    SessionCounts counts_;
    std::uint32_t index_;      // in context_->sessions, or gone
    std::uint8_t flags_ = 0;   // of Flag
    SessionState state_ = SessionState::waiting;
    std::uint8_t server_group_ = no_group;   // of Metrics
    std::uint8_t domain_group_ = no_group;
};

}   // namespace wsxmpp
