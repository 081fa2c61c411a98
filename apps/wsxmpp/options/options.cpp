#include "options/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <istream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "cores.hpp"
#include "options/admin_options.hpp"
#include "options/deflate_options.hpp"
#include "options/help.hpp"
#include "options/http_options.hpp"
#include "options/limit_options.hpp"
#include "options/listen_options.hpp"
#include "options/option_set.hpp"
#include "options/tls_options.hpp"
#include "options/upstream_arguments.hpp"
#include "options/upstream_options.hpp"
#include "wsxmpp/version.hpp"

namespace wsxmpp::app {
namespace {

using std::chrono::milliseconds;

// "Could not convert: --any-domain = maybe", in one of CLI11's wordings.
std::string flag_in(const std::string& message) {
    const auto begin = std::min(message.find("--"), message.size());
    return message.substr(begin, message.find_first_not_of("-abcdefghijklmnopqrstuvwxyz", begin) - begin);
}

template <typename T, std::size_t N>
using Names = std::array<std::pair<std::string_view, T>, N>;

constexpr Names<Framing, 4> framings{
    {{"auto", Framing::automatic}, {"rfc7395", Framing::rfc7395}, {"legacy", Framing::legacy}, {"raw", Framing::raw}}};
constexpr Names<LogLevel, 6> log_levels{{{"trace", LogLevel::trace},
                                         {"debug", LogLevel::debug},
                                         {"info", LogLevel::info},
                                         {"warning", LogLevel::warning},
                                         {"error", LogLevel::error},
                                         {"off", LogLevel::off}}};
constexpr Names<LogFormat, 2> log_formats{{{"text", LogFormat::text}, {"json", LogFormat::json}}};

template <typename T, std::size_t N>
T choose(const Names<T, N>& names, std::string_view text) {
    std::string known;
    for (const auto& [name, value] : names) {
        if (name == text) return value;
        known += (known.empty() ? "" : ", ") + std::string{name};
    }
    throw std::invalid_argument{"'" + std::string{text} + "' is not one of " + known};
}

// The file of --config, with keys that no option has refused by name.
class ConfigFile final : public CLI::ConfigTOML {
public:
    explicit ConfigFile(std::vector<std::string> known) : known_{std::move(known)} {}

    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
        auto entries = CLI::ConfigTOML::from_config(input);
        for (const auto& item : entries) {
            if (!item.parents.empty() || item.name == "++" || item.name == "--")
                throw CLI::ConfigError{"there are no sections: remove '[" +
                                       (item.parents.empty() ? item.name : item.parents.front()) + "]'"};
            if (std::find(known_.begin(), known_.end(), item.name) == known_.end()) {
                const auto near = nearest(item.name, known_);
                throw CLI::ConfigError{"'" + item.name + "' is not an option" +
                                       (near.empty() ? "" : ": did you mean '" + near + "'?")};
            }
        }
        return entries;
    }

private:
    std::vector<std::string> known_;
};

class Parser {
public:
    Parser();
    ParseResult run(std::vector<std::string> arguments);

private:
    void add_listening();
    void add_protocol();
    void add_timeouts();
    void add_logging();
    void add_shutdown();
    void add_general();

    std::vector<std::string> names() const;   // without the dashes
    ParseResult wrong(const std::string& what) const;
    std::string unexpected(const std::string& argument) const;
    std::string from_file(const std::string& option, const std::vector<std::string>& arguments) const;

    Options options_;
    UpstreamArguments upstream_;
    TlsArguments tls_;
    std::vector<ListenAddress> listen_;
    CLI::App app_{
        "Lets XMPP clients on WebSocket (RFC 7395, and the framing before it) talk to an XMPP server on TCP."};
    OptionSet set_{app_};
    CLI::Option* config_ = nullptr;
};

Parser::Parser() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.allow_extras();   // told from run(), with a suggestion
    app_.footer(
        "wsxmpp check DOMAIN shows how a domain's server is found, and why not. Each option can stand in the --config "
        "file, without the dashes: drain-timeout = 10");
    add_listening();
    declare_tls_options(set_, tls_, options_);
    declare_upstream_options(set_, upstream_, options_);
    declare_http_options(set_, options_);
    add_protocol();
    declare_deflate_options(set_, options_.websocket.deflate);
    declare_limit_options(set_, options_);
    declare_admission_options(set_, options_.admission);   // limits, too
    add_timeouts();
    add_logging();
    declare_admin_options(set_, options_.admin);
    add_shutdown();
    add_general();
}

void Parser::add_listening() {
    set_.group("Listening");
    declare_listen_options(set_, listen_, options_);
    set_.add("--threads", "COUNT", "Threads that sessions run on; the kernel spreads connections over them",
             "one a core",
             [this](const std::string& text) { options_.threads = parse_count(text, 1, most_threads, "threads"); });
}

