#include "check_report.hpp"

#include <nlohmann/json.hpp>

#include "wsxmpp/error.hpp"

namespace wsxmpp::app {
namespace {

constexpr std::size_t column = 21;   // the longest name, "certificate refused", and two

struct Mark {
    const char* sign;
    const char* ansi;
};
constexpr Mark good{"\u2713", "\x1b[32m"};
constexpr Mark bad{"\u2717", "\x1b[31m"};
constexpr Mark neutral{"\u00b7", "\x1b[2m"};

const Mark& mark_of(const CheckReport::Step& step) {
    const auto has_error = [&step] {
        for (const auto& [name, value] : step.fields)
            if (name == "error") return true;
        return false;
    };
    const std::string& name = step.name;
    if (name == "connect failed" || name == "certificate refused" || name == "address refused" || has_error())
        return bad;
    return name == "connected" || name == "TLS" || name == "certificate" || name == "ready" ? good : neutral;
}

void append_line(std::string& text, const Mark& mark, Colour colour, std::string name, const std::string& rest) {
    if (colour == Colour::ansi)
        text += std::string{mark.ansi} + mark.sign + "\x1b[0m ";
    else
        text += std::string{mark.sign} + ' ';
    name.resize(std::max(name.size() + 2, column), ' ');
    text += name + rest + '\n';
}

// "example.org: 10.0.0.1, 10.0.0.2 (12 ms)": the first field is what it is about.
std::string describe(const CheckReport::Step& step) {
    std::string text;
    bool first = true;
    for (const auto& [name, value] : step.fields) {
        if (value.empty()) continue;
        if (first)
            text += value;
        else if (name == "ms")
            text += " (" + value + " ms)";
        else if (name == "records" || name == "addresses" || name == "error" || name == "result" || name == "class")
            text += ": " + value;
        else
            text += ", " + (name == "version" ? value : name + " " + value);
        first = false;
    }
    return text;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
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
    if (ec == errc::starttls_not_offered || ec == errc::starttls_refused)
        return "switch on TLS for clients at the server; on a connection that nobody else can listen to, "
               "none://HOST does without";
    if (ec == errc::certificate_expired) return "renew the certificate of the server, and reload it there";
    if (ec == errc::certificate_wrong_name)
        return "the server needs a certificate with this domain among its alternative names";
    if (ec == errc::certificate_untrusted)
        return "use a certificate of a public authority, or name the authority with --ca-file";
    if (ec == errc::certificate_pin_mismatch) return "was the key of the server changed? Then change the pin, too";
    if (ec == errc::tls_failed) return "is this a port for TLS? 5222 usually takes STARTTLS, 5223 TLS";
    return {};
}

std::string as_text(const CheckReport& report, Colour colour) {
    std::string text;
    for (const auto& step : report.steps) append_line(text, mark_of(step), colour, step.name, describe(step));
    if (!report.error) {
        append_line(text, neutral, colour, "features", listed(report.features));
        append_line(text, neutral, colour, "mechanisms", listed(report.mechanisms));
        append_line(text, good, colour, "works", "clients of " + report.domain + " can be connected");
        return text;
    }
    append_line(text, bad, colour, "does not work", report.detail.empty() ? report.error.message() : report.detail);
    if (const auto hint = advice(report.error); !hint.empty()) append_line(text, neutral, colour, "what to do", hint);
    return text;
}

std::string as_json(const CheckReport& report) {
    using Json = nlohmann::ordered_json;
    Json json{{"domain", report.domain}, {"ok", !report.error}};
    json["steps"] = Json::array();
    for (const auto& step : report.steps) {
        Json item{{"step", step.name}};
        for (const auto& [name, value] : step.fields) item[name] = value;
        json["steps"].push_back(std::move(item));
    }
    if (report.error) {
        json["error"] = report.error.message();
        json["detail"] = report.detail;
        json["advice"] = advice(report.error);
    } else {
        json["features"] = report.features;
        json["mechanisms"] = report.mechanisms;
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}   // namespace wsxmpp::app
