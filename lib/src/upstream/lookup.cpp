#include "upstream/lookup.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

constexpr std::chrono::milliseconds resolution_delay{50};   // RFC 8305 §3

using Addresses = std::vector<asio::ip::address>;
using Answer = DnsAnswer<asio::ip::address>;

Addresses in_turns(const Addresses& v6, const Addresses& v4) {
    Addresses all;
    for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
        if (i < v6.size()) all.push_back(v6[i]);
        if (i < v4.size()) all.push_back(v4[i]);
    }
    return all;
}

class Lookup : public std::enable_shared_from_this<Lookup> {
public:
    Lookup(asio::io_context& io, std::function<void(LookupResult)> handler)
        : timer_{io}, handler_{std::move(handler)} {}

    void start(Resolver& resolver, const std::string& host) {
        v6_.question = ask(resolver, host, Family::v6, v6_);
        v4_.question = ask(resolver, host, Family::v4, v4_);
    }

private:
    struct Side {
        std::shared_ptr<void> question;
        std::optional<Answer> answer;
        bool told = false;
    };

    std::shared_ptr<void> ask(Resolver& resolver, const std::string& host, Family family, Side& side) {
        return resolver.addresses(host, family, [weak = weak_from_this(), &side](Answer answer) {
            const auto self = weak.lock();
            if (!self) return;
            side.answer = std::move(answer);
            self->on_answer();
        });
    }

    void on_answer() {
        if (v6_.answer) return tell();
        timer_.expires_after(resolution_delay);
        timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
            const auto self = weak.lock();
            if (self && !ec && !self->v6_.answer) self->tell();
        });
    }

    void tell() {
        timer_.cancel();
        LookupResult result;
        result.last = v6_.answer && v4_.answer;
        result.addresses = in_turns(take(v6_), take(v4_));
        found_ = found_ || !result.addresses.empty();
        if (result.last) {
            result.authenticated = v6_.answer->authenticated && v4_.answer->authenticated;
            if (!found_) result.error = why_none();
        }
        if (result.addresses.empty() && !result.last) return;
        // The handler may drop us.
        const auto self = shared_from_this();
        handler_(std::move(result));
    }

    static Addresses take(Side& side) {
        if (!side.answer || std::exchange(side.told, true)) return {};
        return side.answer->records;
    }

    // One family that answers "none" and one that fails is a failure: there may be an address.
    std::error_code why_none() const {
        for (const Side* side : {&v4_, &v6_})
            if (side->answer->error && side->answer->error != errc::name_not_found) return side->answer->error;
        const bool no_name = v4_.answer->error || v6_.answer->error;
        return no_name ? errc::name_not_found : errc::no_address;
    }

    asio::steady_timer timer_;
    std::function<void(LookupResult)> handler_;
    Side v6_, v4_;
    bool found_ = false;
};

}   // namespace

std::shared_ptr<void> look_up(asio::io_context& io, Resolver& resolver, const std::string& host,
                              std::function<void(LookupResult)> handler) {
    auto lookup = std::make_shared<Lookup>(io, std::move(handler));
    lookup->start(resolver, host);
    return lookup;
}

}   // namespace wsxmpp::upstream
