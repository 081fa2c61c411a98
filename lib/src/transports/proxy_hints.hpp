// What is said of proxies that are not trusted and speak as if they were: whoever set them up is told how they would
// be. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "transports/client_address.hpp"

namespace wsxmpp::transports {

// As many bytes as tell a PROXY header from anything else.
inline constexpr std::size_t proxy_header_mark = 12;

// A PROXY header begins so: "PROXY ", or the signature of version 2.
bool begins_as_proxy_header(std::string_view bytes);

// "10.0.0.1", "2001:db8::1", "unix:": as --trusted-proxy has it.
std::string network_name(const ClientAddress& peer);

// This machine, or a private network (RFC 1918, RFC 4193) or link: a proxy there is likely one's own.
bool is_private(const ClientAddress& peer);

std::string untrusted_proxy_header(const ClientAddress& peer);
// `header` is the name of the one that was ignored.
std::string ignored_header(std::string_view header, const ClientAddress& peer);

}   // namespace wsxmpp::transports
