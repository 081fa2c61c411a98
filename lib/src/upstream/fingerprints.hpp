// The fingerprints by which POSH knows a certificate (RFC 7711 §3.1). Pure.
#pragma once

#include <string>
#include <vector>

struct x509_st;

namespace wsxmpp::upstream {

// The SHA-256 and the SHA-512 of its DER.
std::vector<std::string> fingerprints_of(const x509_st* certificate);

}   // namespace wsxmpp::upstream
