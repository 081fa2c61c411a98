// One attempt to reach the server of a client's domain, from the domain to a connection that a stream can be opened on:
//
//     route ─▶ candidates ─▶ addresses ─▶ race of connections ─▶ securing the first ─▶ done
//              (discovery)   (lookup)     (RFC 8305; dial)       (dial)
//                   ▲             ▲                │                  │
//                   └─────────────┴──── failed ────┴──────────────────┘    the next address, the next candidate
//
// One budget for all of it.
#pragma once

#include <asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "upstream/dial.hpp"
#include "upstream/discovery.hpp"
#include "upstream/lookup.hpp"
#include "upstream/routes.hpp"

namespace wsxmpp::upstream {

// What all attempts of one ServerUpstream share.
struct ServerContext {
    asio::io_context& io;
    Routes routes;
    Resolver resolver;
    ServerUpstreamOptions options;
};

// Owned by the handle that connect() returns.
class Attempt final : public std::enable_shared_from_this<Attempt>, public DialOwner {
public:
    Attempt(std::shared_ptr<ServerContext> context, const UpstreamRequest& request, Upstream::ConnectHandler handler);
    ~Attempt();

    void start();

private:
    // An address of a candidate.
    struct Place {
        transports::StreamEndpoint endpoint;
        std::string where;
        std::size_t candidate;
        Security security;
    };

    void begin();
    void on_candidates(Candidates found);
    void look_up_next();
    void ask_for_tlsa(std::size_t candidate);
    void look_up_addresses(std::size_t candidate);
    void on_lookup(std::size_t candidate, const LookupResult& result);
    void add_address(std::size_t candidate, const asio::ip::address& address);
    bool may_connect_to(const asio::ip::address& address, const std::string& where);

    void advance();
    void dial(std::size_t place);
    DialPlan plan_for(const Place& place) const;
    void on_connected(Dial& dial) override;
    void on_ready(Dial& dial) override;
    void on_failed(Dial& dial, Failure failure, bool plain_is_all) override;
    void wait_before_next();
    std::chrono::milliseconds time_to_secure() const;

    // `since`: of what took so long to fail.
    void note(std::size_t candidate, Failure failure, std::chrono::steady_clock::time_point since);
    bool counts_as_down(std::size_t candidate, std::error_code ec) const;
    void on_deadline();
    void fail_for_good();
    void fail(const Failure& failure);
    void stop();
    std::string subject() const;
    std::string what_clients_hear(const Failure& failure) const;
    bool through_proxy(const Candidate& candidate) const;
    const Log& log() const { return context_->options.log; }
    const std::string& secure_name(const Candidate& candidate) const;

    std::shared_ptr<ServerContext> context_;
    Upstream::ConnectHandler handler_;   // empty: called
    std::string asked_;                  // the domain as the client wrote it
    std::string domain_;                 // ASCII
    std::string client_, local_;
    std::optional<TlsInfo> client_tls_;
    ServedRoute* route_ = nullptr;
    std::string proxy_header_;

    std::shared_ptr<void> discovery_;
    std::vector<Candidate> candidates_;
    std::size_t next_candidate_ = 0;
    std::shared_ptr<void> lookup_;    // of the last candidate that was begun with; empty: it is known
    bool refused_address_ = false;    // of that candidate
    std::size_t places_before_ = 0;   // that candidate's addresses

    std::vector<Place> places_;
    std::deque<std::size_t> to_dial_;             // of places_, in order
    std::vector<std::shared_ptr<Dial>> racing_;   // in the order they were begun
    Dial* securing_ = nullptr;                    // one of racing_, the only one then
    bool may_dial_ = true;                        // none was begun less than attempt_delay ago

    asio::steady_timer delay_;
    asio::steady_timer deadline_;
    std::chrono::steady_clock::time_point started_;
    Failure most_telling_;
    std::vector<std::string> failures_;   // all of them, in words
};

}   // namespace wsxmpp::upstream
