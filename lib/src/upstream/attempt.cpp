#include "upstream/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <utility>

#include "upstream/address_class.hpp"
#include "upstream/proxy_header.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string ms_since(steady_clock::time_point start) {
    return std::to_string(duration_cast<milliseconds>(steady_clock::now() - start).count());
}

std::string_view to_string(Security security) {
    switch (security) {
        case Security::none: return "none";
        case Security::starttls: return "starttls";
        case Security::starttls_if_offered: return "starttls-if-offered";
        case Security::tls: return "tls";
    }
    return {};
}

std::string within(milliseconds time) { return fmt::format("within {:g} s", static_cast<double>(time.count()) / 1e3); }

std::string listed(const std::vector<std::string>& texts, std::string_view separator) {
    return fmt::format("{}", fmt::join(texts, separator));
}

}   // namespace

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

    auto known = known_candidates(*route_, domain_);
    if (!known.empty()) return on_candidates({std::move(known), {}});
    std::error_code no_address;
    asio::ip::make_address(domain_, no_address);
    if (!no_address)
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
    if (is_unix(candidate.host)) {
        try {
            places_.push_back({asio::local::stream_protocol::endpoint{candidate.host}, to_text(candidate), index,
                               candidate.security});
            to_dial_.push_back(places_.size() - 1);
        } catch (const std::system_error& e) {
            note(index, {errc::upstream_unreachable, e.code().message(), to_text(candidate)}, steady_clock::now());
        }
        return advance();
    }
    if (candidate.authenticated)
        ask_for_tlsa(index);
    else
        look_up_addresses(index);
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
    if (!route_->open || context_->options.allow_private) return true;
    const AddressClass kind = classify(address);
    if (kind == AddressClass::global) return true;
    refused_address_ = true;
    log()(LogLevel::debug, "address refused", {{"address", where}, {"class", upstream::to_string(kind)}});
    return false;
}

// --- The race

void Attempt::advance() {
    if (!handler_ || securing_ != nullptr || !may_dial_) return;
    if (!to_dial_.empty()) {
        const std::size_t place = to_dial_.front();
        to_dial_.pop_front();
        return dial(place);
    }
    if (lookup_) return;
    if (next_candidate_ < candidates_.size()) return look_up_next();
    if (racing_.empty()) fail_for_good();
}

void Attempt::dial(std::size_t index) {
    const Place& place = places_[index];
    log()(LogLevel::debug, "connecting", {{"address", place.where}, {"security", to_string(place.security)}});
    std::error_code ec;
    const int fd = transports::begin_connect(place.endpoint, ec);
    if (ec) {
        note(place.candidate, connect_failure(ec, place.where), steady_clock::now());
        return advance();
    }
    racing_.push_back(std::make_shared<Dial>(transports::FreshSocket{context_->io, fd}, plan_for(place), index, *this));
    wait_before_next();
    racing_.back()->start();
}

DialPlan Attempt::plan_for(const Place& place) const {
    const Candidate& candidate = candidates_[place.candidate];
    DialPlan plan;
    plan.where = place.where;
    if (through_proxy(candidate)) plan.socks5.emplace(candidate.host, candidate.port);
    plan.proxy_header = proxy_header_;
    plan.security = place.security;
    plan.domain = asked_.empty() ? secure_name(candidate) : asked_;
    plan.tls = &route_->tls;
    plan.peer.domain = secure_name(candidate);
    plan.peer.direct = place.security == Security::tls;
    if (!candidate.tlsa.empty()) {
        plan.peer.tlsa = candidate.tlsa;
        plan.peer.tlsa_base = candidate.host;
        plan.peer.also = {candidate.host};   // DNSSEC says that it stands for the domain
    }
    plan.peer.session_key = fmt::format("{} {}", plan.peer.domain, to_text(candidate));
    plan.close_timeout = context_->options.close_timeout;
    plan.log = log();
    return plan;
}

// What the certificate must be for: the domain, whatever DNS made of it (RFC 6125 §6.2.1).
const std::string& Attempt::secure_name(const Candidate& candidate) const {
    static const std::string local = "localhost";
    return !domain_.empty() ? domain_ : is_unix(candidate.host) ? local : candidate.host;
}

void Attempt::wait_before_next() {
    may_dial_ = false;
    delay_.expires_after(context_->options.attempt_delay);
    delay_.async_wait([weak = weak_from_this()](std::error_code ec) {
        const auto self = weak.lock();
        if (!self || ec || self->securing_ != nullptr) return;
        self->may_dial_ = true;
        self->advance();
    });
}

// The first that is connected wins; the others are there again if it is of no use.
void Attempt::on_connected(Dial& winner) {
    log()(LogLevel::debug, "connected", {{"address", winner.where()}, {"ms", ms_since(winner.started())}});
    delay_.cancel();
    securing_ = &winner;
    const auto target = candidates_[places_[winner.place()].candidate].target;
    for (auto loser = racing_.rbegin(); loser != racing_.rend(); ++loser) {
        if (loser->get() == &winner) continue;
        (*loser)->cancel();
        to_dial_.push_front((*loser)->place());
        // One that is slower by so much is not asked first for a while.
        const auto& outrun = candidates_[places_[(*loser)->place()].candidate].target;
        const bool had_the_time = (*loser)->started() < winner.started();
        if (outrun && outrun != target && had_the_time) route_->balancer.failed(*outrun, steady_clock::now());
    }
    const auto others = [&winner](const std::shared_ptr<Dial>& dial) { return dial.get() != &winner; };
    racing_.erase(std::remove_if(racing_.begin(), racing_.end(), others), racing_.end());
    winner.secure(time_to_secure());
}

