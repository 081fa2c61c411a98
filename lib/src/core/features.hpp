// What a WebSocket client must not see of a server's stream features.
#pragma once

#include <string>
#include <string_view>

namespace wsxmpp::core {

// Takes out of <stream:features/>, which stands alone, what does not reach through the proxy: <starttls/> and
// <compression/> (RFC 7395 §3.9, XEP-0138), and what binds a login to the client's own TLS, which ends at the proxy:
// the mechanisms whose names end in -PLUS (RFC 5802 §6) and those of HT-… with a binding, of SASL (RFC 6120 §6), of
// SASL 2 (XEP-0388) and of FAST in it (XEP-0484), and the types of binding (XEP-0440). All else stays as it is, byte
// for byte. Linear.
//
// `keep_end_point`: the same certificate stands on both sides of the proxy, so that a binding to it, and to nothing
// else of TLS, holds (tls-server-end-point, RFC 5929 §4): -PLUS and HT-…-ENDP stay, and that type.
std::string without_transport_features(std::string_view features, bool keep_end_point = false);

}   // namespace wsxmpp::core
