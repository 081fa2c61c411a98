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
};

// `code`: X509_V_ERR_…, of `at_fault` (may be null) at `depth` of the chain of the server of `domain`.
TlsFault certificate_fault(int code, const x509_st* at_fault, int depth, const std::string& domain);
// The handshake failed, and not by the certificate.
TlsFault handshake_fault(const transports::TlsLayer::Failure& failure);

std::string issuer_of(const x509_st* certificate);   // its common name, or organisation: "R11"
std::string subject_of(const x509_st* certificate);

}   // namespace wsxmpp::upstream
