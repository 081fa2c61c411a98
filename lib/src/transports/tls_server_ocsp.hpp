// OCSP responses for stapling (RFC 6960, RFC 6066 §8). Pure.
#pragma once

#include <ctime>
#include <string>

#include "transports/tls_server_files.hpp"

namespace wsxmpp::transports {

struct Staple {
    std::string response;    // DER; empty: there is none that can be used
    std::time_t until = 0;   // its nextUpdate
    std::string fault;       // why there is none
};

// Looks whether `response` says of this certificate that it is good, and is not outdated. Its signature is the
// client's to check.
Staple read_staple(std::string response, const ServerCertificate& of, std::time_t now);

// RFC 7633: clients refuse this certificate without a staple.
bool must_staple(const X509* certificate);

}   // namespace wsxmpp::transports
