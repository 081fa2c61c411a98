// The options that say which domain goes where.
#include <catch2/catch.hpp>
#include <string>

#include "options/options.hpp"
#include "options/upstream_arguments.hpp"
#include "parsed_options.hpp"
#include "temporary_files.hpp"

using namespace wsxmpp;
using namespace wsxmpp::app;
using Catch::Matchers::Contains;
using test::refused;

namespace {

const std::string pin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

ServerUpstreamOptions accepted(std::vector<std::string> arguments) {
    return test::accepted(std::move(arguments)).upstream;
}

}   // namespace

TEST_CASE("a target says how it is secured, and has the port that goes with it") {
    struct Case {
        const char* text;
        const char* host;
        std::uint16_t port;
        std::optional<Security> security;
    };
    const Case c = GENERATE(values<Case>({
        {"xmpp.example.org", "xmpp.example.org", 5222, std::nullopt},
        {"none://10.0.0.1:5200", "10.0.0.1", 5200, Security::none},
        {"starttls://xmpp.example.org", "xmpp.example.org", 5222, Security::starttls},
        {"starttls-if-offered://[::1]", "::1", 5222, Security::starttls_if_offered},
        {"tls://xmpp.example.org", "xmpp.example.org", 5223, Security::tls},
        {"tls://[2001:db8::1]:443", "2001:db8::1", 443, Security::tls},
        {"unix:/run/xmpp.sock", "/run/xmpp.sock", 5222, std::nullopt},
        {"tls://unix:/run/xmpp.sock", "/run/xmpp.sock", 5222, Security::tls},
    }));
    const ServerTarget target = parse_target(c.text);
    CHECK(target.host == c.host);
    CHECK(target.port == c.port);
    CHECK(target.security == c.security);
}

TEST_CASE("a target that is none says what would be right") {
    CHECK_THROWS_WITH(parse_target("xmpp://example.org"), Contains("unknown 'xmpp://'") && Contains("starttls://"));
    CHECK_THROWS_WITH(parse_target("unix:run.sock"), Contains("unix:/run/xmpp.sock"));
    CHECK_THROWS_WITH(parse_target("tls://"), Contains("names no host"));
    CHECK_THROWS_WITH(parse_target("tls://a:0"), Contains("no valid port"));
}

TEST_CASE("the option --upstream may be repeated, and serves whatever domain a client names") {
    const auto options = accepted({"--upstream", "a:1", "--upstream", "tls://b", "--balance", "round-robin"});
    CHECK(options.routes.empty());
    REQUIRE(options.otherwise);
    CHECK(options.otherwise->targets.size() == 2);
    CHECK(options.otherwise->balance == Balance::round_robin);
}

TEST_CASE("with --domain nothing else is served") {
    const auto options = accepted({"--domain", "example.org", "--domain", "example.net=tls://10.0.0.1,10.0.0.2:5299"});
    CHECK_FALSE(options.otherwise);
    REQUIRE(options.routes.size() == 2);
    CHECK(options.routes[0].domain == "example.org");
    CHECK(options.routes[0].targets.empty());   // found by SRV records
    CHECK(options.routes[1].targets.size() == 2);
    CHECK(options.routes[1].targets[1].port == 5299);
}

TEST_CASE("a domain without targets goes to --upstream, if there is one") {
    const auto options = accepted({"--domain", "example.org", "--upstream", "10.0.0.1"});
    CHECK(options.routes.at(0).targets.at(0).host == "10.0.0.1");
    CHECK_FALSE(options.otherwise);
}