// One that accepts the connection and then says nothing leaves half of the time to the others.
milliseconds Attempt::time_to_secure() const {
    const auto left = duration_cast<milliseconds>(deadline_.expiry() - steady_clock::now());
    const bool alone = to_dial_.empty() && !lookup_ && next_candidate_ == candidates_.size();
    return std::max(alone ? left : left / 2, milliseconds{1});
}

void Attempt::on_ready(Dial& dial) {
    const Place& place = places_[dial.place()];
    const auto& target = candidates_[place.candidate].target;
    log()(LogLevel::debug, "ready",
          {{"server", place.where}, {"security", to_string(place.security)}, {"ms", ms_since(started_)}});
    std::shared_ptr<void> token;
    if (target) {
        route_->balancer.worked(*target);
        token = route_->balancer.count(*target);
    }
    UpstreamResult result;
    result.connection = dial.take(std::move(token));
    result.target = to_text(candidates_[place.candidate]);
    racing_.clear();
    securing_ = nullptr;
    const auto self = shared_from_this();
    stop();
    std::exchange(handler_, nullptr)(std::move(result));
}

void Attempt::on_failed(Dial& dial, Failure failure, bool plain_is_all) {
    const auto self = shared_from_this();
    const std::size_t index = dial.place();
    if (securing_ == &dial) securing_ = nullptr;
    racing_.erase(
        std::find_if(racing_.begin(), racing_.end(), [&dial](const auto& one) { return one.get() == &dial; }));
    may_dial_ = true;   // one that failed need not be waited for
    if (plain_is_all) {
        Place plain = places_[index];
        log()(LogLevel::warning, "the server does not offer STARTTLS: connecting without TLS, as the options allow",
              {{"server", plain.where}});
        plain.security = Security::none;
        places_.push_back(std::move(plain));
        to_dial_.push_front(places_.size() - 1);
    } else {
        note(places_[index].candidate, std::move(failure), dial.started());
    }
    advance();
}

// --- The end

void Attempt::note(std::size_t index, Failure failure, steady_clock::time_point since) {
    log()(LogLevel::debug, "connect failed",
          {{"address", failure.where}, {"error", failure.what}, {"ms", ms_since(since)}});
    if (counts_as_down(index, failure.error)) route_->balancer.failed(*candidates_[index].target, steady_clock::now());
    failures_.push_back(failure.text());
    if (says_more(failure, most_telling_)) most_telling_ = std::move(failure);
}

// Not while another of its addresses may work; nor for what a page brings about by the domain that it names: others
// would be sent elsewhere.
bool Attempt::counts_as_down(std::size_t index, std::error_code ec) const {
    if (!candidates_[index].target || ec == errc::stream_refused || ec == condition::untrusted) return false;
    const auto is_its = [&](std::size_t place) { return places_[place].candidate == index; };
    return std::none_of(to_dial_.begin(), to_dial_.end(), is_its) &&
           std::none_of(racing_.begin(), racing_.end(), [&](const auto& dial) { return is_its(dial->place()); });
}

void Attempt::on_deadline() {
    if (!handler_) return;
    const auto self = shared_from_this();
    const milliseconds budget = context_->options.connect_timeout;
    const bool asking = discovery_ || (lookup_ && racing_.empty());
    for (const auto& dial : racing_)
        note(places_[dial->place()].candidate,
             {errc::connect_timeout, "no answer " + within(budget), places_[dial->place()].where}, dial->started());
    if (asking && !most_telling_.error)
        return fail({errc::dns_timeout, "the DNS servers gave no answer " + within(budget), {}});
    if (!most_telling_.error) most_telling_ = {errc::connect_timeout, "no answer " + within(budget), {}};
    fail_for_good();
}

void Attempt::fail_for_good() {
    const bool not_even_connected =
        most_telling_.error == errc::connection_refused || most_telling_.error == errc::connect_timeout ||
        most_telling_.error == errc::network_unreachable || most_telling_.error == condition::name_resolution_failed;
    if (route_->route.targets.size() > 1 && not_even_connected)
        most_telling_ = {
            errc::upstreams_down, "none of its servers can be connected (" + listed(failures_, "; ") + ")", {}};
    fail(most_telling_);
}

std::string Attempt::subject() const { return asked_.empty() ? "the XMPP server" : asked_; }

// Nothing of the operator's network: where no domain was named, a certificate's text names the server's own address.
std::string Attempt::what_clients_hear(const Failure& failure) const {
    if (failure.error == errc::upstreams_down) return "none of its servers can be connected";
    if (failure.error == condition::untrusted && domain_.empty()) return failure.error.message();
    return failure.what;
}

void Attempt::fail(const Failure& failure) {
    const auto self = shared_from_this();
    stop();
    UpstreamResult result;
    result.error = failure.error;
    result.detail = failure.text();
    if (failure.error == errc::host_unknown)
        result.client_detail = {};
    else if (!context_->options.verbose_errors)
        result.client_detail = subject() + ": " + what_clients_hear(failure);
    if (auto handler = std::exchange(handler_, nullptr)) handler(std::move(result));
}

void Attempt::stop() {
    delay_.cancel();
    deadline_.cancel();
    discovery_.reset();
    lookup_.reset();
    for (const auto& dial : std::exchange(racing_, {})) dial->cancel();
    securing_ = nullptr;
}

}   // namespace wsxmpp::upstream
