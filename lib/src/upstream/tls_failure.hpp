// What is wrong with a TLS connection, in words that a person can act on. Pure.
#pragma once

#include <string>
#include <system_error>

#include "transports/tls_layer.hpp"
#include "upstream/openssl.hpp"

namespace wsxmpp::upstream {

struct TlsFault {
    std::error_code error;
    std::string detail;
    // Nothing is wrong with the certificate, but that nobody who is trusted vouches for it as the domain's.
    bool distrust_alone = false;
};

// `code`: X509_V_ERR_…, of `at_fault` (may be null) at `depth` of the chain of the server of `domain`.
TlsFault certificate_fault(int code, const x509_st* at_fault, int depth, const std::string& domain);
// Nobody who is trusted vouches for the certificate, and that is all.
bool is_distrust(int code);
// The handshake failed, and not by the certificate.
TlsFault handshake_fault(const transports::TlsLayer::Failure& failure);

std::string issuer_of(const x509_st* certificate);   // its common name, or organisation: "R11"
std::string subject_of(const x509_st* certificate);

}   // namespace wsxmpp::upstream
