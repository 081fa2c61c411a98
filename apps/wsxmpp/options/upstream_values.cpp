#include "options/upstream_values.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>

#include "options/values.hpp"

namespace wsxmpp::app {
namespace {

constexpr std::uint16_t direct_tls_port = 5223;
constexpr std::uint16_t socks5_port = 1080;
constexpr std::uint16_t dns_port = 53;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

constexpr std::array<std::pair<std::string_view, Security>, 4> securities{
    {{"none", Security::none},
     {"starttls", Security::starttls},
     {"starttls-if-offered", Security::starttls_if_offered},
     {"tls", Security::tls}}};

Security parse_security(std::string_view text, std::string_view name) {
    for (const auto& [known, security] : securities)
        if (known == name) return security;
    refuse(text, "has an unknown '" + std::string{name} +
                     "://': write tls://, starttls://, starttls-if-offered:// or none:// before the host");
}

Balance parse_balance(std::string_view text) {
    if (text == "in-order") return Balance::in_order;
    if (text == "round-robin") return Balance::round_robin;
    if (text == "least-connections") return Balance::least_connections;
    refuse(text, "is not one of in-order, round-robin, least-connections");
}

ProxyProtocol parse_proxy_protocol(std::string_view text) {
    if (text == "none") return ProxyProtocol::none;
    if (text == "v1") return ProxyProtocol::v1;
    if (text == "v2") return ProxyProtocol::v2;
    refuse(text, "is not one of none, v1, v2");
}

std::string parse_file(std::string_view text) {
    if (text.empty()) refuse(text, "names no file");
    return std::string{text};
}

// As the library takes them: the 32 bytes of a SHA-256 in base64 are 43 characters and a '='.
std::string parse_pin(std::string_view text) {
    constexpr std::string_view prefix = "sha256//";
    constexpr std::size_t characters = 43;
    const auto hash = text.substr(std::min(prefix.size(), text.size()));
    const bool legal = std::all_of(hash.begin(), hash.begin() + std::min(characters, hash.size()), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/';
    });
    if (text.substr(0, prefix.size()) != prefix || hash.size() != characters + 1 || hash.back() != '=' || !legal)
        refuse(text,
               "is no pin: write sha256// and the base64 of the SHA-256 of the server's public key, which has 44 "
               "characters");
    return std::string{text};
}

struct Setting {
    std::string_view name;
    void (*set)(Route& route, std::string_view value);
};
constexpr std::array<Setting, 8> settings{
    {{"balance", [](Route& r, std::string_view v) { r.balance = parse_balance(v); }},
     {"ca-file", [](Route& r, std::string_view v) { r.tls.ca_file = parse_file(v); }},
     {"crl-file", [](Route& r, std::string_view v) { r.tls.crl_file = parse_file(v); }},
     {"pin", [](Route& r, std::string_view v) { r.tls.pins.push_back(parse_pin(v)); }},
     {"client-cert", [](Route& r, std::string_view v) { r.tls.certificate_file = parse_file(v); }},
     {"client-key", [](Route& r, std::string_view v) { r.tls.key_file = parse_file(v); }},
     {"proxy-protocol", [](Route& r, std::string_view v) { r.proxy_protocol = parse_proxy_protocol(v); }},
     {"socks5", [](Route& r, std::string_view v) { r.socks5 = parse_socks5(v); }}}};

std::string setting_names() {
    std::string names;
    for (const Setting& setting : settings) names += (names.empty() ? "" : ", ") + std::string{setting.name};
    return names;
}

}   // namespace

ServerTarget parse_target(std::string_view text) {
    constexpr std::string_view unix_scheme = "unix:";
    ServerTarget target;
    std::string_view rest = text;
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
        target.security = parse_security(text, rest.substr(0, scheme));
        rest.remove_prefix(scheme + 3);
    }
    if (rest.substr(0, unix_scheme.size()) == unix_scheme) {
        target.host = rest.substr(unix_scheme.size());
        if (target.host.empty() || target.host.front() != '/')
            refuse(text, "names no socket: write unix:/run/xmpp.sock, with the whole path");
        return target;
    }
    const std::uint16_t standard = target.security == Security::tls ? direct_tls_port : default_upstream_port;
    auto [host, port] = parse_upstream(rest, standard);
    target.host = std::move(host);
    target.port = port;
    return target;
}

DomainValue parse_domain(std::string_view text) {
    const auto parts = split(text, ';');
    const auto equals = parts.front().find('=');
    DomainValue value;
    value.domain = parts.front().substr(0, equals);
    if (value.domain.empty()) refuse(text, "names no domain: write NAME, or NAME=TARGET, like example.org=10.0.0.1");
    if (equals != std::string_view::npos)
        for (const auto target : split(parts.front().substr(equals + 1), ','))
            value.targets.push_back(parse_target(target));
    Route scratch;
    for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
        const auto name = part->substr(0, part->find('='));
        const auto setting = part->size() > name.size() ? part->substr(name.size() + 1) : std::string_view{};
        const bool again = std::any_of(value.settings.begin(), value.settings.end(),
                                       [name](const auto& earlier) { return earlier.first == name; });
        if (again && name != "pin") refuse(text, "has " + std::string{name} + "= more than once");
        try {
            apply_setting(scratch, name, setting);
        } catch (const std::invalid_argument& e) {
            throw std::invalid_argument{std::string{name} + ": " + e.what()};
        }
        value.settings.emplace_back(name, setting);
    }
    return value;
}

void apply_setting(Route& route, std::string_view name, std::string_view value) {
    const auto* const found =
        std::find_if(settings.begin(), settings.end(), [name](const Setting& s) { return s.name == name; });
    if (found == settings.end()) refuse(name, "is no setting of a domain: there are " + setting_names());
    found->set(route, value);
}

asio::ip::udp::endpoint parse_dns_server(std::string_view text) {
    std::error_code ec;
    if (const auto alone = asio::ip::make_address(std::string{text}, ec); !ec) return {alone, dns_port};
    const auto [host, port] = parse_upstream(text, dns_port);
    const auto address = asio::ip::make_address(host, ec);
    if (ec) refuse(text, "is no address of a DNS server: write 127.0.0.1, 127.0.0.1:53 or [::1]:53");
    return {address, port};
}

ServerTarget parse_socks5(std::string_view text) {
    if (text == "none") return {{}, socks5_port, {}};
    auto [host, port] = parse_upstream(text, socks5_port);
    return {std::move(host), port, {}};
}

}   // namespace wsxmpp::app
