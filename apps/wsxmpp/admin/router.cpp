#include "admin/router.hpp"

#include <algorithm>
#include <array>
#include <asio/ip/address.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "admin/files.hpp"
#include "admin/json.hpp"
#include "ascii.hpp"
#include "wsxmpp/prometheus.hpp"

namespace wsxmpp::app {
namespace {

constexpr const char* plain = "text/plain; charset=utf-8";
constexpr const char* json = "application/json";

struct File {
    std::string_view path;
    const char* type;
    const std::string_view& bytes;
};
const std::array<File, 5> files{{{"/", "text/html; charset=utf-8", admin_page_html},
                                 {"/page.css", "text/css; charset=utf-8", admin_page_css},
                                 {"/page.js", "text/javascript; charset=utf-8", admin_page_js},
                                 {"/graph.js", "text/javascript; charset=utf-8", admin_graph_js},
                                 {"/icon.svg", "image/svg+xml", admin_icon_svg}}};

constexpr std::array<std::string_view, 5> resources{"/metrics", "/healthz", "/readyz", "/api/status", "/api/sessions"};

constexpr std::string_view sessions_prefix = "/api/sessions/";
constexpr std::string_view close_suffix = "/close";

HttpPage page(int status, const char* type, std::string body) {
    return {status,
            type,
            std::move(body),
            {{"Cache-Control", "no-store"},
             {"Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
             {"Cross-Origin-Resource-Policy", "same-origin"},
             {"Referrer-Policy", "no-referrer"},
             {"X-Content-Type-Options", "nosniff"},
             {"X-Frame-Options", "DENY"}}};
}

HttpPage unavailable(std::string why, const char* seconds) {
    auto result = AdminRouter::text(503, std::move(why));
    result.headers.emplace_back("Retry-After", seconds);
    return result;
}

HttpPage not_in_time() { return unavailable("a thread did not answer in time, or the program is about to end", "1"); }

HttpPage not_allowed(const char* methods) {
    auto result = AdminRouter::text(405, std::string{"this takes "} + methods);
    result.headers.emplace_back("Allow", methods);
    return result;
}

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc{} || stop != end || text.empty()) return std::nullopt;
    return value;
}

// The ID of "/api/sessions/ID/close". Empty: that is not what the path is.
std::string_view id_to_close(std::string_view path) {
    if (!begins(path, sessions_prefix) || path.size() < sessions_prefix.size() + close_suffix.size()) return {};
    path.remove_prefix(sessions_prefix.size());
    const auto at = path.size() - close_suffix.size();
    return path.substr(at) == close_suffix ? path.substr(0, at) : std::string_view{};
}

// Refuses what a page of another origin may have sent. Browsers say where a request comes from: new ones
// by Sec-Fetch-Site, which no script can set, the others by Origin. And for JSON of another origin they ask first.
std::optional<HttpPage> forgery(const AdminRequest& request) {
    const auto site = request.header("sec-fetch-site");
    const auto origin = request.header("origin");
    const bool same =
        site.empty() ? origin.empty() || equals_ignoring_case(origin, "http://" + std::string{request.header("host")})
                     : site == "same-origin" || site == "none";
    if (!same) return AdminRouter::text(403, "pages of other origins may not do this");
    const auto type = request.header("content-type");
    if (!equals_ignoring_case(type.substr(0, type.find(';')), json))
        return AdminRouter::text(415,
                                 "send this with 'Content-Type: application/json', which says that no form of a web "
                                 "page has sent it; a body is not needed");
    return std::nullopt;
}

}   // namespace

HttpPage AdminRouter::text(int status, std::string line) { return page(status, plain, std::move(line) + '\n'); }

bool AdminRouter::may_be_host(std::string_view host) const {
    if (host.find('%') != std::string_view::npos)
        return false;   // the zone of an IPv6 address: any name may stand there
    const auto colon = host.rfind(':');
    const bool bracketed = !host.empty() && host.front() == '[';
    const bool has_port = colon != std::string_view::npos && (!bracketed || colon > host.find(']'));
    auto name = has_port ? host.substr(0, colon) : host;
    if (bracketed) {
        if (name.size() < 2 || name.back() != ']') return false;
        name = name.substr(1, name.size() - 2);
    }
    std::error_code ec;
    const auto address = asio::ip::make_address(std::string{name}, ec);
    if (!ec) return address.is_v6() == bracketed;
    return !bracketed && (equals_ignoring_case(name, "localhost") ||
                          std::any_of(hosts_.begin(), hosts_.end(),
                                      [&](const auto& known) { return equals_ignoring_case(known, name); }));
}