void Parser::add_protocol() {
    set_.group("Protocol");
    set_.add(
        "--framing", "NAME",
        "How messages carry XMPP: auto (the first message tells), rfc7395, legacy (<stream:stream>), raw (bytes as "
        "they are)",
        "auto", [this](const std::string& text) {
            options_.bridge.framing = choose(framings, text);
            options_.websocket.accept_binary = options_.bridge.framing == Framing::raw;
        });
    set_.add_flag("--require-subprotocol", options_.websocket.require_subprotocol,
                  "Refuse clients that do not offer the WebSocket subprotocol 'xmpp'");
    set_.add("--see-other-uri", "URI", "ws:// or wss:// URI that clients are sent to when this proxy shuts down",
             "none", [this](const std::string& text) { options_.bridge.see_other_uri = parse_websocket_uri(text); });
}

void Parser::add_timeouts() {
    set_.group("Timeouts");
    auto& websocket = options_.websocket;
    set_.add_time("--handshake-timeout", "From a client's connection to the end of its HTTP request",
                  {&websocket.handshake_timeout});
    set_.add_time("--open-timeout", "To the client's first message after that", {&options_.bridge.open_timeout});
    set_.add_time("--connect-timeout", "To connect to the server, all its addresses together",
                  {&options_.upstream.connect_timeout});
    set_.add_time("--answer-timeout", "To the server's stream header", {&options_.bridge.answer_timeout});
    set_.add_time("--login-timeout", "From then to the client's login", {&options_.bridge.login_timeout});
    set_.add_time("--close-timeout", "Each wait while a connection is closed",
                  {&options_.bridge.close_timeout, &websocket.close_timeout, &options_.upstream.close_timeout});
    set_.add_time("--ping-interval", "Between WebSocket pings; 0: none are sent", {&websocket.ping_interval},
                  milliseconds{0});
    set_.add_time("--pong-timeout", "To the answer to a ping; then the session ends", {&websocket.pong_timeout});
}

void Parser::add_logging() {
    set_.group("Logging");
    set_.add("--log-level", "LEVEL",
             "trace (stanzas, credentials redacted), debug, info (a line for each session), warning, error, off",
             "info", [this](const std::string& text) { options_.log_level = choose(log_levels, text); });
    set_.add("--log-format", "NAME", "text or json (an object a line); written to standard error", "text",
             [this](const std::string& text) { options_.log_format = choose(log_formats, text); });
}

void Parser::add_shutdown() {
    set_.group("Shutdown");
    set_.add_time("--drain-delay",
                  "After SIGTERM or SIGINT /readyz says 503 for so long, and clients are still served, so that a load "
                  "balancer sends new ones elsewhere; then the drain begins",
                  {&options_.drain_delay}, milliseconds{0});
    set_.add_time("--drain-timeout",
                  "After SIGTERM or SIGINT sessions may go on for so long; 0, or a second signal, ends them at once",
                  {&options_.drain_timeout}, milliseconds{0});
}

void Parser::add_general() {
    const std::string group = "General";
    config_ = app_.set_config("--config", "", "Read options from this file too; the command line overrides it");
    config_->type_name("FILE")->group(group)->configurable(false);
    const std::string version = std::string{"wsxmpp "} + wsxmpp::version;
    app_.set_version_flag("-V,--version", version, "Print the version")->group(group)->configurable(false);
    app_.set_help_flag("-h,--help", "Print this")->group(group)->configurable(false);
}

std::vector<std::string> Parser::names() const {
    std::vector<std::string> result;
    for (const auto* option : app_.get_options()) {
        for (const auto& name : option->get_lnames()) result.push_back(name);
    }
    return result;
}

ParseResult Parser::wrong(const std::string& what) const {
    return {std::nullopt, 2, {}, "wsxmpp: " + what + "\nTry 'wsxmpp --help'.\n"};
}

std::string Parser::unexpected(const std::string& argument) const {
    if (argument.substr(0, 1) != "-" || argument == "-" || argument == "--")
        return "'" + argument + "' is not expected: every argument belongs to an option";
    const auto option = argument.substr(0, argument.find('='));
    const auto near = nearest(option.substr(std::min(option.find_first_not_of('-'), option.size())), names());
    return option + ": there is no such option" + (near.empty() ? "" : "; did you mean --" + near + "?");
}

// "FILE: " when the value of `option` can only have come from the file of --config.
std::string Parser::from_file(const std::string& option, const std::vector<std::string>& arguments) const {
    const bool given = std::any_of(arguments.begin(), arguments.end(), [&option](const std::string& argument) {
        return argument == option || argument.compare(0, option.size() + 1, option + "=") == 0;
    });
    return given || config_->count() == 0 ? "" : config_->as<std::string>() + ": ";
}

