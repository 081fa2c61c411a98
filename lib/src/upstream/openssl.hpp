// OpenSSL's objects as unique_ptrs, and its strings as std::string.
#pragma once

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace wsxmpp::upstream {

struct OpensslDelete {
    void operator()(SSL_CTX* it) const { SSL_CTX_free(it); }
    void operator()(SSL* it) const { SSL_free(it); }
    void operator()(SSL_SESSION* it) const { SSL_SESSION_free(it); }
    void operator()(X509* it) const { X509_free(it); }
    void operator()(unsigned char* it) const { OPENSSL_free(it); }
};

template <typename T>
using Openssl = std::unique_ptr<T, OpensslDelete>;

inline std::string bytes_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

}   // namespace wsxmpp::upstream
