// The header of the PROXY protocol (HAProxy's proxy-protocol.txt), versions 1 and 2. Pure.
#pragma once

#include <string>

#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::upstream {

// What is sent before all else. `request`: client (source) and local (destination); when the client is no IP address,
// v1 says UNKNOWN and v2 LOCAL. v2 tells of the client's TLS (PP2_TYPE_SSL with version and cipher, PP2_TYPE_ALPN,
// PP2_TYPE_AUTHORITY: the name it asked for). Empty for ProxyProtocol::none.
std::string proxy_header(ProxyProtocol version, const UpstreamRequest& request);

}   // namespace wsxmpp::upstream
