#include "upstream/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509err.h>

#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace wsxmpp::upstream {

namespace {

// That there is nothing of the kind, in the words of each of OpenSSL's readers.
bool says_nothing_found(unsigned long code) {
    const int library = ERR_GET_LIB(code);
    const int reason = ERR_GET_REASON(code);
    return (library == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE) ||
           (library == ERR_LIB_X509 &&
            (reason == X509_R_NO_CERTIFICATE_OR_CRL_FOUND || reason == X509_R_NO_CRL_FOUND)) ||
           (library == ERR_LIB_SSL && reason == ERR_R_PEM_LIB) || reason == ERR_R_UNSUPPORTED ||
           reason == ERR_R_INTERRUPTED_OR_CANCELLED || code == 0;
}

[[noreturn]] void refuse(const char* field, const std::string& file, std::string_view what) {
    const unsigned long code = ERR_peek_error();
    std::string why = fmt::format("there is no {} in it", what);
    if (ERR_SYSTEM_ERROR(code))
        why = std::error_code{ERR_GET_REASON(code), std::generic_category()}.message();
    else if (const char* text = ERR_reason_error_string(code); text != nullptr && !says_nothing_found(code))
        why += fmt::format(" ({})", text);
    ERR_clear_error();
    throw TlsFileError{field, fmt::format("{}: {}", file, why)};
}

void trust(SSL_CTX* context, const TlsClientOptions& options) {
    if (options.ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) != 1) throw std::bad_alloc{};
    } else {
        if (SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1)
            refuse("ca_file", options.ca_file, "certificate");
        // What the operator names is trusted, and need not be the root.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    }
    if (options.crl_file.empty()) return;
    X509_LOOKUP* files = X509_STORE_add_lookup(SSL_CTX_get_cert_store(context), X509_LOOKUP_file());
    if (files == nullptr) throw std::bad_alloc{};
    if (X509_load_crl_file(files, options.crl_file.c_str(), X509_FILETYPE_PEM) <= 0)
        refuse("crl_file", options.crl_file, "revocation list (CRL)");
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

void identify(SSL_CTX* context, const TlsClientOptions& options) {
    if (options.certificate_file.empty()) {
        if (!options.key_file.empty())
            throw TlsFileError{"key_file", options.key_file + ": a key without a certificate"};
        return;
    }
    // OpenSSL would ask for it on the terminal.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
    const bool apart = !options.key_file.empty();
    const std::string& key = apart ? options.key_file : options.certificate_file;
    const char* const key_field = apart ? "key_file" : "certificate_file";
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
        refuse("certificate_file", options.certificate_file, "certificate");
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509)
            throw TlsFileError{key_field, fmt::format("{}: it is not the key of {}", key, options.certificate_file)};
        refuse(key_field, key, "unencrypted private key");
    }
}

}   // namespace

Openssl<SSL_CTX> make_context(const TlsClientOptions& options) {
    ERR_clear_error();
    Openssl<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
    if (!context || SSL_CTX_dane_enable(context.get()) != 1) throw std::bad_alloc{};
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);   // RFC 7590 §3.1, RFC 9325 §3.1.1
    trust(context.get(), options);
    identify(context.get(), options);
    return context;
}

}   // namespace wsxmpp::upstream
