#include "admin/router.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "fake_admin_source.hpp"

using Catch::Contains;
using nlohmann::json;
using wsxmpp::HttpPage;
using wsxmpp::SessionView;
using wsxmpp::app::AdminHistory;
using wsxmpp::app::AdminRequest;
using wsxmpp::app::AdminRouter;

namespace {

std::string header(const HttpPage& page, const std::string& name) {
    for (const auto& [key, value] : page.headers)
        if (key == name) return value;
    return {};
}

SessionView view(std::uint64_t id, std::string client, std::string domain) {
    SessionView result;
    result.id = id;
    result.client = std::move(client);
    result.domain = std::move(domain);
    result.state = "logged in";
    result.age = std::chrono::milliseconds{id * 1'000};
    return result;
}

class Fixture {
public:
    FakeAdminSource source;
    AdminHistory history;
    std::vector<std::string> hosts;

    HttpPage answer(const AdminRequest& request, bool any_host = false) {
        AdminRouter router{source, history, hosts};
        HttpPage page;
        int answers = 0;
        router.answer(request, any_host, [&](HttpPage made) {
            page = std::move(made);
            ++answers;
        });
        REQUIRE(answers == 1);
        return page;
    }
    HttpPage get(const std::string& path, std::map<std::string, std::string> query = {}) {
        return answer({"GET", path, std::move(query), {{"host", "127.0.0.1:9222"}}, "", false, true});
    }
    json get_json(const std::string& path, std::map<std::string, std::string> query = {}) {
        const auto page = get(path, std::move(query));
        REQUIRE(page.status == 200);
        REQUIRE(page.type == "application/json");
        return json::parse(page.body);
    }
    int status_with_host(const std::string& host, bool any_host = false) {
        return answer({"GET", "/", {}, {{"host", host}}, "", false, true}, any_host).status;
    }
    HttpPage close(const std::string& id, std::map<std::string, std::string> headers) {
        headers.emplace("host", "127.0.0.1:9222");
        return answer({"POST", "/api/sessions/" + id + "/close", {}, std::move(headers), "", false, true});
    }
};

const std::pair<const std::string, std::string> as_json{"content-type", "application/json"};

}   // namespace

TEST_CASE_METHOD(Fixture, "the metrics are the source's, with the type that Prometheus asks for") {
    const auto page = get("/metrics");
    CHECK(page.status == 200);
    CHECK(page.type == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(page.body == "wsxmpp_sessions 0\n");
    CHECK(source.up_to_date);
    source.threads_answer = false;
    CHECK(get("/metrics").status == 200);   // what is known
}

TEST_CASE_METHOD(Fixture, "the status page is in the program, and may load nothing from elsewhere") {
    const auto page = get("/");
    CHECK(page.status == 200);
    CHECK(page.type == "text/html; charset=utf-8");
    CHECK_THAT(page.body, Contains("<title>wsxmpp</title>"));
    CHECK_THAT(header(page, "Content-Security-Policy"),
               Contains("default-src 'none'") && Contains("frame-ancestors 'none'"));
    CHECK(header(page, "Cache-Control") == "no-store");
    CHECK(get("/page.js").type == "text/javascript; charset=utf-8");
    CHECK(get("/graph.js").status == 200);
    CHECK(get("/page.css").type == "text/css; charset=utf-8");
    CHECK(get("/icon.svg").type == "image/svg+xml");
}

TEST_CASE_METHOD(Fixture, "health is that of the threads, whatever the servers do") {
    source.shown_why_not_ready = "not ready: connection refused";
    CHECK(get("/healthz").status == 200);
    source.threads_answer = false;
    CHECK(get("/healthz").status == 503);
}

TEST_CASE_METHOD(Fixture, "readiness is that of the servers, with the reason why not") {
    CHECK(get("/readyz").status == 200);
    CHECK(get("/readyz").body == "ready\n");
    source.shown_why_not_ready = "not ready: connection refused";
    const auto page = get("/readyz");
    CHECK(page.status == 503);
    CHECK(page.body == "not ready: connection refused\n");
    CHECK(header(page, "Retry-After") == "5");
}

TEST_CASE_METHOD(Fixture, "threads that do not answer make 503, to try again") {
    source.threads_answer = false;
    for (const auto& page : {get("/readyz"), get("/api/sessions"), close("1", {as_json})}) {
        CHECK(page.status == 503);
        CHECK(header(page, "Retry-After") == "1");
    }
}

TEST_CASE_METHOD(Fixture, "the status has totals and the seconds that have not been seen") {
    using namespace std::chrono_literals;
    source.shown_sample.sessions = 3;
    source.shown_sample.logged_in = 2;
    for (int i = 0; i < 4; ++i) {
        source.shown_sample.messages_from_clients = static_cast<std::uint64_t>(i) * 10;
        history.add(source.shown_sample, std::chrono::steady_clock::time_point{i * 1s},
                    std::chrono::system_clock::time_point{(i + 50) * 1s});
    }
    const auto status = get_json("/api/status");
    CHECK(status["version"] == "1.2.3");
    CHECK(status["upstream"] == "xmpp.test:5222");
    CHECK(status["threads"] == 2);
    CHECK(status["uptime_s"] == 61);
    CHECK(status["draining"] == false);
    CHECK(status["totals"]["sessions"] == 3);
    CHECK(status["totals"]["logged_in"] == 2);
    CHECK(status["totals"]["messages_from_clients"] == 30);
    const auto& columns = status["history"]["columns"];
    const auto& rows = status["history"]["rows"];
    REQUIRE(rows.size() == 3);
    REQUIRE(rows[0].size() == columns.size());
    CHECK((columns[0] == "number" && rows[0][0] == 1));
    CHECK((columns[1] == "time" && rows[0][1] == 51));
    CHECK((columns[3] == "messages_from_clients" && rows[0][3] == 10.0));
    CHECK((columns[9] == "connect_ms" && rows[0][9].is_null()));
    CHECK(get_json("/api/status", {{"since", "2"}})["history"]["rows"].size() == 1);
    CHECK(get_json("/api/status", {{"since", "3"}})["history"]["rows"].empty());
    CHECK(get("/api/status", {{"since", "x"}}).status == 400);
}

TEST_CASE_METHOD(Fixture, "a session is listed with all that is known of it") {
    auto session = view(9'007'199'254'740'993, "192.0.2.1:40000", "<b>\xff\"");
    session.server = "10.0.0.1:5222";
    session.framing = "rfc7395";
    session.messages_from_client = 1;
    session.messages_from_server = 2;
    session.bytes_from_client = 3;
    session.bytes_from_server = 4;
    session.age = std::chrono::milliseconds{1'500};
    source.shown_sessions->push_back(session);
    CHECK(get_json("/api/sessions") == json{{"total", 1},
                                            {"matching", 1},
                                            {"sessions",
                                             {{{"id", "9007199254740993"},   // more than a number of JavaScript's holds
                                               {"client", "192.0.2.1:40000"},
                                               {"server", "10.0.0.1:5222"},
                                               {"domain", "<b>\xef\xbf\xbd\""},
                                               {"framing", "rfc7395"},
                                               {"state", "logged in"},
                                               {"age_ms", 1'500},
                                               {"messages_from_client", 1},
                                               {"messages_from_server", 2},
                                               {"bytes_from_client", 3},
                                               {"bytes_from_server", 4}}}}});
}

TEST_CASE_METHOD(Fixture, "sessions are filtered, sorted and bounded") {
    source.shown_sessions = {view(2, "192.0.2.2:1", "b.test"), view(1, "192.0.2.1:1", "a.test"),
                             view(3, "192.0.2.3:1", "a.TEST")};
    const auto ids = [this](std::map<std::string, std::string> query) {
        std::string text;
        const auto list = get_json("/api/sessions", std::move(query));
        CHECK(list["total"] == 3);
        for (const auto& session : list["sessions"]) text += session["id"].get<std::string>();
        return text + "/" + std::to_string(list["matching"].get<int>());
    };
    CHECK(ids({}) == "321/3");   // by age
    CHECK(ids({{"order", "asc"}}) == "123/3");
    CHECK(ids({{"sort", "domain"}, {"order", "asc"}}) == "312/3");
    CHECK(ids({{"sort", "state"}}) == "123/3");   // all the same: by id
    CHECK(ids({{"filter", "A.test"}}) == "31/2");
    CHECK(ids({{"filter", "192.0.2.2"}}) == "2/1");
    CHECK(ids({{"filter", "3"}}) == "3/1");   // part of an address; and an id
    CHECK(ids({{"filter", "none"}}) == "/0");
    CHECK(ids({{"limit", "2"}}) == "32/3");
    CHECK(ids({{"limit", "0"}}) == "/3");
    for (const auto* key : {"id", "client", "server", "domain", "state", "framing", "age", "messages", "bytes"})
        CHECK(ids({{"sort", key}}).size() == 5);
}

TEST_CASE_METHOD(Fixture, "at most 1000 sessions are listed") {
    for (std::uint64_t id = 1; id <= 1'005; ++id) source.shown_sessions->push_back(view(id, "c", "d"));
    const auto list = get_json("/api/sessions");
    CHECK(list["sessions"].size() == 1'000);
    CHECK(list["matching"] == 1'005);
}

TEST_CASE_METHOD(Fixture, "a wrong parameter is refused with what would be right") {
    const auto sort = get("/api/sessions", {{"sort", "colour"}});
    CHECK(sort.status == 400);
    CHECK(sort.body == "sort: one of id, client, server, domain, state, framing, age, messages, bytes\n");
    CHECK(get("/api/sessions", {{"order", "up"}}).body == "order: asc or desc\n");
    CHECK(get("/api/sessions", {{"limit", "1001"}}).body == "limit: a number from 0 to 1000\n");
}

TEST_CASE_METHOD(Fixture, "what is not there is 404, what may not be asked so 405") {
    CHECK(get("/none").status == 404);
    CHECK(get("/api/sessions/").status == 404);
    CHECK(get("/api/sessions//close").status == 404);
    const auto method = GENERATE("POST", "PUT", "DELETE", "OPTIONS");
    const auto page = answer({method, "/metrics", {}, {{"host", "localhost"}}, "", false, true});
    CHECK(page.status == 405);
    CHECK(header(page, "Allow") == "GET, HEAD");
    const auto close = get("/api/sessions/1/close");
    CHECK(close.status == 405);
    CHECK(header(close, "Allow") == "POST");
}

TEST_CASE_METHOD(Fixture, "a session is closed once") {
    source.shown_sessions = {view(1, "a", "b"), view(2, "c", "d")};
    const auto page = close("2", {as_json});
    CHECK(page.status == 200);
    CHECK(source.closed == std::vector<std::uint64_t>{2});
    CHECK(close("2", {as_json}).status == 404);
    CHECK(close("x", {as_json}).status == 404);
    CHECK(close("99999999999999999999", {as_json}).status == 404);
}

TEST_CASE_METHOD(Fixture, "no form of a web page can close a session") {
    source.shown_sessions = {view(1, "a", "b")};
    CHECK(close("1", {}).status == 415);
    CHECK(close("1", {{"content-type", "text/plain"}}).status == 415);
    CHECK(close("1", {{"content-type", "application/x-www-form-urlencoded"}}).status == 415);
    CHECK(close("1", {{"content-type", "application/jsonp"}}).status == 415);
    CHECK(source.closed.empty());
    CHECK(close("1", {{"content-type", "Application/JSON; charset=utf-8"}}).status == 200);
}

TEST_CASE_METHOD(Fixture, "a page of another origin cannot close a session") {
    source.shown_sessions = {view(1, "a", "b")};
    CHECK(close("1", {as_json, {"origin", "http://evil.test"}}).status == 403);
    CHECK(close("1", {as_json, {"origin", "http://127.0.0.1:9223"}}).status == 403);
    CHECK(close("1", {as_json, {"origin", "null"}}).status == 403);
    CHECK(close("1", {as_json, {"sec-fetch-site", "cross-site"}}).status == 403);
    CHECK(close("1", {as_json, {"sec-fetch-site", "same-site"}, {"origin", "http://127.0.0.1:9222"}}).status == 403);
    CHECK(source.closed.empty());
    const bool told = GENERATE(false, true);
    if (told)
        CHECK(close("1", {as_json, {"sec-fetch-site", "same-origin"}, {"origin", "https://a.test"}}).status == 200);
    else
        CHECK(close("1", {as_json, {"origin", "http://127.0.0.1:9222"}}).status == 200);
}

TEST_CASE_METHOD(Fixture, "the Host of a request is an address or localhost, so that no foreign name leads here") {
    for (const auto* host : {"127.0.0.1", "127.0.0.1:9222", "192.0.2.1:80", "[::1]", "[::1]:9222", "[2001:db8::1]:1",
                             "localhost", "LocalHost:9222"})
        CHECK(status_with_host(host) == 200);
    for (const auto* host : {"", "evil.test", "evil.test:9222", "127.0.0.1.evil.test", "localhost.evil.test", "[::1",
                             "::1", "[127.0.0.1]", "[localhost]", "localhost, evil.test", "127.0.0.1, evil.test",
                             "[::1%lo]", "[fe80::1%evil.test]", "[fe80::1%evil.test]:9222"})
        CHECK(status_with_host(host) == 403);
}

TEST_CASE_METHOD(Fixture, "names of --admin-host, and any on a Unix-domain socket, may be the Host") {
    hosts = {"proxy.example.org"};
    CHECK(status_with_host("Proxy.Example.Org:9222") == 200);
    CHECK(status_with_host("example.org") == 403);
    CHECK(status_with_host("anything", true) == 200);
}

TEST_CASE_METHOD(Fixture, "a request without Host is HTTP/1.0, or refused") {
    CHECK(answer({"GET", "/healthz", {}, {}, "", false, true}).status == 400);
    CHECK(answer({"GET", "/healthz", {}, {}, "", true, false}).status == 200);
}
