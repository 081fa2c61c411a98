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
#include "wsxmpp/metrics.hpp"
#include "wsxmpp/upstream.hpp"

namespace wsxmpp {

struct BridgeOptions {
    Framing framing = Framing::automatic;
    // Of what a client sends: over one, policy-violation. An element of more than 1 GiB is too large in any case.
    Limits client_limits;
    Limits server_limits{4'194'304, 256,
                         256};   // of what a server sends (a roster of 10 000 is 1 MB): over one, the session ends

    // Until a client has logged in, a message may have no more bytes: over it, policy-violation. 8 KiB hold any
    // password or SCRAM; tokens of Kerberos may need more. Not with Framing::raw, where nobody knows.
    std::size_t max_element_before_login = 8'192;

    // Of what a client sends. What people write stays far below: the servers' own limits are of 10 kB (Prosody) and 3
    // kB (ejabberd) a second; what this one is there for is that no client takes a core, or the line, from the others.
    RateLimits client_rate;

    std::chrono::milliseconds open_timeout{10'000};     // to the client's first message; then connection-timeout
    std::chrono::milliseconds answer_timeout{15'000};   // to the server's stream header; then remote-server-timeout
    // From the server's first stream header, when a client can begin to log in, until it has: then connection-timeout.
    // It has when the server sends <success/> (RFC 6120 §6.4.6, XEP-0388), or what only those get who are logged in,
    // such as the answer to a jabber:iq:auth (XEP-0078), a message or a presence. Not with Framing::raw.
    std::chrono::milliseconds login_timeout{60'000};
    std::chrono::milliseconds close_timeout{5'000};   // each wait of a close handshake

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
    std::string
        state;   // to_string() of its SessionState: "waiting", "connecting", "negotiating", "logged in", "closing"
    std::chrono::milliseconds age{0};
    std::uint64_t messages_from_client = 0;   // WebSocket messages
    std::uint64_t messages_from_server = 0;   // those that it led to
    std::uint64_t bytes_from_client = 0;      // payload of messages
    std::uint64_t bytes_from_server = 0;      // of the stream
};

// What has passed since start(), ended sessions included.
struct BridgeStats {
    std::uint64_t sessions_accepted = 0;
    std::uint64_t sessions_failed = 0;      // ended by an error
    std::uint64_t bytes_from_clients = 0;   // payload of messages
    std::uint64_t bytes_from_servers = 0;   // of the stream
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

    std::size_t sessions() const noexcept;            // sessions open now
    std::vector<SessionView> session_views() const;   // of them all
    // Ends one as an operator does: the client hears policy-violation with a text that says so. False: there is none of
    // that id.
    bool close_session(std::uint64_t id);
    BridgeStats stats() const noexcept;

    // What is counted, for any thread to read, and longer than the bridge lives. What open sessions have sent, and the
    // sizes of elements, are in it as of the latest update_metrics(): to count them there as they pass would cost more.
    std::shared_ptr<const Metrics> metrics() const noexcept;
    void update_metrics() const noexcept;   // some 10 ns a session; session_views() and stats() do it too

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}   // namespace wsxmpp
