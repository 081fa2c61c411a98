#include "options/options.hpp"
#include "parsed_options.hpp"
#include "temporary_files.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using test::accepted;
using test::refused;
using wsxmpp::app::ListenAddress;
using wsxmpp::app::LogFormat;
using wsxmpp::app::Options;
using wsxmpp::app::parse_options;

TEST_CASE("without arguments every default is the library's") {
    const auto options = accepted({});
    REQUIRE(options.listen.size() == 1);
    CHECK(options.listen[0].kind == ListenAddress::Kind::loopback);
    CHECK(options.listen[0].port == 6222);
    REQUIRE(options.upstream.otherwise);
    REQUIRE(options.upstream.otherwise->targets.size() == 1);
    CHECK(options.upstream.otherwise->targets[0].host == "localhost");
    CHECK(options.upstream.otherwise->targets[0].port == 5222);
    CHECK(options.upstream.routes.empty());
    CHECK(options.bridge.framing == wsxmpp::Framing::automatic);
    CHECK(options.bridge.client_limits.max_element == 262'144);
    CHECK(options.bridge.server_limits.max_element == 4'194'304);
    CHECK(options.websocket.ping_interval == wsxmpp::WebSocketListenerOptions{}.ping_interval);
    CHECK_FALSE(options.websocket.require_subprotocol);
    CHECK_FALSE(options.websocket.accept_binary);
    CHECK(options.drain_timeout == 10s);
    CHECK_FALSE(options.threads);
    CHECK(options.log_level == wsxmpp::LogLevel::info);
    CHECK(options.log_format == LogFormat::text);
}

TEST_CASE("each timeout reaches its place") {
    const auto options =
        accepted({"--handshake-timeout=1", "--open-timeout=2", "--connect-timeout=3", "--answer-timeout=4",
                  "--ping-interval=5", "--pong-timeout=6", "--drain-timeout=7", "--login-timeout=8"});
    CHECK(options.bridge.login_timeout == 8s);
    CHECK(options.websocket.handshake_timeout == 1s);
    CHECK(options.bridge.open_timeout == 2s);
    CHECK(options.upstream.connect_timeout == 3s);
    CHECK(options.bridge.answer_timeout == 4s);
    CHECK(options.websocket.ping_interval == 5s);
    CHECK(options.websocket.pong_timeout == 6s);
    CHECK(options.drain_timeout == 7s);
}

TEST_CASE("the option --listen names addresses") {
    const auto only = [](const std::string& text) {
        const auto options = accepted({"--listen", text});
        REQUIRE(options.listen.size() == 1);
        return options.listen[0];
    };
    CHECK(only("7000").kind == ListenAddress::Kind::loopback);
    CHECK(only("7000").port == 7000);
    CHECK(only("localhost").port == 6222);
    CHECK(only("localhost:0").port == 0);
    CHECK(only("*:6222").kind == ListenAddress::Kind::every);
    CHECK(only("127.0.0.1:1").address.to_string() == "127.0.0.1");
    CHECK(only("[::1]:65535").address.to_string() == "::1");
    CHECK(only("[::1]:65535").port == 65'535);
    CHECK(only("[::]").address.is_v6());
}

TEST_CASE("the option --listen may be repeated, and takes one value each time") {
    CHECK(accepted({"--listen", "1", "--listen=*:2"}).listen.size() == 2);
    CHECK_THAT(refused({"--listen", "1", "2"}), Contains("'2' is not expected"));
}

TEST_CASE("a wrong --listen says what would be right") {
    const auto [value, hint] = GENERATE(table<std::string, std::string>({
        {"example.org:6222", "no IP address before the port"},
        {"::1", "in brackets, like [::1]:6222"},
        {":6222", "'*:6222' listens on every address"},
        {"65536", "'65536' is not a number from 0 to 65535"},
        {"localhost:x", "'x' is not a number"},
        {"localhost:", "'' is not a number"},
        {"localhost:-1", "'-1' is not a number"},
        {"[::1", "lacks a ']'"},
        {"[::1]6222", "something other than ':PORT'"},
        {"[127.0.0.1]:1", "not an IPv6 address"},
        {"http://localhost:6222/", "is a URI"},
        {"", "names no address"},
    }));
    CHECK_THAT(refused({"--listen", value}), StartsWith("wsxmpp: --listen: '" + value + "'") && Contains(hint));
}

TEST_CASE("the option --upstream names a host and a port") {
    const auto target = [](const char* value) {
        return accepted({"--upstream", value}).upstream.otherwise->targets.at(0);
    };
    CHECK(target("xmpp.example.org").host == "xmpp.example.org");
    CHECK(target("xmpp.example.org").port == 5222);
    CHECK(target("[::1]:15222").host == "::1");
    CHECK(target("[::1]:15222").port == 15'222);

    const auto value = GENERATE("", ":5222", "a:0", "a:65536", "a:b", "::1", "[x]:1", "xmpp://a", "a b", "u@a", "5222");
    CHECK_THAT(refused({"--upstream", value}), StartsWith("wsxmpp: --upstream: '" + std::string{value} + "'"));
}

TEST_CASE("the option --framing raw takes binary messages, the others do not") {
    CHECK(accepted({"--framing", "raw"}).websocket.accept_binary);
    CHECK(accepted({"--framing", "legacy"}).bridge.framing == wsxmpp::Framing::legacy);
    CHECK_FALSE(accepted({"--framing", "rfc7395"}).websocket.accept_binary);
    CHECK(refused({"--framing", "foo"}) == "wsxmpp: --framing: 'foo' is not one of auto, rfc7395, legacy, raw");
}

TEST_CASE("times are seconds, with decimals") {
    CHECK(accepted({"--open-timeout", "0.5"}).bridge.open_timeout == 500ms);
    CHECK(accepted({"--open-timeout", "1.2349"}).bridge.open_timeout == 1234ms);
    CHECK(accepted({"--open-timeout", "86400"}).bridge.open_timeout == 24h);
    CHECK(accepted({"--ping-interval", "0"}).websocket.ping_interval == 0s);
    CHECK(accepted({"--drain-timeout", "0"}).drain_timeout == 0s);

    const auto value = GENERATE("0", "0.0009", "-1", "", ".", "1.", ".5", "1e3", "1s", "86401", "99999999999999999999");
    CHECK_THAT(refused({"--open-timeout", value}),
               Contains("--open-timeout: '" + std::string{value} + "' is not a number of seconds (more than 0"));
}

TEST_CASE("the option --close-timeout bounds the closing of both connections and of the session") {
    const auto options = accepted({"--close-timeout", "2"});
    CHECK(options.websocket.close_timeout == 2s);
    CHECK(options.upstream.close_timeout == 2s);
    CHECK(options.bridge.close_timeout == 2s);
}

TEST_CASE("limits reach both directions") {
    const auto options = accepted({"--max-element=20000", "--max-server-element=30000", "--max-depth=10",
                                   "--max-attributes=11", "--max-fragments=12"});
    CHECK(options.bridge.client_limits.max_element == 20'000);
    CHECK(options.bridge.server_limits.max_element == 30'000);
    CHECK(options.bridge.client_limits.max_depth == 10);
    CHECK(options.bridge.server_limits.max_depth == 10);
    CHECK(options.bridge.client_limits.max_attributes == 11);
    CHECK(options.bridge.server_limits.max_attributes == 11);
    CHECK(options.websocket.max_fragments == 12);
}

TEST_CASE("limits before login and rates reach the bridge, and have the library's defaults") {
    const auto standard = accepted({}).bridge;
    CHECK(standard.max_element_before_login == 8'192);
    CHECK(standard.login_timeout == 60s);
    CHECK(standard.client_rate.messages == 1'000);
    CHECK(standard.client_rate.bytes == 1'048'576);
    CHECK(standard.client_rate.burst == 10s);
    const auto given =
        accepted({"--max-element-before-login=65536", "--rate-messages=0", "--rate-bytes=20000", "--rate-burst=0.5"})
            .bridge;
    CHECK(given.max_element_before_login == 65'536);
    CHECK(given.client_rate.messages == 0);
    CHECK(given.client_rate.bytes == 20'000);
    CHECK(given.client_rate.burst == 500ms);
}

TEST_CASE("a limit before login or a rate that is none is refused with what would be right") {
    CHECK(refused({"--max-element-before-login", "1023"}) ==
          "wsxmpp: --max-element-before-login: '1023' is not a number of bytes from 1024 to 1073741824");
    CHECK(refused({"--rate-messages", "-1"}) ==
          "wsxmpp: --rate-messages: '-1' is not a number of messages a second from 0 to 1000000");
    CHECK(refused({"--rate-bytes", "10k"}) ==
          "wsxmpp: --rate-bytes: '10k' is not a number of bytes a second from 0 to 1073741824");
    CHECK_THAT(refused({"--rate-burst", "0"}), Contains("--rate-burst: '0' is not a number of seconds (more than 0"));
    CHECK_THAT(refused({"--login-timeout", "never"}), Contains("--login-timeout: 'never' is not a number of seconds"));
}

TEST_CASE("a limit that RFC 6120 13.12 forbids is refused") {
    CHECK_THAT(refused({"--max-element", "9999"}), Contains("is not a number of bytes from 10000 to"));
    CHECK_THAT(refused({"--max-depth", "many"}), Contains("'many' is not a number of elements"));
}

TEST_CASE("the option --see-other-uri is a WebSocket URI") {
    CHECK(accepted({"--see-other-uri", "wss://b.example/x?y=1"}).bridge.see_other_uri == "wss://b.example/x?y=1");
    const auto value = GENERATE("", "ws://", "wss:///x", "https://b.example/", "wss://b.example/\"x", "wss://a b/");
    CHECK_THAT(refused({"--see-other-uri", value}), Contains("is not a WebSocket URI"));
}

TEST_CASE("the option --threads is a number from 1 to 1024") {
    CHECK(accepted({"--threads", "1"}).threads == 1);
    CHECK(accepted({"--threads", "1024"}).threads == 1024);
    const auto value = GENERATE("0", "1025", "100000", "x", "-1", "2.5", "");
    CHECK(refused({"--threads", value}) ==
          "wsxmpp: --threads: '" + std::string{value} + "' is not a number of threads from 1 to 1024");
}

TEST_CASE("logging is chosen by name") {
    CHECK(accepted({"--log-level", "trace"}).log_level == wsxmpp::LogLevel::trace);
    CHECK(accepted({"--log-format", "json"}).log_format == LogFormat::json);
    CHECK_THAT(refused({"--log-level", "verbose"}), Contains("trace, debug, info, warning, error, off"));
}

TEST_CASE("an unknown option gets the nearest known one") {
    CHECK(refused({"--framng", "raw"}) == "wsxmpp: --framng: there is no such option; did you mean --framing?");
    CHECK_THAT(refused({"--drain"}), Contains("did you mean --drain-delay?"));
    CHECK(refused({"--quiet=1"}) == "wsxmpp: --quiet: there is no such option");
    CHECK(refused({"-z"}) == "wsxmpp: -z: there is no such option");
}

TEST_CASE("arguments that belong to no option are refused") {
    const auto value = GENERATE("raw", "", "-", "--");
    CHECK_THAT(refused({value}), Contains("every argument belongs to an option"));
}

TEST_CASE("an option without its value, or given twice, is refused") {
    CHECK(refused({"--framing"}) == "wsxmpp: --framing: a value is missing: --framing NAME");
    CHECK(refused({"--framing=raw", "--framing=auto"}) == "wsxmpp: --framing: given more than once");
    CHECK_THAT(refused({"--require-subprotocol=foo"}), Contains("takes true or false"));
}

TEST_CASE("options stand in a file, and the command line goes before it") {
    const test::TemporaryFile file{
        "# comment\nlisten = [\"*:1\", \"2\"]\nping-interval = 0.5\nrequire-subprotocol = true\n"
        "framing = \"raw\"\n"};
    const auto options = accepted({"--config", file.path(), "--framing", "legacy"});
    CHECK(options.listen.size() == 2);
    CHECK(options.websocket.ping_interval == 500ms);
    CHECK(options.websocket.require_subprotocol);
    CHECK(options.bridge.framing == wsxmpp::Framing::legacy);
}

TEST_CASE("what is wrong in a file is told with its name") {
    const auto [text, what] = GENERATE(table<std::string, std::string>({
        {"max-elemet = 1\n", "'max-elemet' is not an option: did you mean 'max-element'?"},
        {"max-element = 1\n", "--max-element: '1' is not a number of bytes"},
        {"[limits]\nmax-element = 20000\n", "there are no sections: remove '[limits]'"},
        {"help = true\n", "'help' is not an option"},
        {"require-subprotocol = maybe\n", "--require-subprotocol: takes true or false"},
        {"listen = []\n", "--listen"},
    }));
    const test::TemporaryFile file{text};
    CHECK_THAT(refused({"--config", file.path()}), StartsWith("wsxmpp: " + file.path() + ": ") && Contains(what));
}

TEST_CASE("a file that is not there is refused") {
    CHECK(refused({"--config", "no-such-file"}) == "wsxmpp: --config: cannot read 'no-such-file'");
}

TEST_CASE("the option --help fits 80 columns and shows groups and defaults") {
    const auto result = parse_options({"--help"});
    CHECK_FALSE(result.options);
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    for (const auto* part :
         {"\nListening:\n", "\nUpstream:\n", "\nProtocol:\n", "\nLimits:\n", "\nTimeouts:\n", "\nLogging:\n",
          "\nShutdown:\n", "--max-element BYTES", "--ping-interval SECONDS", "--threads COUNT", "[default: one a core]",
          "[default: localhost:6222]", "[default: 262144]", "[default: 45]", "-h, --help"})
        CHECK_THAT(result.out, Contains(part));
    std::string::size_type begin = 0;
    for (auto end = result.out.find('\n'); end != std::string::npos; end = result.out.find('\n', begin)) {
        CHECK(end - begin <= 80);
        begin = end + 1;
    }
}

TEST_CASE("the option --version names program and version") {
    CHECK_THAT(parse_options({"--version"}).out, StartsWith("wsxmpp "));
    CHECK(parse_options({"-V"}).exit_code == 0);
}

TEST_CASE("an option that has no effect without another one is refused without it") {
    CHECK_THAT(refused({"--deflate-level", "9"}), Contains("--deflate-level: has no effect without --deflate"));
    CHECK_THAT(refused({"--deflate-context-takeover", "11"}), Contains("without --deflate"));
    CHECK_THAT(refused({"--admin-host", "proxy"}), Contains("--admin-host: has no effect without --admin"));
    CHECK_THAT(refused({"--tls-reload-interval", "5"}), Contains("without --tls-cert"));
}
