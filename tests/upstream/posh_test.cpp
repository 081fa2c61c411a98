// POSH (RFC 7711): a server that no authority vouches for, and a website of its domain that does, or does not.
#include <algorithm>

#include "posh_world.hpp"

using namespace test;

namespace {

constexpr auto well_known = "https://example.org/.well-known/posh/xmpp-client.json";

std::string path_of(const std::string& request) { return request.substr(0, request.find(" HTTP/")); }
std::string host_of(const std::string& request) {
    const auto at = request.find("Host: ") + 6;
    return request.substr(at, request.find_first_of(":\r", at) - at);
}

}   // namespace

TEST_CASE("a certificate that no authority vouches for is taken if the domain's website has its fingerprint") {
    const Identity stranger = make_authority("Stranger");
    PoshWorld world{GENERATE_REF(0, 1) == 0 ? make_identity(leaf())
                                            : make_identity(leaf("hosting.example"), &stranger)};
    const bool by_sha_512 = GENERATE(false, true);
    world.website.script = [&](const std::string&) {
        return http(fingerprints_document(world.server_identity, 3600, by_sha_512));
    };
    CHECK_FALSE(world.connect().error);
    REQUIRE(world.website.requests.size() == 1);
    CHECK(path_of(world.website.requests[0]) == "GET /.well-known/posh/xmpp-client.json");
    CHECK(host_of(world.website.requests[0]) == "example.org");
    CHECK(world.server.handshakes == 1);   // the second; the first was broken off
    CHECK(world.logged("POSH url=" + std::string{well_known} + " result=1 fingerprints, for 3600 s"));
    CHECK(world.logged("POSH domain=example.org result=the certificate is one of its own"));
    CHECK(std::any_of(world.log.begin(), world.log.end(), [](const std::string& line) {
        return line.find("certificate names=") == 0 && line.find("trust=POSH") != std::string::npos;
    }));
}

TEST_CASE("so is one of a trusted authority, for another name") {
    PoshWorld world{make_identity({})};
    world.server_identity = make_identity(leaf("hosting.example"), &world.ca.root);
    world.server.show(world.server_identity);
    CHECK_FALSE(world.connect().error);
    CHECK(world.website.requests.size() == 1);
}

TEST_CASE("without the option the website is not asked") {
    PoshWorld world{make_identity(leaf())};
    world.route().tls.posh = false;
    CHECK(world.connect().error == errc::certificate_untrusted);
    CHECK(world.website.accepted == 0);
}

TEST_CASE("nor is it for a certificate that is right") {
    PoshWorld world{make_identity({})};
    world.server.show(make_identity(leaf(), &world.ca.root));
    CHECK_FALSE(world.connect().error);
    CHECK(world.website.accepted == 0);
}

TEST_CASE("fingerprints of other certificates do not help; the operator hears so, and the client what failed first") {
    PoshWorld world{make_identity(leaf())};
    const Identity other = make_identity(leaf());
    world.website.script = [&](const std::string&) { return http(fingerprints_document(other)); };
    const auto& result = world.connect();
    CHECK(result.error == errc::certificate_untrusted);
    CHECK(result.detail ==
          "127.0.0.1:" + std::to_string(world.server.port()) +
              ": the certificate of example.org is self-signed; POSH does not help: the certificate fits "
              "none of the 1 fingerprints of example.org");
    CHECK(result.client_detail == "example.org: the certificate of example.org is self-signed");
    CHECK(world.server.accepted == 1);
}

TEST_CASE("a website that cannot prove to be the domain's is not believed") {
    PoshWorld world{make_identity(leaf())};
    const Identity stranger = make_authority("Stranger");
    SECTION("by an authority that is not trusted") { world.website.show(PoshWorld::website_identity(stranger)); }
    SECTION("by itself") { world.website.show(make_identity(leaf())); }
    SECTION("for another name") { world.website.show(make_identity(leaf("other.example"), &world.ca.root)); }
    SECTION("in time") {
        auto old = leaf();
        old.not_after = "20200203235959Z";
        world.website.show(make_identity(old, &world.ca.root));
    }
    const auto& result = world.connect();
    CHECK(result.error == errc::certificate_untrusted);
    INFO(result.detail);
    CHECK(result.detail.find("POSH does not help: " + std::string{well_known} + ": SSL") != std::string::npos);
    CHECK(world.website.accepted == 1);
    CHECK(world.website.requests.empty());
}

