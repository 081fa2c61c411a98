// POSH (RFC 7711) in an attempt: where nobody who is trusted vouches for a server's certificate, the domain's own
// website may.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "upstream/attempt.hpp"
#include "upstream/attempt_text.hpp"
#include "upstream/literal_address.hpp"
#include "upstream/posh.hpp"

namespace wsxmpp::upstream {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A domain that was named has a website; an address has none that could vouch for more than itself.
bool Attempt::asks_posh() const { return route_->route.tls.posh && !domain_.empty() && !literal_address(domain_); }

// Asked once in an attempt; and not again at once by the next one.
void Attempt::on_distrusted(const Dial& dial, Failure failure) {
    distrusted_.emplace(Distrusted{dial.place(), std::move(failure), dial.distrusted(), dial.started()});
    const auto now = steady_clock::now();
    if (!vouches_ && !context_->posh.may_ask(domain_, now)) vouches_ = *context_->posh.find(domain_, now);
    if (vouches_) return on_posh(*vouches_);
    ask_posh();
}

void Attempt::ask_posh() {
    PoshQuestion question;
    question.domain = domain_;
    question.port = context_->options.posh_port;
    if (route_->any_domain)
        question.refusal = [context = context_](const asio::ip::address& address) { return context->refusal(address); };
    question.socks5 = route_->route.socks5;
    question.trust = route_->tls.trust();
    // The other half is for the connection that comes of it.
    question.time =
        std::max(duration_cast<milliseconds>(deadline_.expiry() - steady_clock::now()) / 2, milliseconds{1});
    question.log = log();
    posh_ = upstream::ask_posh(context_->io, context_->resolver, std::move(question),
                               [weak = weak_from_this()](const PoshAnswer& answer) {
                                   const auto self = weak.lock();
                                   if (!self) return;
                                   self->context_->posh.put(self->domain_, answer, steady_clock::now());
                                   self->on_posh(answer);
                                   self->advance();
                               });
}

// The server that was distrusted is connected to again, and now trusted by its certificate; or it has failed.
void Attempt::on_posh(const PoshAnswer& answer) {
    posh_.reset();
    vouches_ = answer;
    trusted_certificates_ = answer.fingerprints;
    Distrusted it = std::move(*std::exchange(distrusted_, std::nullopt));
    const auto& told = answer.fingerprints;
    const bool fits = std::find_first_of(it.fingerprints.begin(), it.fingerprints.end(), told.begin(), told.end()) !=
                      it.fingerprints.end();
    if (fits && !places_[it.place].vouched) {
        log()(LogLevel::debug, "POSH", {{"domain", domain_}, {"result", "the certificate is one of its own"}});
        Place again = places_[it.place];
        again.vouched = true;
        places_.push_back(std::move(again));
        to_dial_.push_front(places_.size() - 1);
        return;
    }
    const std::string why = answer.fault.empty() ? fmt::format("the certificate fits none of the {} fingerprints of {}",
                                                               told.size(), domain_)
                                                 : answer.fault;
    if (answer.fault.empty()) log()(LogLevel::debug, "POSH", {{"domain", domain_}, {"error", why}});
    it.failure.more = "POSH does not help: " + why;
    note(places_[it.place].candidate, std::move(it.failure), it.started);
}

}   // namespace wsxmpp::upstream
