// What a WebSocket client must not see of a server's stream features.
#pragma once

#include <string>
#include <string_view>

namespace wsxmpp::core {

// Takes <starttls/> and <compression/> (RFC 7395 §3.9, XEP-0138) out of <stream:features/>, which stands alone. All
// else stays as it is, byte for byte.
std::string without_transport_features(std::string_view features);

}   // namespace wsxmpp::core