TEST_CASE("a domain has settings of its own, wherever the common ones stand") {
    const std::string other = "sha256//" + std::string(43, 'A') + '=';
    const auto options = accepted({"--domain", "a.example;ca-file=/own.pem;pin=" + pin + ";balance=least-connections",
                                   "--domain", "b.example;proxy-protocol=v2;socks5=localhost", "--ca-file",
                                   "/common.pem", "--pin", other, "--client-cert", "/c.pem", "--client-key", "/k.pem"});
    const Route& a = options.routes.at(0);
    CHECK(a.tls.ca_file == "/own.pem");
    CHECK(a.tls.pins == std::vector{pin});
    CHECK(a.balance == Balance::least_connections);
    CHECK(a.tls.certificate_file == "/c.pem");
    const Route& b = options.routes.at(1);
    CHECK(b.tls.ca_file == "/common.pem");
    CHECK(b.tls.pins == std::vector{other});
    CHECK(b.proxy_protocol == ProxyProtocol::v2);
    CHECK(b.socks5.host == "localhost");
    CHECK(b.socks5.port == 1080);
    CHECK(b.tls.key_file == "/k.pem");
}

TEST_CASE("each option that holds for all reaches its place") {
    const auto options = accepted({"--upstream",
                                   "a",
                                   "--balance",
                                   "least-connections",
                                   "--proxy-protocol",
                                   "v1",
                                   "--socks5",
                                   "[::1]:9050",
                                   "--verbose-errors",
                                   "--ca-file",
                                   "/ca",
                                   "--crl-file",
                                   "/crl",
                                   "--pin",
                                   pin,
                                   "--pin=" + pin,
                                   "--client-cert",
                                   "/c",
                                   "--client-key",
                                   "/k"});
    const Route& route = *options.otherwise;
    CHECK(route.balance == Balance::least_connections);
    CHECK(route.proxy_protocol == ProxyProtocol::v1);
    CHECK(route.socks5.host == "::1");
    CHECK(route.socks5.port == 9050);
    CHECK(options.verbose_errors);
    CHECK(route.tls.ca_file == "/ca");
    CHECK(route.tls.crl_file == "/crl");
    CHECK(route.tls.pins == std::vector{pin, pin});
    CHECK(route.tls.certificate_file == "/c");
    CHECK(route.tls.key_file == "/k");
    CHECK_FALSE(route.tls.insecure);
    CHECK_FALSE(route.tls.posh);
    CHECK(parse_options({"--keep-channel-binding"}).options->bridge.keep_tls_server_end_point);
    CHECK_FALSE(parse_options({}).options->bridge.keep_tls_server_end_point);
}

TEST_CASE("a file that is of no use is told by its option") {
    const auto [field, option] = GENERATE(table<std::string, std::string>({{"ca_file", "--ca-file"},
                                                                           {"crl_file", "--crl-file"},
                                                                           {"certificate_file", "--client-cert"},
                                                                           {"key_file", "--client-key"}}));
    CHECK(by_option({field, "/x: why"}) == option + ": /x: why");
}

TEST_CASE("POSH is asked for all domains, or for none") {
    const auto options =
        accepted({"--domain", "a.example", "--domain", "b.example=10.0.0.1", "--any-domain", "--posh"});
    CHECK(options.routes.at(0).tls.posh);
    CHECK(options.routes.at(1).tls.posh);
    CHECK(options.otherwise->tls.posh);
    CHECK(options.posh_port == 443);
}

TEST_CASE("a domain can do without what holds for all") {
    const auto options = accepted({"--domain", "a.example;client-cert=/own;socks5=none;proxy-protocol=none", "--domain",
                                   "b.example;client-cert=/own;client-key=/own-key", "--client-cert", "/c",
                                   "--client-key", "/k", "--socks5", "proxy", "--proxy-protocol", "v2"});
    const Route& a = options.routes.at(0);
    CHECK(a.tls.certificate_file == "/own");
    CHECK(a.tls.key_file.empty());   // /k is not its key
    CHECK(a.socks5.host.empty());
    CHECK(a.proxy_protocol == ProxyProtocol::none);
    const Route& b = options.routes.at(1);
    CHECK(b.tls.key_file == "/own-key");
    CHECK(b.socks5.host == "proxy");
}

TEST_CASE("a pin is checked where it is given") {
    const auto value =
        GENERATE_COPY(as<std::string>{}, "", "x", "sha256//", "sha256/" + pin.substr(8), pin.substr(0, pin.size() - 1),
                      pin + "=", "sha1//" + pin.substr(8), "sha256//" + std::string(44, 'A'),
                      "sha256//" + std::string(42, 'A') + "==", "sha256//" + std::string(42, 'A') + "-=");
    CHECK_THAT(refused({"--pin", value}), Contains("--pin: '" + value + "' is no pin: write sha256//"));
    CHECK_THAT(refused({"--domain", "a.example;pin=" + value}), Contains("--domain: pin: '" + value + "' is no pin"));
}

