// What the headers of HTTP proxies say of a client: Forwarded (RFC 7239), X-Forwarded-For, X-Forwarded-Proto. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "transports/client_address.hpp"
#include "transports/trusted_networks.hpp"

namespace wsxmpp::transports {

// One hop; the nearest to the client comes first.
struct ForwardedHop {
    std::optional<ClientAddress> from;   // nothing: it is not told ("unknown", an obfuscated name, garbage)
    std::optional<bool> https;           // what the client spoke to this proxy; nothing: it is not told
};
using ForwardedHops = std::vector<ForwardedHop>;

// "203.0.113.7, 10.0.0.1:4711, 2001:db8::1". X-Forwarded-Proto, which is that of the first hop, may be empty.
ForwardedHops read_x_forwarded(std::string_view x_forwarded_for, std::string_view x_forwarded_proto);

// "for=192.0.2.60;proto=https, for="[2001:db8::1]:4711"". Nothing: it is malformed.
std::optional<ForwardedHops> read_forwarded(std::string_view header);

struct ForwardedClient {
    ClientAddress address;
    bool secure = false;   // it came over https, as far as a hop said so
};

// The client, seen from the end: the last that is not trusted itself; or the first of all, if all are. What stands
// before one that is not told, or before an untrusted one, is nobody's word: without any of them it is `peer`.
ForwardedClient find_client(const ForwardedHops& hops, const ClientAddress& peer, const TrustedNetworks& trusted);

}   // namespace wsxmpp::transports
