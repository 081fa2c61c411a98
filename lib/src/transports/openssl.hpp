// OpenSSL's objects as unique_ptrs, and its strings and times as std::string.
#pragma once

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace wsxmpp::transports {

struct OpensslDelete {
    void operator()(SSL_CTX* it) const { SSL_CTX_free(it); }
    void operator()(SSL* it) const { SSL_free(it); }
    void operator()(SSL_SESSION* it) const { SSL_SESSION_free(it); }
    void operator()(X509* it) const { X509_free(it); }
    void operator()(STACK_OF(X509) * it) const { sk_X509_pop_free(it, X509_free); }
    void operator()(GENERAL_NAMES* it) const { GENERAL_NAMES_free(it); }
    void operator()(EVP_PKEY* it) const { EVP_PKEY_free(it); }
    void operator()(BIO* it) const { BIO_free(it); }
    void operator()(OCSP_RESPONSE* it) const { OCSP_RESPONSE_free(it); }
    void operator()(OCSP_BASICRESP* it) const { OCSP_BASICRESP_free(it); }
    void operator()(ASN1_TIME* it) const { ASN1_TIME_free(it); }
    void operator()(OCSP_CERTID* it) const { OCSP_CERTID_free(it); }
    void operator()(unsigned char* it) const { OPENSSL_free(it); }
};

template <typename T>
using Openssl = std::unique_ptr<T, OpensslDelete>;

inline std::string bytes_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string date_of(const ASN1_TIME* time);   // "2026-11-01", UTC

}   // namespace wsxmpp::transports