void AdminRouter::answer(const AdminRequest& request, bool any_host, const Done& done) {
    const auto host = request.header("host");
    if (request.headers.count("host") == 0) {
        // HTTP/1.0 knows none, and no browser speaks it
        if (!request.http_1_0) return done(text(400, "a Host header is missing"));
    } else if (!any_host && !may_be_host(host)) {
        return done(text(403,
                         "this Host is not accepted, in case it is a name by which a foreign page would get in: use "
                         "an IP address or localhost, or permit the name with --admin-host"));
    }

    if (const auto id = id_to_close(request.path); !id.empty()) {
        if (request.method != "POST") return done(not_allowed("POST"));
        return post_close(request, id, done);
    }
    const auto has_path = [&request](const File& file) { return file.path == request.path; };
    const auto* const file = std::find_if(files.begin(), files.end(), has_path);
    const bool known =
        file != files.end() || std::find(resources.begin(), resources.end(), request.path) != resources.end();
    if (!known)
        return done(
            text(404, "there is: / (the status page), /metrics, /healthz, /readyz, /api/status, /api/sessions"));
    if (request.method != "GET" && request.method != "HEAD") return done(not_allowed("GET, HEAD"));
    if (file != files.end()) return done(page(200, file->type, std::string{file->bytes}));
    get(request, done);
}

void AdminRouter::get(const AdminRequest& request, const Done& done) {
    if (request.path == "/metrics")   // of a thread that does not answer, what it has counted before
        return source_.update([this, done](bool) { done(page(200, prometheus_content_type, source_.prometheus())); });
    if (request.path == "/readyz")
        return source_.readiness([done](const std::optional<std::string>& why_not) {
            if (!why_not) return done(not_in_time());
            done(why_not->empty() ? text(200, "ready") : unavailable(*why_not, "5"));
        });
    if (request.path == "/healthz")
        return source_.update([done](bool alive) { done(alive ? text(200, "ok") : not_in_time()); });
    if (request.path == "/api/sessions") return get_sessions(request, done);
    const auto since = request.parameter("since");
    const auto from = since.empty() ? std::uint64_t{0} : number(since);
    if (!from) return done(text(400, "since: a number is expected, like that of the last row"));
    done(page(200, json, status_json(source_.about(), source_.sample(), history_, *from)));
}

void AdminRouter::get_sessions(const AdminRequest& request, const Done& done) {
    SessionQuery query;
    query.filter = request.parameter("filter");
    if (const auto sort = request.parameter("sort"); !sort.empty()) {
        if (!is_session_key(sort)) return done(text(400, "sort: one of " + session_keys()));
        query.sort = sort;
    }
    if (const auto order = request.parameter("order"); !order.empty()) {
        if (order != "asc" && order != "desc") return done(text(400, "order: asc or desc"));
        query.descending = order == "desc";
    }
    if (const auto limit = request.parameter("limit"); !limit.empty()) {
        const auto value = number(limit);
        if (!value || *value > SessionQuery::max_limit)
            return done(text(400, "limit: a number from 0 to " + std::to_string(SessionQuery::max_limit)));
        query.limit = static_cast<std::size_t>(*value);
    }
    source_.sessions([done, query](AdminSource::Sessions sessions) {
        done(sessions ? page(200, json, sessions_json(std::move(*sessions), query)) : not_in_time());
    });
}

void AdminRouter::post_close(const AdminRequest& request, std::string_view id, const Done& done) {
    if (auto refusal = forgery(request)) return done(std::move(*refusal));
    const auto value = number(id);
    const auto gone = [] { return text(404, "there is no such session: it may have ended"); };
    if (!value) return done(gone());
    source_.close(*value, [done, gone](std::optional<bool> found) {
        if (!found) return done(not_in_time());
        done(*found ? page(200, json, "{\"closed\":true}\n") : gone());
    });
}

}   // namespace wsxmpp::app
