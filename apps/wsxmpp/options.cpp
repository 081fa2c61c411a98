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
    void add_time(const std::string& name, const std::string& description, std::vector<milliseconds*> targets,
                  milliseconds least = milliseconds{1});
    void add_count(const std::string& name, const std::string& value, const std::string& description,
                   std::vector<std::size_t*> targets, std::size_t least, std::size_t most, const std::string& unit);
    void add_listening();
    void add_upstream();
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
    CLI::App app_{
        "Lets XMPP clients on WebSocket (RFC 7395, and the framing before it) talk to an XMPP server on TCP."};
    std::string group_;
    CLI::Option* config_ = nullptr;
};

Parser::Parser() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.allow_extras();   // told from run(), with a suggestion
    app_.footer("Each option can stand in the --config file, without the dashes: drain-timeout = 10");
    add_listening();
    add_upstream();
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
    const auto set = [this](const std::vector<std::string>& values) {
        options_.listen.clear();
        for (const auto& value : values) {
            try {
                options_.listen.push_back(parse_listen(value));
            } catch (const std::invalid_argument& e) {
                throw CLI::ValidationError{"--listen", e.what()};
            }
        }
    };
    app_.add_option_function<std::vector<std::string>>(
            "--listen", set,
            "Where WebSocket clients connect; may be repeated. '*:6222' is every address of this machine, [::1]:6222 "
            "is IPv6, 6222 alone is localhost:6222. Port 0: one is chosen; it is printed")
        ->allow_extra_args(false)
        ->type_name("ADDR:PORT")
        ->default_str("localhost:" + std::to_string(default_listen_port))
        ->group(group_);
    add("--threads", "COUNT", "Threads that sessions run on; the kernel spreads connections over them", "one a core",
        [this](const std::string& text) { options_.threads = parse_count(text, 1, most_threads, "threads"); });
}

void Parser::add_upstream() {
    group_ = "Upstream";
    const auto standard = options_.upstream.host + ":" + std::to_string(options_.upstream.port);
    add("--upstream", "HOST:PORT", "The XMPP server; the port may be left out (5222), IPv6 stands in brackets",
        standard, [this](const std::string& text) {
            auto [host, port] = parse_upstream(text);
            options_.upstream.host = std::move(host);
            options_.upstream.port = port;
        });
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
    app_.add_flag("--require-subprotocol", options_.websocket.require_subprotocol,
                  "Refuse clients that do not offer the WebSocket subprotocol 'xmpp'")
        ->default_str("false")
        ->group(group_);
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
    } catch (const CLI::ConversionError&) {   // flags alone are converted by CLI11
        return wrong(from_file("--require-subprotocol", arguments) + "--require-subprotocol: takes true or false");
    } catch (const CLI::FileError&) {
        return wrong("--config: cannot read '" + config_->as<std::string>() + "'");
    } catch (const CLI::ConfigError& e) {
        return wrong(config_->as<std::string>() + ": " + e.what());
    } catch (const CLI::Error& e) {
        return wrong(e.what());
    }
    if (const auto extras = app_.remaining(); !extras.empty()) return wrong(unexpected(extras.front()));
    return {std::move(options_), 0, {}, {}};
}

}   // namespace

ParseResult parse_options(std::vector<std::string> arguments) { return Parser{}.run(std::move(arguments)); }

}   // namespace wsxmpp::app
