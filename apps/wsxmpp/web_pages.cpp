#include "web_pages.hpp"

#include <utility>

#include "wsxmpp/web_pages.hpp"

namespace wsxmpp::app {
namespace {

// Listeners that share endpoints share their options, and so the handler, too: which pages are meant it finds here.
thread_local WebPages* of_this_thread = nullptr;

}   // namespace

std::vector<std::string> probed_domains(const ServerUpstreamOptions& options) {
    std::vector<std::string> domains;
    domains.reserve(options.routes.size());
    for (const Route& route : options.routes) domains.push_back(route.domain);
    if (domains.empty() && options.otherwise && !options.otherwise->targets.empty()) domains.emplace_back();
    return domains;
}

std::string first_domain(const ServerUpstreamOptions& options) {
    return options.routes.size() == 1 && !options.otherwise ? options.routes.front().domain : std::string{};
}

WebPages::WebPages(asio::io_context& io, std::shared_ptr<Upstream> upstream, const Options& options)
    : probe_{io, std::move(upstream), {probed_domains(options.upstream)}} {
    WebPagesOptions pages;
    pages.path = options.websocket.path;
    pages.origins = options.websocket.origins;
    pages.public_url = options.public_url;
    pages.domain = first_domain(options.upstream);
    pages.ready = [this](ReadinessProbe::Handler done) { check_readiness(std::move(done)); };
    show_ = web_pages(std::move(pages));
}

void WebPages::serve_this_thread() { of_this_thread = this; }

PageHandler WebPages::handler() {
    return [](const HttpQuery& query, std::function<void(HttpPage)> done) {
        of_this_thread->show_(query, std::move(done));
    };
}

void WebPages::retire() { probe_.retire("this server is shutting down"); }

}   // namespace wsxmpp::app
