#include "options/upstream_options.hpp"

#include <string>

#include "options/upstream_values.hpp"

namespace wsxmpp::app {
namespace {

// One that a --domain can have for itself.
void add_setting(OptionSet& set, UpstreamArguments& arguments, const std::string& name, const std::string& value,
                 const std::string& description, const std::string& standard) {
    set.add(name, value, description, standard,
            [&arguments, name](const std::string& text) { apply_setting(arguments.common, name.substr(2), text); });
}

void add_upstream(OptionSet& set, UpstreamArguments& arguments, Options& options) {
    set.group("Upstream");
    set.add_list(
        "--upstream", "[SECURITY://]HOST[:PORT]",
        "The XMPP server, whatever domain a client names; may be repeated. SECURITY: tls (port 5223), starttls, "
        "starttls-if-offered, none; left out, it is none for this machine and private addresses, and starttls "
        "for all others. unix:/PATH is a Unix-domain socket",
        "localhost:5222", [&arguments](const std::string& text) { arguments.upstreams.push_back(parse_target(text)); });
    add_setting(set, arguments, "--balance", "NAME",
                "Which of several is tried first: in-order, round-robin, least-connections; one that failed comes last "
                "for 10 seconds",
                "in-order");
    add_setting(set, arguments, "--proxy-protocol", "NAME",
                "Tell the server the client's address by the PROXY protocol: none, v1, v2", "none");
    add_setting(set, arguments, "--socks5", "HOST[:PORT]",
                "Connect through a SOCKS5 proxy (port 1080), which resolves the names; SRV records are not asked for",
                "none");
    set.add_flag("--verbose-errors", options.upstream.verbose_errors,
                 "Tell clients the addresses of servers that fail; the log has them anyway");
}

void add_domains(OptionSet& set, UpstreamArguments& arguments, Options& options) {
    set.group("Domains");
    set.add_list(
        "--domain", "NAME[=TARGET,...][;SETTING...]",
        "A domain that is served; others hear host-unknown. May be repeated. TARGET as for --upstream; without "
        "one it is the --upstream, and without that the domain's SRV records. SETTING: balance=, ca-file=, "
        "crl-file=, pin=, client-cert=, client-key=, proxy-protocol=, socks5=, as the options, for this domain",
        "none", [&arguments](const std::string& text) { arguments.domains.push_back(parse_domain(text)); });
    set.add_flag(
        "--any-domain", arguments.any_domain,
        "Serve every other domain too, by its SRV records. This makes an OPEN PROXY: every page can reach every "
        "public XMPP server through it, under this machine's address");
    set.add_flag(
        "--allow-private", options.upstream.allow_private,
        "With --any-domain: reach loopback, private, link-local and multicast addresses, those of this machine, "
        "and ports below 1024, too, and so whatever listens inside this network");
    set.add_list(
        "--dns-server", "ADDR[:PORT]", "Ask this DNS server; may be repeated", "the system's",
        [&options](const std::string& text) { options.upstream.dns_servers.push_back(parse_dns_server(text)); });
}

void add_server_tls(OptionSet& set, UpstreamArguments& arguments, Options& options) {
    set.group("TLS to the server");
    add_setting(set, arguments, "--ca-file", "FILE", "Authorities to trust (PEM)", "the system's");
    add_setting(set, arguments, "--crl-file", "FILE", "Revocation lists of all of them (PEM)", "none");
    set.add_list("--pin", "sha256//BASE64",
                 "Hash of the server's public key, as curl's; may be repeated, one must fit, beside all else", "none",
                 [&arguments](const std::string& text) { apply_setting(arguments.common, "pin", text); });
    add_setting(set, arguments, "--client-cert", "FILE", "Certificate to show to servers that ask for one (PEM chain)",
                "none");
    add_setting(set, arguments, "--client-key", "FILE", "Its key (PEM)", "in --client-cert");
    set.add_list("--insecure", "DOMAIN", "Do not verify the certificate of this --domain; may be repeated", "none",
                 [&arguments](const std::string& text) { arguments.insecure.push_back(text); });
    set.add_flag("--posh", arguments.common.tls.posh,
                 "Where a server's certificate is self-signed, of an unknown authority or for other names, ask the "
                 "domain's website (HTTPS, port 443) whether it is the right one: POSH, RFC 7711");
    set.add_flag("--keep-channel-binding", options.bridge.keep_tls_server_end_point,
                 "Let clients see -PLUS mechanisms for tls-server-end-point: the certificate that clients see is the "
                 "server's own");
}

}   // namespace

void declare_upstream_options(OptionSet& set, UpstreamArguments& arguments, Options& options) {
    add_upstream(set, arguments, options);
    add_domains(set, arguments, options);
    add_server_tls(set, arguments, options);
}

}   // namespace wsxmpp::app
