#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <istream>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "cores.hpp"
#include "help.hpp"
#include "upstream_arguments.hpp"
#include "wsxmpp/version.hpp"

namespace wsxmpp::app {
namespace {

using std::chrono::milliseconds;

// A server must take stanzas of 10000 bytes (RFC 6120 §13.12); what stands before it must let them pass.
constexpr std::size_t least_max_element = 10'000;
constexpr std::size_t most_max_element = 1'073'741'824;
constexpr std::size_t most_count = 65'536;

std::string seconds(milliseconds time) {
    std::string text = std::to_string(time.count() / 1'000);
    if (const auto rest = time.count() % 1'000; rest != 0) {
        const auto digits = std::to_string(rest);
        text += "." + std::string(3 - digits.size(), '0') + digits;
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

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
    using Setter = std::function<void(const std::string&)>;

    // An option that takes one value. Repeats are counted here, so that the message can be ours.
    void add(const std::string& name, const std::string& value, const std::string& description,
             const std::string& standard, const Setter& set);
    // One that may be repeated; `take` gets each value.
    void add_list(const std::string& name, const std::string& value, const std::string& description,
                  const std::string& standard, const Setter& take);
    // One that a --domain can have for itself.
    void add_setting(const std::string& name, const std::string& value, const std::string& description,
                     const std::string& standard);
    void add_flag(const std::string& name, bool& target, const std::string& description);
    void add_time(const std::string& name, const std::string& description, std::vector<milliseconds*> targets,
                  milliseconds least = milliseconds{1});
    void add_count(const std::string& name, const std::string& value, const std::string& description,
                   std::vector<std::size_t*> targets, std::size_t least, std::size_t most, const std::string& unit);
    void add_listening();
    void add_upstream();
    void add_domains();
    void add_server_tls();
    void add_protocol();
    void add_limits();
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
    std::vector<ListenAddress> listen_;
    CLI::App app_{
        "Lets XMPP clients on WebSocket (RFC 7395, and the framing before it) talk to an XMPP server on TCP."};
    std::string group_;
    CLI::Option* config_ = nullptr;
};

Parser::Parser() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.allow_extras();   // told from run(), with a suggestion
    app_.footer(
        "wsxmpp check DOMAIN shows how a domain's server is found, and why not. Each option can stand in the --config "
        "file, without the dashes: drain-timeout = 10");
    add_listening();
    add_upstream();
    add_domains();
    add_server_tls();
    add_protocol();
    add_limits();
    add_timeouts();
    add_logging();
    add_shutdown();
    add_general();
}

void Parser::add(const std::string& name, const std::string& value, const std::string& description,
                 const std::string& standard, const Setter& set) {
    const auto set_once = [name, set](const std::vector<std::string>& values) {
        if (values.size() > 1) throw CLI::ValidationError{name, "given more than once"};
        try {
            set(values.front());
        } catch (const std::invalid_argument& e) {
            throw CLI::ValidationError{name, e.what()};
        }
    };
    app_.add_option_function<std::vector<std::string>>(name, set_once, description)
        ->allow_extra_args(false)
        ->type_name(value)
        ->default_str(standard)
        ->group(group_);
}

void Parser::add_list(const std::string& name, const std::string& value, const std::string& description,
                      const std::string& standard, const Setter& take) {
    const auto take_all = [name, take](const std::vector<std::string>& values) {
        try {
            for (const auto& one : values) take(one);
        } catch (const std::invalid_argument& e) {
            throw CLI::ValidationError{name, e.what()};
        }
    };
    app_.add_option_function<std::vector<std::string>>(name, take_all, description)
        ->allow_extra_args(false)
        ->type_name(value)
        ->default_str(standard)
        ->group(group_);
}

void Parser::add_setting(const std::string& name, const std::string& value, const std::string& description,
                         const std::string& standard) {
    add(name, value, description, standard, [this, name](const std::string& text) {
        try {
            apply_setting(upstream_.common, name.substr(2), text);
        } catch (const std::invalid_argument& e) {
            throw std::invalid_argument{std::string{e.what()}.substr(name.size())};   // without "NAME: "
        }
    });
}

void Parser::add_flag(const std::string& name, bool& target, const std::string& description) {
    app_.add_flag(name, target, description)->default_str("false")->group(group_);
}

void Parser::add_time(const std::string& name, const std::string& description, std::vector<milliseconds*> targets,
                      milliseconds least) {
    const auto standard = seconds(*targets.front());
    add(name, "SECONDS", description, standard, [targets = std::move(targets), least](const std::string& text) {
        for (auto* target : targets) *target = parse_seconds(text, least);
    });
}

void Parser::add_count(const std::string& name, const std::string& value, const std::string& description,
                       std::vector<std::size_t*> targets, std::size_t least, std::size_t most,
                       const std::string& unit) {
    const auto standard = std::to_string(*targets.front());
    add(name, value, description, standard, [=](const std::string& text) {
        for (auto* target : targets) *target = parse_count(text, least, most, unit);
    });
}

void Parser::add_listening() {
    group_ = "Listening";
    add_list("--listen", "ADDR:PORT",
             "Where WebSocket clients connect; may be repeated. '*:6222' is every address of this machine, [::1]:6222 "
             "is IPv6, 6222 alone is localhost:6222. Port 0: one is chosen; it is printed",
             "localhost:" + std::to_string(default_listen_port),
             [this](const std::string& text) { listen_.push_back(parse_listen(text)); });
    add("--threads", "COUNT", "Threads that sessions run on; the kernel spreads connections over them", "one a core",
        [this](const std::string& text) { options_.threads = parse_count(text, 1, most_threads, "threads"); });
}

void Parser::add_upstream() {
    group_ = "Upstream";
    add_list("--upstream", "[SECURITY://]HOST[:PORT]",
             "The XMPP server, whatever domain a client names; may be repeated. SECURITY: tls (port 5223), starttls, "
             "starttls-if-offered, none; left out, it is none for this machine and private addresses, and starttls "
             "for all others. unix:/PATH is a Unix-domain socket",
             "localhost:5222", [this](const std::string& text) { upstream_.upstreams.push_back(parse_target(text)); });
    add_setting("--balance", "NAME",
                "Which of several is tried first: in-order, round-robin, least-connections; one that failed comes last "
                "for 10 seconds",
                "in-order");
    add_setting("--proxy-protocol", "NAME", "Tell the server the client's address by the PROXY protocol: none, v1, v2",
                "none");
    add_setting("--socks5", "HOST[:PORT]",
                "Connect through a SOCKS5 proxy (port 1080), which resolves the names; SRV records are not asked for",
                "none");
    add_flag("--verbose-errors", options_.upstream.verbose_errors,
             "Tell clients the addresses of servers that fail; the log has them anyway");
}

void Parser::add_domains() {
    group_ = "Domains";
    add_list("--domain", "NAME[=TARGET,...][;SETTING...]",
             "A domain that is served; others hear host-unknown. May be repeated. TARGET as for --upstream; without "
             "one it is the --upstream, and without that the domain's SRV records. SETTING: balance=, ca-file=, "
             "crl-file=, pin=, client-cert=, client-key=, proxy-protocol=, socks5=, as the options, for this domain",
             "none", [this](const std::string& text) { upstream_.domains.push_back(parse_domain(text)); });
    add_flag("--any-domain", upstream_.any_domain,
             "Serve every other domain too, by its SRV records. This makes an OPEN PROXY: every page can reach every "
             "public XMPP server through it, under this machine's address");
    add_flag("--allow-private", options_.upstream.allow_private,
             "With --any-domain: reach loopback, private, link-local and multicast addresses, too, and so whatever "
             "listens inside this network");
    add_list("--dns-server", "ADDR[:PORT]", "Ask this DNS server; may be repeated", "the system's",
             [this](const std::string& text) { options_.upstream.dns_servers.push_back(parse_dns_server(text)); });
}

void Parser::add_server_tls() {
    group_ = "TLS to the server";
    add_setting("--ca-file", "FILE", "Authorities to trust (PEM)", "the system's");
    add_setting("--crl-file", "FILE", "Revocation lists of all of them (PEM)", "none");
    add_list("--pin", "sha256//BASE64",
             "Hash of the server's public key, as curl's; may be repeated, one must fit, beside all else", "none",
             [this](const std::string& text) { apply_setting(upstream_.common, "pin", text); });
    add_setting("--client-cert", "FILE", "Certificate to show to servers that ask for one (PEM chain)", "none");
    add_setting("--client-key", "FILE", "Its key (PEM)", "in --client-cert");
    add_list("--insecure", "DOMAIN", "Do not verify the certificate of this --domain; may be repeated", "none",
             [this](const std::string& text) { upstream_.insecure.push_back(text); });
    add_flag("--keep-channel-binding", options_.bridge.keep_tls_server_end_point,
             "Let clients see -PLUS mechanisms for tls-server-end-point: the certificate that clients see is the "
             "server's own");
}

void Parser::add_protocol() {
    group_ = "Protocol";
    add("--framing", "NAME",
        "How messages carry XMPP: auto (the first message tells), rfc7395, legacy (<stream:stream>), raw (bytes as "
        "they are)",
        "auto", [this](const std::string& text) {
            options_.bridge.framing = choose(framings, text);
            options_.websocket.accept_binary = options_.bridge.framing == Framing::raw;
        });
    add_flag("--require-subprotocol", options_.websocket.require_subprotocol,
             "Refuse clients that do not offer the WebSocket subprotocol 'xmpp'");
    add("--see-other-uri", "URI", "ws:// or wss:// URI that clients are sent to when this proxy shuts down", "none",
        [this](const std::string& text) { options_.bridge.see_other_uri = parse_websocket_uri(text); });
}

void Parser::add_limits() {
    group_ = "Limits";
    auto& client = options_.bridge.client_limits;
    auto& server = options_.bridge.server_limits;
    add_count("--max-element", "BYTES", "Largest stanza a client may send", {&client.max_element}, least_max_element,
              most_max_element, "bytes");
    add_count("--max-server-element", "BYTES", "Largest stanza the server may send", {&server.max_element},
              least_max_element, most_max_element, "bytes");
    add_count("--max-depth", "COUNT", "Elements open at once inside one stanza, either way",
              {&client.max_depth, &server.max_depth}, 4, most_count, "elements");
    add_count("--max-attributes", "COUNT", "Attributes of one tag, either way",
              {&client.max_attributes, &server.max_attributes}, 4, most_count, "attributes");
    add_count("--max-fragments", "COUNT", "WebSocket frames of one message", {&options_.websocket.max_fragments}, 1,
              most_count, "frames");
}

void Parser::add_timeouts() {
    group_ = "Timeouts";
    auto& websocket = options_.websocket;
    add_time("--handshake-timeout", "From a client's connection to the end of its HTTP request",
             {&websocket.handshake_timeout});
    add_time("--open-timeout", "To the client's first message after that", {&options_.bridge.open_timeout});
    add_time("--connect-timeout", "To connect to the server, all its addresses together",
             {&options_.upstream.connect_timeout});
    add_time("--answer-timeout", "To the server's stream header", {&options_.bridge.answer_timeout});
    add_time("--close-timeout", "Each wait while a connection is closed",
             {&options_.bridge.close_timeout, &websocket.close_timeout, &options_.upstream.close_timeout});
    add_time("--ping-interval", "Between WebSocket pings; 0: none are sent", {&websocket.ping_interval},
             milliseconds{0});
    add_time("--pong-timeout", "To the answer to a ping; then the session ends", {&websocket.pong_timeout});
}

void Parser::add_logging() {
    group_ = "Logging";
    add("--log-level", "LEVEL",
        "trace (stanzas, credentials redacted), debug, info (a line for each session), warning, error, off", "info",
        [this](const std::string& text) { options_.log_level = choose(log_levels, text); });
    add("--log-format", "NAME", "text or json (an object a line); written to standard error", "text",
        [this](const std::string& text) { options_.log_format = choose(log_formats, text); });
}

void Parser::add_shutdown() {
    group_ = "Shutdown";
    add_time("--drain-timeout",
             "After SIGTERM or SIGINT sessions may go on for so long; 0, or a second signal, ends them at once",
             {&options_.drain_timeout}, milliseconds{0});
}

void Parser::add_general() {
    group_ = "General";
    config_ = app_.set_config("--config", "", "Read options from this file too; the command line overrides it");
    config_->type_name("FILE")->group(group_)->configurable(false);
    const std::string version = std::string{"wsxmpp "} + wsxmpp::version;
    app_.set_version_flag("-V,--version", version, "Print the version")->group(group_)->configurable(false);
    app_.set_help_flag("-h,--help", "Print this")->group(group_)->configurable(false);
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
    if (!listen_.empty()) options_.listen = std::move(listen_);
    try {
        combine(upstream_, options_.upstream);
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
