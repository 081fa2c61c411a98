#include "upstream/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <utility>

#include "upstream/address_class.hpp"
#include "upstream/attempt_text.hpp"
#include "upstream/literal_address.hpp"
#include "upstream/proxy_header.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

using std::chrono::steady_clock;

std::string_view ServerContext::refusal(const asio::ip::address& address) {
    if (options.allow_private) return {};
    const AddressClass kind = classify(address);
    if (kind != AddressClass::global) return to_string(kind);
    return is_own(address) ? "this machine's own" : std::string_view{};
}

Attempt::Attempt(std::shared_ptr<ServerContext> context, const UpstreamRequest& request,
                 Upstream::ConnectHandler handler)
    : context_{std::move(context)},
      handler_{std::move(handler)},
      asked_{request.domain},
      client_{request.client},
      local_{request.local},
      delay_{context_->io},
      deadline_{context_->io},
      started_{steady_clock::now()} {
    if (request.client_tls != nullptr) client_tls_ = *request.client_tls;
}

Attempt::~Attempt() { stop(); }

void Attempt::start() {
    deadline_.expires_after(context_->options.connect_timeout);
    deadline_.async_wait([weak = weak_from_this()](std::error_code ec) {
        const auto self = weak.lock();
        if (self && !ec) self->on_deadline();
    });
    asio::post(context_->io, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->begin();
    });
}

// --- Where to

void Attempt::begin() {
    auto found = context_->routes.find(asked_);
    if (found.route == nullptr) return fail(found.failure);
    route_ = found.route;
    domain_ = std::move(found.domain);
    const TlsInfo* const client_tls = client_tls_ ? &*client_tls_ : nullptr;
    proxy_header_ = proxy_header(route_->route.proxy_protocol, {domain_, client_, local_, client_tls});

    if (asks_posh())
        if (const PoshAnswer* const said = context_->posh.find(domain_, steady_clock::now()))
            trusted_certificates_ = said->fingerprints;
    auto known = known_candidates(*route_, domain_);
    if (!known.empty()) return on_candidates({std::move(known), {}});
    if (literal_address(domain_))
        return on_candidates({{Candidate{domain_, 5222, Security::starttls}}, {}});   // it has no records to ask for
    discovery_ = discover(context_->resolver, domain_, log(), [weak = weak_from_this()](Candidates candidates) {
        if (const auto self = weak.lock()) self->on_candidates(std::move(candidates));
    });
}

void Attempt::on_candidates(Candidates found) {
    discovery_.reset();
    if (found.list.empty()) return fail(found.failure);
    candidates_ = std::move(found.list);
    if (log().wants(LogLevel::debug)) {
        std::vector<std::string> texts;
        for (const Candidate& candidate : candidates_)
            texts.push_back(fmt::format("{} ({})", to_text(candidate), to_string(candidate.security)));
        log()(LogLevel::debug, "candidates", {{"targets", listed(texts, ", ")}});
    }
    advance();
}

void Attempt::look_up_next() {
    const std::size_t index = next_candidate_++;
    const Candidate& candidate = candidates_[index];
    refused_address_ = false;
    places_before_ = places_.size();
    if (!may_connect_to_port(candidate.port)) {
        note(index,
             {errc::address_refused,
              "its port is one of another service, and clients of this proxy may not choose such", to_text(candidate)},
             steady_clock::now());
    } else if (is_unix(candidate.host)) {
        try {
            places_.push_back({asio::local::stream_protocol::endpoint{candidate.host}, to_text(candidate), index,
                               candidate.security});
            to_dial_.push_back(places_.size() - 1);
        } catch (const std::system_error& e) {
            note(index, {errc::upstream_unreachable, e.code().message(), to_text(candidate)}, steady_clock::now());
        }
    } else if (candidate.authenticated) {
        ask_for_tlsa(index);
    } else {
        look_up_addresses(index);
    }
}

