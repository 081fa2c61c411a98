// The values of the options that say where XMPP servers are, as a person writes them. Pure.
// Each function throws std::invalid_argument; its what() says what is wrong with the text and what would be right.
#pragma once

#include <asio/ip/udp.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::app {

// "xmpp.example.org", "10.0.0.1:5222", "tls://[2001:db8::1]", "starttls://host:5222", "unix:/run/xmpp.sock".
ServerTarget parse_target(std::string_view text);

// A value of --domain: "example.org", "example.org=tls://10.0.0.1,tls://10.0.0.2;pin=sha256//…;balance=round-robin".
struct DomainValue {
    std::string domain;
    std::vector<ServerTarget> targets;
    std::vector<std::pair<std::string, std::string>> settings;   // legal ones, for apply_setting()
};
DomainValue parse_domain(std::string_view text);

// Sets in `route` what the global option of that name ("ca-file", "pin", …) sets for all; a pin is added.
void apply_setting(Route& route, std::string_view name, std::string_view value);

// "127.0.0.1", "127.0.0.1:5353", "[::1]:53".
asio::ip::udp::endpoint parse_dns_server(std::string_view text);

// "localhost:1080", "[::1]"; the port may be left out (1080). "none" has an empty host.
ServerTarget parse_socks5(std::string_view text);

}   // namespace wsxmpp::app