ParseResult Parser::run(std::vector<std::string> arguments) {
    const auto option_of = [](const CLI::Error& e) {
        const std::string what = e.what();
        return what.substr(0, what.find(':'));
    };
    const auto known = names();   // before parsing: the formatter of the file asks for it
    std::vector<std::string> configurable;
    std::copy_if(known.begin(), known.end(), std::back_inserter(configurable),
                 [](const std::string& name) { return name != "config" && name != "version" && name != "help"; });
    app_.config_formatter(std::make_shared<ConfigFile>(std::move(configurable)));

    try {
        app_.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});   // CLI11 takes them from the back
    } catch (const CLI::CallForHelp&) {
        return {std::nullopt, 0, app_.help("wsxmpp"), {}};
    } catch (const CLI::CallForVersion& e) {
        return {std::nullopt, 0, std::string{e.what()} + "\n", {}};
    } catch (const CLI::ValidationError& e) {
        return wrong(from_file(option_of(e), arguments) + e.what());
    } catch (const CLI::ArgumentMismatch& e) {
        const auto option = option_of(e);
        const auto* found = app_.get_option_no_throw(option);
        if (found == nullptr) return wrong(e.what());
        return wrong(from_file(option, arguments) + option + ": a value is missing: " + option + " " +
                     found->get_type_name());
    } catch (const CLI::ConversionError& e) {   // flags alone are converted by CLI11
        const auto flag = flag_in(e.what());
        return wrong(from_file(flag, arguments) + flag + ": takes true or false");
    } catch (const CLI::FileError&) {
        return wrong("--config: cannot read '" + config_->as<std::string>() + "'");
    } catch (const CLI::ConfigError& e) {
        return wrong(config_->as<std::string>() + ": " + e.what());
    } catch (const CLI::Error& e) {
        return wrong(e.what());
    }
    if (const auto extras = app_.remaining(); !extras.empty()) return wrong(unexpected(extras.front()));
    for (const auto& [option, other] :
         {std::pair{"--deflate-level", "--deflate"}, std::pair{"--deflate-context-takeover", "--deflate"},
          std::pair{"--admin-host", "--admin"}, std::pair{"--tls-reload-interval", "--tls-cert"}})
        if (app_.count(option) > 0 && app_.count(other) == 0)
            return wrong(std::string{option} + ": has no effect without " + other);
    if (!listen_.empty()) options_.listen = std::move(listen_);
    try {
        combine(upstream_, options_.upstream);
        combine(tls_, options_.tls);
        check_listen(options_.listen, !options_.tls.certificates.empty(), options_.admin.address);
    } catch (const std::invalid_argument& e) {
        return wrong(e.what());
    }
    return {std::move(options_), 0, {}, {}};
}

constexpr const char* check_usage =
    "Usage: wsxmpp check DOMAIN [--json] [--no-color] [OPTION]...\n\n"
    "Does once, and shows step by step, what wsxmpp would do for a client of this\n"
    "domain: DNS records, addresses, TLS, the certificate, the stream's features.\n"
    "Takes the options of 'wsxmpp --help' that say where servers are; without any of\n"
    "--domain, --upstream and --any-domain: as with --domain DOMAIN.\n\n"
    "  --json       One JSON object instead of a text\n"
    "  --no-color   No colours (nor with NO_COLOR set, or into a file)\n\n"
    "Exit status: 0 it works, 1 it does not, 2 the options are wrong\n";

ParseResult parse_check(std::vector<std::string> arguments) {
    arguments.erase(arguments.begin());
    const auto take = [&arguments](const std::string& flag) {
        const auto at = std::find(arguments.begin(), arguments.end(), flag);
        if (at == arguments.end()) return false;
        arguments.erase(at);
        return true;
    };
    if (take("--help") || take("-h")) return {std::nullopt, 0, check_usage, {}};
    CheckRequest request;
    request.json = take("--json");
    request.colour = !take("--no-color");
    if (arguments.empty() || arguments.front().empty() || arguments.front().front() == '-')
        return {std::nullopt, 2, {}, "wsxmpp: check: which domain? wsxmpp check DOMAIN [OPTION]...\n"};
    request.domain = arguments.front();
    arguments.erase(arguments.begin());
    const bool routed = std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
        const auto name = argument.substr(0, argument.find('='));
        return name == "--domain" || name == "--upstream" || name == "--any-domain" || name == "--config";
    });
    if (!routed) arguments.insert(arguments.end(), {"--domain", request.domain});
    auto result = Parser{}.run(std::move(arguments));
    result.check = std::move(request);
    return result;
}

}   // namespace

ParseResult parse_options(std::vector<std::string> arguments) {
    if (!arguments.empty() && arguments.front() == "check") return parse_check(std::move(arguments));
    return Parser{}.run(std::move(arguments));
}

}   // namespace wsxmpp::app
