// The race of an attempt's addresses, and the securing of the first that is connected.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "upstream/attempt.hpp"
#include "upstream/attempt_text.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Goes on with what is next. In a loop: a thousand addresses that fail at once must not be a thousand calls deep.
void Attempt::advance() {
    if (std::exchange(advancing_, true)) return;   // whoever called us goes on
    const auto self = shared_from_this();
    while (may_go_on()) {
        if (!to_dial_.empty()) {
            const std::size_t place = to_dial_.front();
            to_dial_.pop_front();
            dial(place);
        } else if (lookup_) {
            break;
        } else if (next_candidate_ < candidates_.size()) {
            look_up_next();
        } else {
            if (racing_.empty()) fail_for_good();
            break;
        }
    }
    advancing_ = false;
}

bool Attempt::may_go_on() const { return handler_ && securing_ == nullptr && may_dial_ && !posh_; }

void Attempt::dial(std::size_t index) {
    const Place& place = places_[index];
    log()(LogLevel::debug, "connecting", {{"address", place.where}, {"security", to_string(place.security)}});
    std::error_code ec;
    const int fd = transports::begin_connect(place.endpoint, ec);
    if (ec) return note(place.candidate, connect_failure(ec, place.where), steady_clock::now());
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
    } else {
        plan.peer.fingerprints = trusted_certificates_;
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
    } else if (!dial.distrusted().empty() && asks_posh()) {
        on_distrusted(dial, std::move(failure));
    } else {
        note(places_[index].candidate, std::move(failure), dial.started());
    }
    advance();
}

}   // namespace wsxmpp::upstream
