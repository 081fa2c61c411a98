// Which domain goes where, and which is refused.
#include "upstream/routes.hpp"

#include <catch2/catch.hpp>

#include "upstream/discovery.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using upstream::default_security;
using upstream::Routes;

namespace {

Route to(std::string domain, std::vector<ServerTarget> targets = {}) {
    Route route;
    route.domain = std::move(domain);
    route.targets = std::move(targets);
    return route;
}

ServerUpstreamOptions serving(std::vector<Route> routes) {
    ServerUpstreamOptions options;
    options.routes = std::move(routes);
    return options;
}

}   // namespace

TEST_CASE("a domain that is served is found however it is written") {
    Routes routes{serving({to("B\u00fccher.example"), to("example.org")})};
    for (const char* domain :
         {"b\u00fccher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE", "b\u00fccher.example."}) {
        const auto found = routes.find(domain);
        INFO(domain);
        REQUIRE(found.route);
        CHECK(found.domain == "xn--bcher-kva.example");
        CHECK(found.route->route.domain == "B\u00fccher.example");
    }
}

TEST_CASE("a domain that is not served is unknown, and named") {
    Routes routes{serving({to("example.org")})};
    for (const char* domain :
         {"example.net", "sub.example.org", "example.org.evil.example", "127.0.0.1", "[::1]", "not a name"}) {
        const auto found = routes.find(domain);
        CHECK_FALSE(found.route);
        CHECK(found.failure.error == errc::host_unknown);
        CHECK(found.failure.text() == "'" + std::string{domain} + "' is not served here");
    }
}

TEST_CASE("a client that names no domain gets the only one there is") {
    Routes one{serving({to("example.org")})};
    CHECK(one.find("").domain == "example.org");
    Routes two{serving({to("example.org"), to("example.net")})};
    CHECK(two.find("").failure.error == errc::host_unknown);
    auto options = serving({});
    options.otherwise.emplace();
    CHECK(Routes{options}.find("").failure.error == errc::host_unknown);
}

TEST_CASE("every other domain goes where the rest goes, if there is such a place") {
    auto options = serving({to("example.org")});
    options.otherwise = to("", {{"localhost", 5222, {}}});
    Routes fixed{options};
    CHECK(fixed.find("example.net").domain == "example.net");
    CHECK(fixed.find("").route);
    CHECK(fixed.find("not a name").route);   // its server may know it
    CHECK_FALSE(fixed.find("example.net").route->open);
    options.otherwise = to("");
    Routes open{options};
    CHECK(open.find("example.net").route->open);
    CHECK_FALSE(open.find("example.org").route->open);
    CHECK(open.find("not a name").failure.error == errc::host_unknown);
}

TEST_CASE("what is no domain, or stands twice, is refused at once") {
    CHECK_THROWS_WITH(Routes{serving({to("no domain")})}, "'no domain' is no domain name");
    CHECK_THROWS_WITH((Routes{serving({to("example.org"), to("EXAMPLE.ORG")})}),
                      "the domain 'EXAMPLE.ORG' is given twice");
}

TEST_CASE("TLS is required but where nobody else can listen") {
    for (const char* host : {"localhost", "127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "fd00::1", "/run/xmpp.sock"})
        CHECK(default_security({host, 5222, {}}) == Security::none);
    for (const char* host : {"example.org", "9.9.9.9", "2620:fe::9", "localhost.example", "10.example"})
        CHECK(default_security({host, 5222, {}}) == Security::starttls);
    CHECK(default_security({"localhost", 5222, Security::tls}) == Security::tls);
}

TEST_CASE("targets and routes are named as a person writes them") {
    CHECK(upstream::to_text(ServerTarget{"localhost", 5222, {}}) == "localhost:5222");
    CHECK(upstream::to_text(ServerTarget{"::1", 5223, {}}) == "[::1]:5223");
    CHECK(upstream::to_text(ServerTarget{"/run/x.sock", 5222, {}}) == "unix:/run/x.sock");
    auto options = serving({to("example.org"), to("example.net")});
    CHECK(Routes{options}.name() == "example.org, example.net");
    options.otherwise.emplace();
    CHECK(Routes{options}.name() == "example.org, example.net, any domain");
}

TEST_CASE("any domain through a SOCKS5 proxy, where addresses cannot be checked, takes allow_private") {
    auto options = serving({});
    options.otherwise = to("");
    options.otherwise->socks5.host = "127.0.0.1";
    CHECK_THROWS_WITH(Routes{options}, Catch::Matchers::Contains("allow_private"));
    options.allow_private = true;
    CHECK_NOTHROW(Routes{options});
}

TEST_CASE("what is local to a SOCKS5 proxy is not local to us: TLS is required") {
    auto route = to("example.org", {{"localhost", 5222, {}}, {"/run/xmpp.sock", 0, {}}, {"::1", 1, Security::none}});
    route.socks5.host = "127.0.0.1";
    Routes routes{serving({route})};
    const auto candidates = upstream::known_candidates(*routes.find("example.org").route, "example.org");
    REQUIRE(candidates.size() == 3);
    CHECK(candidates[0].security == Security::starttls);
    CHECK(candidates[1].security == Security::none);
    CHECK(candidates[2].security == Security::none);
}

TEST_CASE(
    "through a SOCKS5 proxy the domain itself is the only candidate: SRV records would be asked for in the open") {
    auto route = to("example.org");
    route.socks5.host = "127.0.0.1";
    Routes routes{serving({route})};
    const auto candidates = upstream::known_candidates(*routes.find("example.org").route, "example.org");
    REQUIRE(candidates.size() == 1);
    CHECK(candidates[0].host == "example.org");
    CHECK(candidates[0].port == 5222);
    CHECK(candidates[0].security == Security::starttls);
}
