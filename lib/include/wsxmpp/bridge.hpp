// Bridge: joins one Listener to one Upstream, and runs a session for each connection accepted.
//
//     asio::io_context io;
//     auto listener = std::make_unique<wsxmpp::WebSocketListener>(io, listener_options);
//     auto upstream = std::make_shared<wsxmpp::ServerUpstream>(io, wsxmpp::ServerTarget{"localhost", 5222});
//     wsxmpp::Bridge bridge{io, std::move(listener), upstream};
//     bridge.start();
//     io.run();
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsxmpp/filter.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/limits.hpp"
#include "wsxmpp/listener.hpp"
#include "wsxmpp/log.hpp"
#include "wsxmpp/upstream.hpp"

namespace wsxmpp {

struct BridgeOptions {
    Framing framing = Framing::automatic;
    Limits client_limits;   // of what a client sends: over one, policy-violation
    Limits server_limits{4'194'304, 256,
                         256};   // of what a server sends (a roster of 10 000 is 1 MB): over one, the session ends

    std::chrono::milliseconds open_timeout{10'000};     // to the client's first message; then connection-timeout
    std::chrono::milliseconds answer_timeout{15'000};   // to the server's stream header; then remote-server-timeout
    std::chrono::milliseconds close_timeout{5'000};     // each wait of a close handshake

    std::string see_other_uri;   // told to the clients that drain() and stop() send away (RFC 7395 §3.6.1); empty: none

    // The same certificate stands on both sides of the proxy, so that a login may be bound to it (tls-server-end-point,
    // RFC 5929 §4): the -PLUS mechanisms and that type (XEP-0440) stay in the features. False: clients see neither,
    // because a binding to their own TLS, which ends here, can only fail.
    bool keep_tls_server_end_point = false;

    // Called on the bridge's thread each time three quarters of the sessions have gone: the moment to hand the memory
    // they left back to the system, if one wants to: glibc keeps it (malloc_trim). Must not throw; empty: nobody is
    // called.
    std::function<void()> on_many_gone;

    std::vector<std::shared_ptr<Filter>> filters;   // asked in this order; the first that does not pass decides
    Log log;   // info: one line a session as it ends; trace: every element, credentials redacted
};

// One session, as it is now: for a list that an operator reads.
struct SessionView {
    std::uint64_t id = 0;   // as in log lines; unique in the process
    std::string client;     // Connection::peer() of the client
    std::string server;     // Connection::peer() of the server; empty before it is connected
    std::string domain;     // the `to` of the first stream header; may be empty
    std::string framing;    // "rfc7395", "legacy", "raw"; empty before it is known
    std::string state;      // "waiting", "connecting", "negotiating", "logged in", "closing"
    std::chrono::milliseconds age{0};
    std::uint64_t messages_from_client = 0;
    std::uint64_t messages_from_server = 0;
    std::uint64_t bytes_from_client = 0;   // payload of messages
    std::uint64_t bytes_from_server = 0;
};

// What has passed since start(), ended sessions included.
struct BridgeStats {
    std::uint64_t sessions_accepted = 0;
    std::uint64_t sessions_failed = 0;      // ended by an error
    std::uint64_t bytes_from_clients = 0;   // payload of messages
    std::uint64_t bytes_from_servers = 0;
};

// Used on the thread that runs the io_context, which must be one thread. Sessions live on after the Bridge is gone
// only until they have closed; destroying it aborts them.
class Bridge {
public:
    Bridge(asio::io_context& io, std::unique_ptr<Listener> listener, std::shared_ptr<Upstream> upstream,
           BridgeOptions options = {});
    ~Bridge();
    Bridge(Bridge&&) noexcept;
    Bridge& operator=(Bridge&&) noexcept;

    // Starts to accept.
    void start();

    // Accepts no more, and waits until the sessions have ended by themselves; those left after `grace` are ended as
    // stop() does. `done` is called once all have ended, never from inside drain().
    void drain(std::chrono::milliseconds grace, std::function<void()> done = {});

    // Accepts no more and ends every session: the client gets a system-shutdown stream error, the server a lost
    // connection, so that a session with stream management can be resumed elsewhere (XEP-0198 §5).
    void stop(std::function<void()> done = {});

    std::size_t sessions() const noexcept;   // sessions open now
    std::vector<SessionView> session_views() const;
    // Ends one as an operator does: the client hears policy-violation with a text that says so. False: there is none of
    // that id.
    bool close_session(std::uint64_t id);
    BridgeStats stats() const noexcept;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}   // namespace wsxmpp
