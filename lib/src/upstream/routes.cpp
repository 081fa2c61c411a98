#include "upstream/routes.hpp"

#include <stdexcept>
#include <utility>

#include "upstream/address_class.hpp"
#include "upstream/idn.hpp"
#include "upstream/literal_address.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

bool is_unix(std::string_view host) { return !host.empty() && host.front() == '/'; }

std::string to_text(const ServerTarget& target) {
    if (is_unix(target.host)) return "unix:" + target.host;
    const bool v6 = target.host.find(':') != std::string::npos;
    return (v6 ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port);
}

Security default_security(const ServerTarget& target) {
    if (target.security) return *target.security;
    if (is_unix(target.host) || target.host == "localhost") return Security::none;
    const auto address = literal_address(target.host);
    return address && is_local(*address) ? Security::none : Security::starttls;
}

Routes::Routes(const ServerUpstreamOptions& options) {
    for (const Route& route : options.routes) {
        const auto domain = to_ascii(route.domain);
        if (!domain) throw std::invalid_argument{"'" + route.domain + "' is no domain name"};
        routes_.push_back(std::make_unique<ServedRoute>(route, options.retry_down));
        if (!by_domain_.emplace(*domain, routes_.back().get()).second)
            throw std::invalid_argument{"the domain '" + route.domain + "' is given twice"};
    }
    if (!options.otherwise) return;
    const bool open = options.otherwise->targets.empty();
    if (open && !options.otherwise->socks5.host.empty() && !options.allow_private)
        throw std::invalid_argument{
            "any domain through a SOCKS5 proxy: names are resolved there, so that private "
            "addresses cannot be refused; that takes allow_private"};
    otherwise_ = std::make_unique<ServedRoute>(*options.otherwise, options.retry_down);
    otherwise_->any_domain = true;
    otherwise_->open = open;
}

Routes::Found Routes::find(std::string_view domain) {
    const auto unknown = [](std::string what) { return Found{nullptr, {}, {errc::host_unknown, std::move(what), {}}}; };
    if (domain.empty()) {
        if (otherwise_ && !otherwise_->open) return {otherwise_.get(), {}, {}};
        if (by_domain_.size() == 1 && !otherwise_) return {by_domain_.begin()->second, by_domain_.begin()->first, {}};
        return unknown("the stream header names no domain: say which with its `to`");
    }
    auto ascii = to_ascii(domain);
    const auto named = ascii ? by_domain_.find(*ascii) : by_domain_.end();
    if (named != by_domain_.end()) return {named->second, std::move(*ascii), {}};
    if (!otherwise_) return unknown("'" + std::string{domain} + "' is not served here");
    if (ascii) return {otherwise_.get(), std::move(*ascii), {}};
    // A server that was named may know what to do with it.
    if (!otherwise_->open) return {otherwise_.get(), {}, {}};
    return unknown("'" + std::string{domain} + "' is no domain name");
}

std::string Routes::name() const {
    std::string text;
    const auto add = [&text](const std::string& one) { text += (text.empty() ? "" : ", ") + one; };
    for (const auto& route : routes_) add(route->route.domain);
    if (otherwise_ && otherwise_->open) add("any domain");
    if (otherwise_)
        for (const ServerTarget& target : otherwise_->route.targets) add(to_text(target));
    return text;
}

}   // namespace wsxmpp::upstream
