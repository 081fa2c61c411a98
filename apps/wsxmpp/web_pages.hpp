// The pages that the program shows on its port (wsxmpp/web_pages.hpp), made from its options.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "options/options.hpp"
#include "wsxmpp/http_page.hpp"
#include "wsxmpp/readiness_probe.hpp"
#include "wsxmpp/upstream.hpp"

namespace wsxmpp::app {

// Whose servers /readyz looks at: those of the domains that are named, or the one of --upstream. None with --any-domain
// alone.
std::vector<std::string> probed_domains(const ServerUpstreamOptions& options);

// What the page at / tries first: the domain that is served, if it is one; otherwise empty.
std::string first_domain(const ServerUpstreamOptions& options);

// Those of one thread.
class WebPages {
public:
    WebPages(asio::io_context& io, std::shared_ptr<Upstream> upstream, const Options& options);

    // Answers the requests that come to any listener on the thread that has called it.
    void serve_this_thread();
    static PageHandler handler();

    // What /readyz says; as ReadinessProbe::check().
    void check_readiness(ReadinessProbe::Handler done) { probe_.check(std::move(done)); }

    // /readyz says no from now on.
    void retire();

private:
    ReadinessProbe probe_;
    PageHandler show_;
};

}   // namespace wsxmpp::app