// Where DNSSEC vouches for the way to the server, its certificate may be vouched for in the same way (RFC 7673).
void Attempt::ask_for_tlsa(std::size_t index) {
    const Candidate& candidate = candidates_[index];
    const std::string name = fmt::format("_{}._tcp.{}", candidate.port, candidate.host);
    lookup_ =
        context_->resolver.tlsa(name, [weak = weak_from_this(), index, name](const DnsAnswer<TlsaRecord>& answer) {
            const auto self = weak.lock();
            if (!self) return;
            if (answer.error && answer.error != errc::name_not_found) {
                // Who keeps the answer away may have a reason to (RFC 7673 §3.4).
                self->lookup_.reset();
                self->note(index, {answer.error, "its TLSA records: " + answer.error.message(), name}, self->started_);
                return self->advance();
            }
            if (answer.authenticated) self->candidates_[index].tlsa = answer.records;
            self->log()(LogLevel::debug, "TLSA records",
                        {{"name", name}, {"records", std::to_string(self->candidates_[index].tlsa.size())}});
            self->look_up_addresses(index);
        });
}

void Attempt::look_up_addresses(std::size_t index) {
    const Candidate& candidate = candidates_[index];
    const ServerTarget& socks5 = route_->route.socks5;
    lookup_ = look_up(context_->io, context_->resolver, through_proxy(candidate) ? socks5.host : candidate.host,
                      [weak = weak_from_this(), index](const LookupResult& result) {
                          if (const auto self = weak.lock()) self->on_lookup(index, result);
                      });
}

void Attempt::on_lookup(std::size_t index, const LookupResult& result) {
    const Candidate& candidate = candidates_[index];
    const bool proxied = through_proxy(candidate);
    const std::string& host = proxied ? route_->route.socks5.host : candidate.host;
    if (log().wants(LogLevel::debug)) {
        std::vector<std::string> texts;
        for (const auto& address : result.addresses) texts.push_back(address.to_string());
        if (result.error)
            log()(LogLevel::debug, "addresses", {{"host", host}, {"error", result.error.message()}});
        else if (!texts.empty())
            log()(LogLevel::debug, "addresses", {{"host", host}, {"addresses", listed(texts, ", ")}});
    }
    for (const auto& address : result.addresses) add_address(index, address);
    if (result.error && proxied)
        note(index, {errc::proxy_refused, "the SOCKS5 proxy: " + result.error.message(), host}, started_);
    else if (result.error)
        note(index, {result.error, result.error.message(), host}, started_);
    if (result.last) {
        lookup_.reset();
        if (refused_address_ && places_.size() == places_before_)
            note(index,
                 {errc::address_refused,
                  "its address is not a public one, and clients of this proxy may not choose such", to_text(candidate)},
                 steady_clock::now());
    }
    advance();
}

bool Attempt::through_proxy(const Candidate& candidate) const {
    return !route_->route.socks5.host.empty() && !is_unix(candidate.host);
}

void Attempt::add_address(std::size_t index, const asio::ip::address& address) {
    const Candidate& candidate = candidates_[index];
    const ServerTarget& socks5 = route_->route.socks5;
    const bool proxied = through_proxy(candidate);
    const std::string& host = proxied ? socks5.host : candidate.host;
    const std::uint16_t port = proxied ? socks5.port : candidate.port;
    const std::string numbers = address.to_string();
    std::string where = to_text(candidate);
    if (proxied)
        where += " through " + to_text(socks5);
    else if (host != numbers)
        where += " (" + numbers + ")";
    if (!proxied && !may_connect_to(address, where)) return;
    places_.push_back({asio::ip::tcp::endpoint{address, port}, std::move(where), index, candidate.security});
    to_dial_.push_back(places_.size() - 1);
}

// The address that was looked up is the one that is connected to: what DNS says a moment later does not matter.
bool Attempt::may_connect_to(const asio::ip::address& address, const std::string& where) {
    const std::string_view refusal = route_->open ? context_->refusal(address) : std::string_view{};
    if (refusal.empty()) return true;
    refused_address_ = true;
    log()(LogLevel::debug, "address refused", {{"address", where}, {"class", refusal}});
    return false;
}

// What DNS says leads to mail, shells and the like, which a page must not speak to under this machine's address. XMPP
// is also at the Web's ports, where firewalls let it pass (XEP-0368 §3).
bool Attempt::may_connect_to_port(std::uint16_t port) const {
    constexpr std::uint16_t first_registered = 1024;   // RFC 6335 §6: below are the system ports
    return !route_->open || context_->options.allow_private || port >= first_registered || port == 80 || port == 443;
}

}   // namespace wsxmpp::upstream
