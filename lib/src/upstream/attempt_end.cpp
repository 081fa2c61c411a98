// How an attempt fails, and what is told of it.
#include <algorithm>
#include <utility>

#include "upstream/attempt.hpp"
#include "upstream/attempt_text.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void Attempt::note(std::size_t index, Failure failure, steady_clock::time_point since) {
    log()(LogLevel::debug, "connect failed",
          {{"address", failure.where}, {"error", failure.what}, {"ms", ms_since(since)}});
    if (counts_as_down(index, failure.error)) route_->balancer.failed(*candidates_[index].target, steady_clock::now());
    failures_.push_back(failure.text());
    if (!says_more(failure, most_telling_)) return;
    most_telling_ = std::move(failure);
    failed_target_ = to_text(candidates_[index]);
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
    if (distrusted_) on_posh({"no answer in time", {}, {}});
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
    result.domain_is_served = route_ != nullptr && !route_->any_domain;
    if (route_ != nullptr && !route_->open) result.target = failed_target_;
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
    posh_.reset();
    for (const auto& dial : std::exchange(racing_, {})) dial->cancel();
    securing_ = nullptr;
}

}   // namespace wsxmpp::upstream
