#include "wsxmpp/server_upstream.hpp"

#include <utility>

#include "upstream/attempt.hpp"

namespace wsxmpp {

// Outlives the ServerUpstream while an attempt is under way.
class ServerUpstream::Impl : public upstream::ServerContext {
public:
    Impl(asio::io_context& context, ServerUpstreamOptions given)
        : ServerContext{context, upstream::Routes{given}, {context, given.dns_servers}, std::move(given)} {}
};

namespace {

ServerUpstreamOptions only(ServerTarget target) {
    ServerUpstreamOptions options;
    options.otherwise.emplace().targets.push_back(std::move(target));
    return options;
}

}   // namespace

ServerUpstream::ServerUpstream(asio::io_context& io, ServerUpstreamOptions options)
    : impl_{std::make_shared<Impl>(io, std::move(options))} {}

ServerUpstream::ServerUpstream(asio::io_context& io, ServerTarget target)
    : ServerUpstream{io, only(std::move(target))} {}

ServerUpstream::~ServerUpstream() = default;

std::shared_ptr<void> ServerUpstream::connect(const UpstreamRequest& request, ConnectHandler handler) {
    auto attempt = std::make_shared<upstream::Attempt>(impl_, request, std::move(handler));
    attempt->start();
    return attempt;
}

std::string ServerUpstream::name() const { return impl_->routes.name(); }

}   // namespace wsxmpp
