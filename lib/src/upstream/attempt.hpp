// One attempt to reach the server of a client's domain, from the domain to a connection that a stream can be opened on:
//
//     route ─▶ candidates ─▶ addresses ─▶ race of connections ─▶ securing the first ─▶ done
//              (discovery)   (lookup)     (RFC 8305; dial)       (dial)
//                   ▲             ▲                │                  │
//                   └─────────────┴──── failed ────┴──────────────────┘    the next address, the next candidate;
//                                                                            or the same again, if POSH vouches for it
//
// One budget for all of it.
#pragma once

#include <asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "upstream/dial.hpp"
#include "upstream/discovery.hpp"
#include "upstream/lookup.hpp"
#include "upstream/own_address.hpp"
#include "upstream/posh_cache.hpp"
#include "upstream/routes.hpp"

namespace wsxmpp::upstream {

// What all attempts of one ServerUpstream share.
struct ServerContext {
    asio::io_context& io;
    Routes routes;
    Resolver resolver;
    ServerUpstreamOptions options;
    PoshCache posh = {};
    std::function<bool(const asio::ip::address&)> is_own = is_own_address;

    // Why clients who choose the domain are not led to `address`: "private"; empty: they may be.
    std::string_view refusal(const asio::ip::address& address);
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
        bool vouched = false;   // it is there for the second time, since POSH vouches for its server
    };

    void begin();
    void on_candidates(Candidates found);
    void look_up_next();
    void ask_for_tlsa(std::size_t candidate);
    void look_up_addresses(std::size_t candidate);
    void on_lookup(std::size_t candidate, const LookupResult& result);
    void add_address(std::size_t candidate, const asio::ip::address& address);
    bool may_connect_to(const asio::ip::address& address, const std::string& where);
    bool may_connect_to_port(std::uint16_t port) const;

    void advance();
    bool may_go_on() const;
    void dial(std::size_t place);
    DialPlan plan_for(const Place& place) const;
    void on_connected(Dial& dial) override;
    void on_ready(Dial& dial) override;
    void on_failed(Dial& dial, Failure failure, bool plain_is_all) override;
    bool asks_posh() const;
    void on_distrusted(const Dial& dial, Failure failure);
    void ask_posh();
    void on_posh(const PoshAnswer& answer);
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
    bool advancing_ = false;

    // A server whose certificate nobody who is trusted vouches for (POSH, RFC 7711).
    struct Distrusted {
        std::size_t place;
        Failure failure;
        std::vector<std::string> fingerprints;   // the certificate's
        std::chrono::steady_clock::time_point started;
    };
    std::optional<Distrusted> distrusted_;            // while its domain is asked
    std::shared_ptr<void> posh_;                      // the question
    std::optional<PoshAnswer> vouches_;               // what came of it
    std::vector<std::string> trusted_certificates_;   // by fingerprints that the domain has told, now or earlier

    asio::steady_timer delay_;
    asio::steady_timer deadline_;
    std::chrono::steady_clock::time_point started_;
    Failure most_telling_;
    std::string failed_target_;           // whose it is
    std::vector<std::string> failures_;   // all of them, in words
};

}   // namespace wsxmpp::upstream
