#include "check/check_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "log_format.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t column = 21;   // the longest name, "certificate refused", and two

struct Mark {
    const char* sign;
    const char* ansi;
};
constexpr Mark good{"\u2713", "\x1b[32m"};
constexpr Mark bad{"\u2717", "\x1b[31m"};
constexpr Mark neutral{"\u00b7", "\x1b[2m"};

// Empty: there is no such field.
std::string_view field(const CheckReport::Step& step, std::string_view name) {
    for (const auto& [key, value] : step.fields)
        if (key == name) return value;
    return {};
}

const Mark& mark_of(const CheckReport::Step& step) {
    const std::string& name = step.name;
    if (name == "connect failed" || name == "certificate refused" || name == "address refused" ||
        !field(step, "error").empty())
        return bad;
    return name == "connected" || name == "TLS" || name == "certificate" || name == "ready" ? good : neutral;
}

// The values are a peer's in part: what DNS, a certificate or a stream error said must not steer the terminal.
void append_line(std::string& text, const Mark& mark, Colour colour, const std::string& name, std::string_view rest) {
    if (colour == Colour::ansi)
        text += std::string{mark.ansi} + mark.sign + "\x1b[0m ";
    else
        text += std::string{mark.sign} + ' ';
    std::string label = printable(name);
    label.resize(std::max(label.size() + 2, column), ' ');
    text += label + printable(rest) + '\n';
}

// "example.org: 10.0.0.1, 10.0.0.2 (12 ms)": the first field is what it is about.
std::string describe(const CheckReport::Step& step) {
    std::string text;
    for (const auto& [name, value] : step.fields) {
        if (value.empty() || (name == "resumed" && value == "no")) continue;
        if (text.empty())
            text += value;
        else if (name == "ms")
            text += " (" + value + " ms)";
        else if (name == "records" || name == "addresses" || name == "error" || name == "result" || name == "class")
            text += ": " + value;
        else if (name == "resumed")
            text += ", resumed";
        else if (name == "not_after")
            text += ", valid until " + value;
        else if (name == "target")
            text += " to " + value;
        else
            text.append(", ").append(name == "version" ? "" : name + ' ').append(value);
    }
    return text;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
}

std::string verdict(const CheckReport& report) {
    for (auto step = report.steps.rbegin(); step != report.steps.rend(); ++step) {
        if (step->name != "ready") continue;
        return "wsxmpp would connect to " + std::string{field(*step, "server")} + ", security " +
               std::string{field(*step, "security")};
    }
    return "clients of " + report.domain + " can be connected";
}

}   // namespace

std::string advice(std::error_code ec) {
    if (ec == errc::host_unknown) return "name the domain with --domain";
    if (ec == errc::name_not_found || ec == errc::no_address)
        return "is the domain spelt right? Its SRV records, _xmpps-client._tcp and _xmpp-client._tcp, or its address "
               "must lead to a server; or name the server: --domain DOMAIN=HOST";
    if (ec == errc::dns_failed || ec == errc::dns_timeout)
        return "can this machine reach its DNS servers? Others can be named with --dns-server";
    if (ec == errc::address_refused) return "to serve this domain, name it with --domain";
    if (ec == errc::connection_refused || ec == errc::upstreams_down)
        return "is the XMPP server running, and listening at this address and port?";
    if (ec == errc::connect_timeout || ec == errc::network_unreachable)
        return "a firewall may be on the way, or the server is not running";
    if (ec == errc::proxy_refused) return "does the proxy of --socks5 run, and may it connect to this server?";
    if (ec == errc::starttls_not_offered || ec == errc::starttls_refused)
        return "switch on TLS for clients at the server; on a connection that nobody else can listen to, "
               "none://HOST does without";
    if (ec == errc::stream_refused)
        return "does the server serve this domain? Its own log says why it ended the stream";
    if (ec == errc::tls_failed) return "is this a port for TLS? 5222 usually takes STARTTLS, 5223 TLS";
    if (ec == errc::certificate_expired) return "renew the certificate of the server, and reload it there";
    if (ec == errc::certificate_not_yet_valid) return "are the clocks of this machine and of the server right?";
    if (ec == errc::certificate_wrong_name)
        return "the server needs a certificate with this domain among its alternative names";
    if (ec == errc::certificate_untrusted)
        return "use a certificate of a public authority, or name the authority with --ca-file";
    if (ec == errc::certificate_revoked)
        return "get a new certificate for the server, with a new key: this one may be in other hands";
    if (ec == errc::certificate_pin_mismatch) return "was the key of the server changed? Then change the pin, too";
    if (ec == errc::upstream_timeout || ec == errc::upstream_violation || ec == errc::upstream_lost)
        return "is this the port for XMPP clients? 5222 and 5223 usually are, 5269 is for servers, and HTTP has others";
    if (ec == condition::upstream_failed) return "is the XMPP server running? Its own log may say more";
    return {};
}

std::string as_text(const CheckReport& report, Colour colour) {
    std::string text;
    for (const auto& step : report.steps) append_line(text, mark_of(step), colour, step.name, describe(step));
    if (!report.error) {
        append_line(text, neutral, colour, "features", listed(report.features));
        append_line(text, neutral, colour, "mechanisms", listed(report.mechanisms));
        append_line(text, good, colour, "works", verdict(report));
        return text;
    }
    append_line(text, bad, colour, "does not work", report.error.message());
    if (!report.detail.empty()) append_line(text, neutral, colour, "because", report.detail);
    if (const auto hint = advice(report.error); !hint.empty()) append_line(text, neutral, colour, "what to do", hint);
    return text;
}

std::string as_json(const CheckReport& report) {
    Json whole{{"domain", report.domain}, {"ok", !report.error}};
    whole["steps"] = Json::array();
    for (const auto& step : report.steps) {
        Json item{{"step", step.name}};
        for (const auto& [name, value] : step.fields) {
            const bool number = name == "ms" && !value.empty() && value.size() < 16 &&
                                value.find_first_not_of("0123456789") == std::string::npos;
            if (number)
                item[name] = std::stoull(value);
            else
                item[name] = value;
        }
        whole["steps"].push_back(std::move(item));
    }
    if (report.error) {
        whole["error"] = report.error.message();
        whole["detail"] = report.detail;
        whole["advice"] = advice(report.error);
    } else {
        whole["features"] = report.features;
        whole["mechanisms"] = report.mechanisms;
    }
    return whole.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}   // namespace wsxmpp::app