TEST_CASE("a domain stands once, and each of its settings but pins") {
    CHECK_THAT(refused({"--domain", "a.example=b", "--domain", "A.example"}),
               Contains("--domain: 'A.example' is given more than once"));
    CHECK_THAT(refused({"--domain", "a.example;balance=in-order;balance=round-robin"}),
               Contains("has balance= more than once"));
    CHECK(accepted({"--domain", "a.example;pin=" + pin + ";pin=" + pin}).routes.at(0).tls.pins.size() == 2);
}

TEST_CASE("a wrong value is told with its option, and with what would be right") {
    const auto [option, value, hint] = GENERATE(table<std::string, std::string, std::string>({
        {"--upstream", "ftp://a", "write tls://, starttls://, starttls-if-offered:// or none://"},
        {"--upstream", "unix:", "write unix:/run/xmpp.sock"},
        {"--balance", "", "in-order, round-robin, least-connections"},
        {"--domain", "", "write NAME, or NAME=TARGET"},
        {"--domain", "a=", "names no host"},
        {"--domain", "a=b,", "names no host"},
        {"--domain", "a;", "there are balance, ca-file, crl-file, pin, client-cert"},
        {"--domain", "a;ca-file", "names no file"},
        {"--domain", "a;socks5=b:c", "'c' is not a number"},
        {"--ca-file", "", "names no file"},
        {"--crl-file", "", "names no file"},
        {"--client-cert", "", "names no file"},
        {"--client-key", "", "names no file"},
        {"--insecure", "b.example", "name it with --domain"},
        {"--insecure", "", "name it with --domain"},
        {"--proxy-protocol", "V1", "none, v1, v2"},
        {"--socks5", "socks5://a", "is a URI"},
        {"--socks5", "a:0", "is not a number from 1 to 65535"},
        {"--dns-server", "", "names no host"},
        {"--dns-server", "127.0.0.1:x", "is not a number"},
        {"--dns-server", "localhost", "write 127.0.0.1, 127.0.0.1:53 or [::1]:53"},
        {"--verbose-errors=x", "", "takes true or false"},
        {"--allow-private=x", "", "takes true or false"},
        {"--keep-channel-binding=x", "", "takes true or false"},
    }));
    const bool flag = option.find('=') != std::string::npos;
    CHECK_THAT(refused(flag ? std::vector{option} : std::vector{option, value}),
               Contains("wsxmpp: " + option.substr(0, option.find('=')) + ": ") && Contains(hint));
}

TEST_CASE("an option that holds for all is given once, unless it is a list") {
    const auto* const option = GENERATE("--balance", "--ca-file", "--crl-file", "--client-cert", "--client-key",
                                        "--proxy-protocol", "--socks5");
    const std::string value = std::string{option} == "--balance"          ? "in-order"
                              : std::string{option} == "--proxy-protocol" ? "v1"
                                                                          : "x";
    CHECK_THAT(refused({option, value, option, value}), Contains("given more than once"));
}

TEST_CASE("what is wrong with a domain is told with what would be right") {
    CHECK_THAT(refused({"--domain", "=10.0.0.1"}), Contains("--domain: ") && Contains("names no domain"));
    CHECK_THAT(refused({"--domain", "a.example;cafile=/x"}), Contains("'cafile' is no setting") && Contains("ca-file"));
    CHECK_THAT(refused({"--domain", "a.example;balance=random"}), Contains("balance: 'random' is not one of"));
    CHECK_THAT(refused({"--domain", "a.example=ftp://b"}), Contains("unknown 'ftp://'"));
    CHECK_THAT(refused({"--balance", "random"}), Contains("--balance: 'random' is not one of in-order"));
    CHECK_THAT(refused({"--proxy-protocol", "3"}), Contains("--proxy-protocol: '3' is not one of none, v1, v2"));
    CHECK_THAT(refused({"--dns-server", "ns.example"}), Contains("--dns-server: 'ns.example' is no address"));
    CHECK_THAT(refused({"--socks5", ""}), Contains("--socks5: "));
    CHECK_THAT(refused({"--any-domain=maybe"}), Contains("--any-domain: takes true or false"));
}

