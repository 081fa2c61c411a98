#include "wsxmpp/web_pages.hpp"

#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "web/host_meta.hpp"
#include "web/try_page.hpp"
#include "wsxmpp/origin_list.hpp"

namespace wsxmpp {

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

HttpPage text_page(int status, std::string_view text, Headers headers = {}) {
    HttpPage page;
    page.status = status;
    page.body = std::string{text} + "\n";
    page.headers = std::move(headers);
    return page;
}

class WebPages {
public:
    explicit WebPages(WebPagesOptions options) : options_{std::move(options)}, origins_{options_.origins} {
        if (!options_.public_url.empty() && !web::is_websocket_url(options_.public_url))
            throw std::invalid_argument{"'" + options_.public_url +
                                        "' is not a WebSocket URI, like wss://chat.example.org/xmpp"};
    }

    void answer(const HttpQuery& query, const std::function<void(HttpPage)>& done) const {
        if (query.path == "/readyz") return answer_ready(done);
        done(page_of(query));
    }

private:
    HttpPage page_of(const HttpQuery& query) const {
        if (query.path == "/") return try_page(query);
        if (query.path == "/.well-known/host-meta") return host_meta(query, "application/xrd+xml", web::host_meta_xml);
        if (query.path == "/.well-known/host-meta.json")
            return host_meta(query, "application/json", web::host_meta_json);
        if (query.path == "/healthz") return text_page(200, "ok");
        if (query.path == options_.path)
            return text_page(426, "this is a WebSocket: open / in a browser to see how to connect",
                             {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}});
        return text_page(404, "there is no page here: open / to see what this is");
    }

    // Empty: the request does not say which host it came to.
    std::string websocket_url(const HttpQuery& query) const {
        if (!options_.public_url.empty()) return options_.public_url;
        if (!web::is_host_and_port(query.host)) return {};
        return (query.secure ? "wss://" : "ws://") + query.host + path();
    }

    std::string path() const { return options_.path.empty() ? "/" : options_.path; }

    // Any page may read it: clients are mostly pages of other hosts (XEP-0156 §2.3).
    HttpPage host_meta(const HttpQuery& query, std::string type, std::string (*write)(std::string_view)) const {
        const std::string url = websocket_url(query);
        if (url.empty())
            return text_page(400, "the Host header must be HOST or HOST:PORT", {{"Access-Control-Allow-Origin", "*"}});
        HttpPage page;
        page.type = std::move(type);
        page.body = write(url);
        page.headers = {{"Access-Control-Allow-Origin", "*"}};
        return page;
    }

    // Both are told: whether a browser came by https, only the page knows. A proxy that ends TLS may not say it.
    std::string_view allowed_schemes(const std::string& host) const {
        if (origins_.any()) return "any";
        const bool http = origins_.allows("http://" + host);
        const bool https = origins_.allows("https://" + host);
        return http && https ? "http https" : http ? "http" : https ? "https" : "";
    }

    HttpPage try_page(const HttpQuery& query) const {
        const std::string own_path = path();
        web::TryPageFacts facts;
        facts.url = options_.public_url;
        facts.path = own_path;
        facts.domain = options_.domain;
        facts.host = query.host;
        facts.origins = allowed_schemes(query.host);
        return try_page_.show(facts);
    }

    void answer_ready(const std::function<void(HttpPage)>& done) const {
        if (!options_.ready) return done(text_page(200, "ready"));
        options_.ready([done](const std::string& why_not) {
            done(why_not.empty() ? text_page(200, "ready") : text_page(503, why_not, {{"Retry-After", "5"}}));
        });
    }

    WebPagesOptions options_;
    OriginList origins_;
    web::TryPage try_page_;
};

}   // namespace

PageHandler web_pages(WebPagesOptions options) {
    return [pages = std::make_shared<const WebPages>(std::move(options))](
               const HttpQuery& query, const std::function<void(HttpPage)>& done) { pages->answer(query, done); };
}

}   // namespace wsxmpp
