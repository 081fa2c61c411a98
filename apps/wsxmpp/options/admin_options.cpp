#include "options/admin_options.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace wsxmpp::app {
namespace {

// As it stands in a Host header, without a port.
std::string parse_host(const std::string& text) {
    const bool legible = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_';
    });
    if (text.empty() || !legible)
        throw std::invalid_argument{"'" + text + "' is not the name of a host: give it without a port, like " +
                                    "proxy.example.org"};
    return text;
}

}   // namespace

void declare_admin_options(OptionSet& set, AdminOptions& options) {
    set.group("Watching");
    set.add("--admin", "ADDR:PORT",
            "Serve metrics for Prometheus and a status page here, by HTTP, WITHOUT A PASSWORD: 9222 is "
            "localhost:9222; unix:/PATH[;mode=600] is a Unix-domain socket",
            "off", [&options](const std::string& text) { options.address = parse_admin(text); });
    set.add_list("--admin-host", "NAME",
                 "Another name that requests to --admin may give as their Host, which else must be localhost or an IP "
                 "address; may be repeated",
                 "none", [&options](const std::string& text) { options.hosts.push_back(parse_host(text)); });
}

}   // namespace wsxmpp::app