TEST_CASE("any domain is served by explicit word alone, and never together with what contradicts it") {
    const auto options = accepted({"--any-domain", "--dns-server", "127.0.0.1:5353", "--dns-server", "::1"});
    REQUIRE(options.otherwise);
    CHECK(options.otherwise->targets.empty());
    CHECK_FALSE(options.allow_private);
    CHECK(options.dns_servers.at(0).port() == 5353);
    CHECK_THAT(refused({"--any-domain", "--upstream", "a"}), Contains("--any-domain: ") && Contains("--upstream"));
    CHECK_THAT(refused({"--allow-private"}), Contains("--allow-private: ") && Contains("--any-domain"));
    CHECK_THAT(refused({"--any-domain", "--socks5", "localhost"}), Contains("--allow-private"));
    CHECK(accepted({"--any-domain", "--allow-private"}).allow_private);
}

TEST_CASE("certificates go unverified for domains that are named, and with a shout") {
    const auto options = accepted({"--domain", "a.example", "--domain", "b.example", "--insecure", "a.example"});
    CHECK(options.routes.at(0).tls.insecure);
    CHECK_FALSE(options.routes.at(1).tls.insecure);
    REQUIRE(warnings(options).size() == 1);
    CHECK_THAT(warnings(options).front(), Contains("a.example IS NOT VERIFIED"));
    CHECK_THAT(refused({"--insecure", "a.example"}), Contains("--insecure: 'a.example' is none of the domains"));
    CHECK(warnings(accepted({})).empty());
    CHECK_THAT(warnings(accepted({"--any-domain"})).at(0), Contains("open proxy"));
    CHECK_THAT(warnings(accepted({"--upstream", "starttls-if-offered://a"})).at(0), Contains("if offered"));
}

TEST_CASE("a configuration file holds domains with all that belongs to them") {
    const test::TemporaryFile file{
        "domain = [\"a.example\", \"b.example=tls://10.0.0.1:5223,unix:/run/x;balance=round-robin;pin=" + pin +
        "\", \"c.example=none://[::1]:5299;ca-file=/etc/a b.pem\"]\n"
        "pin = \"" +
        pin +
        "\"\n"
        "insecure = [\"a.example\"]\n"
        "dns-server = \"[::1]:5353\"\n"
        "verbose-errors = true\n"};
    const auto options = accepted({"--config", file.path()});
    const auto given = accepted({"--config", file.path(), "--domain", "a.example"});
    REQUIRE(options.routes.size() == 3);
    CHECK(options.routes[0].tls.insecure);
    CHECK(options.routes[0].tls.pins == std::vector{pin});
    CHECK(options.routes[1].targets.size() == 2);
    CHECK(options.routes[1].targets[0].host == "10.0.0.1");
    CHECK(options.routes[1].balance == Balance::round_robin);
    CHECK(options.routes[1].tls.pins == std::vector{pin});
    CHECK(options.routes[2].targets.at(0).host == "::1");
    CHECK(options.routes[2].tls.ca_file == "/etc/a b.pem");
    CHECK(options.dns_servers.at(0).port() == 5353);
    CHECK(options.verbose_errors);
    CHECK(given.routes.size() == 1);   // the command line goes before the file
}

TEST_CASE("one domain alone needs no list in a configuration file") {
    const std::string quote = GENERATE("\"", "'");
    const test::TemporaryFile file{"domain = " + quote + "b.example=tls://10.0.0.1:5223,tls://10.0.0.2;pin=" + pin +
                                   quote + "\n"};
    const auto options = accepted({"--config", file.path()});
    REQUIRE(options.routes.size() == 1);
    CHECK(options.routes[0].targets.size() == 2);
    CHECK(options.routes[0].tls.pins == std::vector{pin});
}
