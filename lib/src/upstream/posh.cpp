#include "upstream/posh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <utility>
#include <vector>

#include "upstream/attempt_text.hpp"
#include "upstream/https_get.hpp"
#include "upstream/lookup.hpp"
#include "upstream/posh_document.hpp"

namespace wsxmpp::upstream {

namespace {

// §8: the service's name in SRV records, also for direct TLS, which IANA's registry of POSH does not know apart.
constexpr auto well_known = "/.well-known/posh/xmpp-client.json";

class Posh : public std::enable_shared_from_this<Posh> {
public:
    Posh(asio::io_context& io, Resolver& resolver, PoshQuestion question, std::function<void(PoshAnswer)> handler)
        : io_{io},
          resolver_{resolver},
          question_{std::move(question)},
          handler_{std::move(handler)},
          deadline_{io},
          url_{question_.domain, well_known} {}

    void start() {
        deadline_.expires_after(question_.time);
        deadline_.async_wait([weak = weak_from_this()](std::error_code ec) {
            const auto self = weak.lock();
            if (self && !ec) self->fail("no answer " + within(self->question_.time));
        });
        look_up_host();
    }

private:
    bool proxied() const { return !question_.socks5.host.empty(); }

    void look_up_host() {
        addresses_.clear();
        refused_ = false;
        step_ = look_up(io_, resolver_, proxied() ? question_.socks5.host : url_.host,
                        [weak = weak_from_this()](const LookupResult& result) {
                            if (const auto self = weak.lock()) self->on_lookup(result);
                        });
    }

    void on_lookup(const LookupResult& result) {
        std::copy_if(result.addresses.begin(), result.addresses.end(), std::back_inserter(addresses_),
                     [this](const auto& address) { return may_connect_to(address); });
        if (!result.last) return;
        if (!addresses_.empty()) return fetch();
        fail(refused_ ? "its address is not a public one, and clients of this proxy may not choose such"
                      : result.error.message());
    }

    bool may_connect_to(const asio::ip::address& address) {
        const std::string_view refusal =
            proxied() || !question_.refusal ? std::string_view{} : question_.refusal(address);
        if (refusal.empty()) return true;
        refused_ = true;
        question_.log(LogLevel::debug, "address refused",
                      {{"address", url_.host + " (" + address.to_string() + ")"}, {"class", refusal}});
        return false;
    }

    void fetch() {
        HttpsRequest request;
        request.host = url_.host;
        request.port = question_.port;
        request.target = url_.target;
        request.addresses = std::move(addresses_);
        request.socks5 = question_.socks5;
        request.trust = question_.trust;
        step_ = https_get(io_, std::move(request), [weak = weak_from_this()](const HttpsAnswer& answer) {
            if (const auto self = weak.lock()) self->on_answer(answer);
        });
    }

    void on_answer(const HttpsAnswer& answer) {
        if (!answer.fault.empty()) return fail(answer.fault);
        PoshDocument document = parse_posh(answer.body);
        if (!document.fault.empty()) return fail("its document cannot be used: " + document.fault);
        if (document.url && referred_) return fail("a document that was referred to refers to another one");
        // §6: the lower of the two
        expires_ = referred_ ? std::min(expires_, document.expires) : document.expires;
        const auto seconds = document.expires.count();
        if (document.url) {
            tell("result", fmt::format("refers to {}, for {} s", to_text(*document.url), seconds));
            referred_ = true;
            url_ = std::move(*document.url);
            return look_up_host();
        }
        tell("result", fmt::format("{} fingerprints, for {} s", document.fingerprints.size(), seconds));
        finish({{}, std::move(document.fingerprints), expires_});
    }

    void tell(std::string_view key, const std::string& what) const {
        question_.log(LogLevel::debug, "POSH", {{"url", to_text(url_)}, {key, what}});
    }

    void fail(const std::string& fault) {
        tell("error", fault);
        finish({to_text(url_) + ": " + fault, {}, {}});
    }

    // The handler may drop us.
    void finish(PoshAnswer answer) {
        const auto self = shared_from_this();
        deadline_.cancel();
        step_.reset();
        if (auto handler = std::exchange(handler_, nullptr)) handler(std::move(answer));
    }

    asio::io_context& io_;
    Resolver& resolver_;
    PoshQuestion question_;
    std::function<void(PoshAnswer)> handler_;   // empty: called
    asio::steady_timer deadline_;
    HttpsUrl url_;
    bool referred_ = false;
    std::chrono::seconds expires_{};
    std::vector<asio::ip::address> addresses_;
    bool refused_ = false;
    std::shared_ptr<void> step_;   // a lookup, or a GET
};

}   // namespace

std::shared_ptr<void> ask_posh(asio::io_context& io, Resolver& resolver, PoshQuestion question,
                               std::function<void(PoshAnswer)> handler) {
    auto posh = std::make_shared<Posh>(io, resolver, std::move(question), std::move(handler));
    posh->start();
    return posh;
}

}   // namespace wsxmpp::upstream