TEST_CASE("a website whose certificate was revoked is not believed, where revocation lists are looked at") {
    PoshWorld world{make_identity({})};
    auto revoked = leaf();
    revoked.serial = 43;
    const Identity website = make_identity(revoked, &world.ca.root);
    world.website.show(website);
    world.server.show(make_identity(leaf("hosting.example"), &world.ca.root));
    const TemporaryFile crl{revocation_list(world.ca.root, {43})};
    world.route().tls.crl_file = crl.path();
    CHECK(world.connect().error == errc::certificate_wrong_name);
    INFO(world.result->detail);
    CHECK(world.result->detail.find("revoked") != std::string::npos);
    CHECK(world.website.requests.empty());
}

TEST_CASE("a document may refer to another website") {
    PoshWorld world{make_identity(leaf())};
    world.website.script = [&](const std::string& request) {
        return host_of(request) == "example.org"
                   ? http(R"({"url":"https://hosting.example/posh?for=example.org","expires":60})")
                   : http(fingerprints_document(world.server_identity));
    };
    CHECK_FALSE(world.connect().error);
    REQUIRE(world.website.requests.size() == 2);
    CHECK(host_of(world.website.requests[1]) == "hosting.example");
    CHECK(path_of(world.website.requests[1]) == "GET /posh?for=example.org");
}

TEST_CASE("a document that was referred to may not refer further") {
    PoshWorld world{make_identity(leaf())};
    world.website.script = [&](const std::string&) {
        return http(R"({"url":"https://hosting.example/","expires":60})");
    };
    CHECK(world.connect().error == errc::certificate_untrusted);
    CHECK(world.result->detail.find("refers to another one") != std::string::npos);
    CHECK(world.website.requests.size() == 2);
}

TEST_CASE("what a website says that is no document is told to the operator") {
    PoshWorld world{make_identity(leaf())};
    const auto [answer, fault] = GENERATE(table<std::string, std::string>(
        {{http("", "404 Not Found"), "HTTP status 404"},
         {http("", "302 Found", "Location: https://hosting.example/\r\n"),
          "HTTP status 302, and redirects are not followed"},
         {http("{}"), "its document cannot be used: it needs one of"},
         {http(R"({"fingerprints":[],"expires":0})"),
          "its document cannot be used: it says of itself that it is not valid"},
         {http(std::string(65'537, ' ')), "the answer is larger than 65536 bytes"},
         {http("", "200 OK", "X: " + std::string(70'000, 'x') + "\r\n"), "the answer is larger than 65536 bytes"}}));
    world.website.script = [answer = answer](const std::string&) { return answer; };
    CHECK(world.connect().error == errc::certificate_untrusted);
    INFO(world.result->detail);
    CHECK(world.result->detail.find("POSH does not help: " + std::string{well_known} + ": " + fault) !=
          std::string::npos);
    CHECK(world.website.requests.size() == 1);
}

TEST_CASE("a document as large as may be is read") {
    PoshWorld world{make_identity(leaf())};
    world.website.script = [&](const std::string&) {
        auto document = fingerprints_document(world.server_identity);
        document.resize(65'536, ' ');
        return http(document);
    };
    CHECK_FALSE(world.connect().error);
}

TEST_CASE("a website without an address") {
    PoshWorld world{make_identity(leaf())};
    world.addresses.clear();
    CHECK(world.connect().error == errc::certificate_untrusted);
    CHECK(world.result->detail.find(std::string{well_known} + ": no such name") != std::string::npos);
}

TEST_CASE("a website that says nothing has half of the time that is left") {
    PoshWorld world{make_identity(leaf())};
    world.website.answers = false;
    world.options.connect_timeout = 1s;
    CHECK(world.connect().error == errc::certificate_untrusted);
    INFO(world.result->detail);
    CHECK(world.result->detail.find(std::string{well_known} + ": no answer within") != std::string::npos);
    CHECK(world.website.accepted == 1);
}

TEST_CASE("what was said once is known to the next connection, until it expires") {
    PoshWorld world{make_identity(leaf())};
    CHECK_FALSE(world.connect().error);
    CHECK(world.server.accepted == 2);
    CHECK_FALSE(world.connect().error);
    CHECK(world.server.accepted == 3);   // trusted at once
    CHECK(world.website.requests.size() == 1);
}

TEST_CASE("what failed is not asked again and again") {
    PoshWorld world{make_identity(leaf())};
    world.website.script = [](const std::string&) { return http("", "404 Not Found"); };
    for (int i = 0; i < 3; ++i) {
        CHECK(world.connect().error == errc::certificate_untrusted);
        CHECK(world.result->detail.find("HTTP status 404") != std::string::npos);
    }
    CHECK(world.website.requests.size() == 1);
}

TEST_CASE("a server that POSH vouches for shows its certificate each time") {
    PoshWorld world{make_identity(leaf())};
    CHECK_FALSE(world.connect().error);
    const Identity other = make_identity(leaf());
    world.server.show(other);
    CHECK(world.connect().error == errc::certificate_untrusted);   // and no session was resumed
}

TEST_CASE("pins stay in force beside POSH") {
    PoshWorld world{make_identity(leaf())};
    world.route().tls.pins = {pin_of(make_identity({}))};
    CHECK(world.connect().error == errc::certificate_pin_mismatch);
    world.upstream.reset();
    world.route().tls.pins = {pin_of(world.server_identity)};
    CHECK_FALSE(world.connect().error);
}

TEST_CASE("POSH does not make an expired certificate valid") {
    auto options = leaf();
    options.not_after = "20200203235959Z";
    PoshWorld world{make_identity(options)};
    CHECK(world.connect().error == errc::certificate_expired);
    const auto asked = world.website.requests.size();
    CHECK(asked == 1);
    // Of a trusted authority: nothing to ask.
    world.server.show(make_identity(options, &world.ca.root));
    world.upstream.reset();
    CHECK(world.connect().error == errc::certificate_expired);
    CHECK(world.website.requests.size() == asked);
}

TEST_CASE("a domain that a client chose does not make this proxy ask inside its own network") {
    PoshWorld world{make_identity(leaf())};
    world.options.otherwise = world.route();
    world.options.otherwise->domain.clear();
    world.options.routes.clear();
    SECTION("directly") {
        CHECK(world.connect().error == errc::certificate_untrusted);
        CHECK(world.result->detail.find("its address is not a public one") != std::string::npos);
        CHECK(world.website.accepted == 0);
    }
    SECTION("but if the operator allows it") {
        world.options.allow_private = true;
        CHECK_FALSE(world.connect().error);
    }
}

TEST_CASE("a client who names no domain, or an address, makes nobody ask") {
    PoshWorld world{make_identity(leaf())};
    world.options.otherwise = world.route();
    world.options.otherwise->domain.clear();
    world.options.routes.clear();
    world.options.allow_private = true;
    CHECK(world.connect(GENERATE(as<std::string>{}, "", "127.0.0.1")).error == errc::certificate_untrusted);
    CHECK(world.website.accepted == 0);
}

TEST_CASE("through a SOCKS5 proxy goes the question, too, and names are resolved there") {
    PoshWorld world{make_identity(leaf())};
    world.addresses.clear();
    world.route().targets[0].host = "xmpp.example";
    const auto host = GENERATE(as<std::string>{}, "127.0.0.1", "localhost");
    world.route().socks5 = {host, world.proxy.port(), {}};
    CHECK_FALSE(world.connect().error);
    INFO(world.result->detail);
    CHECK(world.proxy.names == std::vector<std::string>{"xmpp.example", "example.org", "xmpp.example"});
    CHECK(world.logged("SOCKS5 address=xmpp.example:" + std::to_string(world.server.port()) + " through " + host + ":" +
                       std::to_string(world.proxy.port()) + " result=connected"));
    CHECK(world.server.accepted + world.website.accepted == 0);   // none came directly
    CHECK(world.dns.queries.empty());
}

TEST_CASE("dropping the handle ends the question, at any time") {
    bool asked = false, answered = false;
    for (int rounds = 0; rounds < 400 && !answered; ++rounds) {
        PoshWorld world{make_identity(leaf())};
        world.upstream.emplace(world.io, world.options);
        bool dropped = false;
        auto handle = world.upstream->connect({"example.org"}, [&](const wsxmpp::UpstreamResult&) {
            CHECK_FALSE(dropped);
            answered = true;
        });
        for (int i = 0; i < rounds; ++i) {
            if (world.io.stopped()) world.io.restart();
            world.io.poll_one();
            world.dns.poll();
            world.server.poll();
            world.website.poll();
        }
        asked = asked || !world.website.requests.empty();
        dropped = true;
        handle.reset();
        world.io.restart();
        world.io.run();   // nothing is left that would keep it going
    }
    CHECK(asked);
}
