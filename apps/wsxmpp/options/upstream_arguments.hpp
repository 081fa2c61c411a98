// What the options say of XMPP servers, put together: which domain goes where.
#pragma once

#include <string>
#include <vector>

#include "options/upstream_values.hpp"
#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::app {

// As given; combine() finds out what it means.
struct UpstreamArguments {
    std::vector<ServerTarget> upstreams;
    std::vector<DomainValue> domains;
    std::vector<std::string> insecure;
    Route common;   // what holds for all domains that have no setting of their own
    bool any_domain = false;
};

// Fills in `routes` and `otherwise`. Throws std::invalid_argument when the options contradict each other:
// "--any-domain: …".
void combine(const UpstreamArguments& arguments, ServerUpstreamOptions& options);

// The same by the option that names the file, or the setting of a domain: "--ca-file: /etc/ca.pem: No such file or
// directory".
std::string by_option(const TlsFileError& error);

// What is insecure about them, a line each.
std::vector<std::string> warnings(const ServerUpstreamOptions& options);

}   // namespace wsxmpp::app
