#include "options/upstream_arguments.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "ascii.hpp"

namespace wsxmpp::app {
namespace {

[[noreturn]] void contradiction(const std::string& what) { throw std::invalid_argument{what}; }

// As they are written, but for ASCII case; that U-labels and A-labels are the same only the library knows.
bool same_domain(std::string_view a, std::string_view b) { return equals_ignoring_case(a, b); }

Route route_of(const UpstreamArguments& arguments, const DomainValue& value) {
    Route route = arguments.common;
    route.domain = value.domain;
    route.targets = value.targets.empty() ? arguments.upstreams : value.targets;
    const auto sets = [&value](std::string_view name) {
        const auto is_it = [name](const auto& setting) { return setting.first == name; };
        return std::any_of(value.settings.begin(), value.settings.end(), is_it);
    };
    if (sets("pin")) route.tls.pins.clear();
    if (sets("client-cert")) route.tls.key_file.clear();   // the common key is that of the common certificate
    for (const auto& [name, setting] : value.settings) apply_setting(route, name, setting);
    const auto& insecure = arguments.insecure;
    route.tls.insecure = std::any_of(insecure.begin(), insecure.end(),
                                     [&value](const std::string& name) { return same_domain(name, value.domain); });
    return route;
}

void check(const UpstreamArguments& arguments, const ServerUpstreamOptions& options) {
    if (arguments.any_domain && !arguments.upstreams.empty())
        contradiction(
            "--any-domain: servers are found by the domain, and --upstream names one for all; give one of the two");
    if (options.allow_private && !arguments.any_domain)
        contradiction(
            "--allow-private: means something with --any-domain alone; servers that are named may be anywhere");
    if (arguments.any_domain && !arguments.common.socks5.host.empty() && !options.allow_private)
        contradiction(
            "--any-domain: the SOCKS5 proxy resolves names, so that private addresses cannot be refused here; "
            "add --allow-private if that is no matter, or name the domains");
    for (auto value = arguments.domains.begin(); value != arguments.domains.end(); ++value) {
        const auto is_it = [value](const DomainValue& other) { return same_domain(other.domain, value->domain); };
        if (std::any_of(arguments.domains.begin(), value, is_it))
            contradiction("--domain: '" + value->domain +
                          "' is given more than once: name all its servers in one, as NAME=A,B");
    }
    for (const std::string& name : arguments.insecure) {
        const auto is_it = [&name](const DomainValue& value) { return same_domain(value.domain, name); };
        if (std::none_of(arguments.domains.begin(), arguments.domains.end(), is_it))
            contradiction("--insecure: '" + name + "' is none of the domains: name it with --domain, too");
    }
}

}   // namespace

void combine(const UpstreamArguments& arguments, ServerUpstreamOptions& options) {
    check(arguments, options);
    for (const DomainValue& value : arguments.domains) options.routes.push_back(route_of(arguments, value));
    if (!arguments.domains.empty() && !arguments.any_domain) return;
    options.otherwise = arguments.common;
    options.otherwise->targets = arguments.upstreams;
    if (arguments.upstreams.empty() && !arguments.any_domain) options.otherwise->targets.emplace_back();
}

std::string by_option(const TlsFileError& error) {
    std::string option = error.field();
    for (const auto& [field, name] :
         {std::pair{"ca_file", "--ca-file"}, std::pair{"crl_file", "--crl-file"},
          std::pair{"certificate_file", "--client-cert"}, std::pair{"key_file", "--client-key"},
          std::pair{"certificates.certificate_file", "--tls-cert"}, std::pair{"certificates.key_file", "--tls-key"}})
        if (option == field) option = name;
    return option + ": " + error.reason();
}

std::vector<std::string> warnings(const ServerUpstreamOptions& options) {
    std::vector<std::string> lines;
    const auto look_at = [&lines](const Route& route, const std::string& whose) {
        if (route.tls.insecure)
            lines.push_back("THE CERTIFICATE OF " + whose +
                            " IS NOT VERIFIED (--insecure): whoever is on the way can read and change everything");
        for (const ServerTarget& target : route.targets)
            if (target.security == Security::starttls_if_offered)
                lines.push_back("TLS to " + target.host +
                                " is used if offered: whoever is on the way can take it away");
    };
    for (const Route& route : options.routes) look_at(route, route.domain);
    if (!options.otherwise) return lines;
    look_at(*options.otherwise, "the XMPP server");
    if (options.otherwise->targets.empty())
        lines.push_back(
            "--any-domain: this is an open proxy; every page can reach every public XMPP server through it" +
            std::string{options.allow_private ? ", and every address of this machine and network" : ""});
    return lines;
}

}   // namespace wsxmpp::app
