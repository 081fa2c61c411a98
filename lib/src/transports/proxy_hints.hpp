// What is said of proxies that are not trusted and speak as if they were: whoever set them up is told how they would
// be. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "transports/client_address.hpp"

namespace wsxmpp::transports {

// As many bytes as tell a PROXY header from anything else.
inline constexpr std::size_t longest_proxy_mark = 12;

// Whether a connection that begins with these bytes begins with a PROXY header: "PROXY ", or the signature of
// version 2. Partial: more of them will tell.
enum class ProxyMark { none, partial, whole };
ProxyMark find_proxy_mark(std::string_view begin);

// "10.0.0.1", "2001:db8::1", "unix:": as --trusted-proxy has it.
std::string network_name(const ClientAddress& peer);

// This machine, or a private network (RFC 1918, RFC 4193) or link: a proxy there is likely one's own.
bool is_private(const ClientAddress& peer);

std::string untrusted_proxy_header(const ClientAddress& peer);
// `header` is the name of the one that was ignored.
std::string ignored_header(std::string_view header, const ClientAddress& peer);

}   // namespace wsxmpp::transports
