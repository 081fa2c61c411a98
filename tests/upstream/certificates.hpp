// Certificates, keys and revocation lists, made in the test's own process.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "temporary_files.hpp"

namespace test {

struct DeleteOpenssl {
    void operator()(EVP_PKEY* it) const { EVP_PKEY_free(it); }
    void operator()(X509* it) const { X509_free(it); }
    void operator()(X509_CRL* it) const { X509_CRL_free(it); }
    void operator()(BIO* it) const { BIO_free(it); }
    void operator()(SSL* it) const { SSL_free(it); }
    void operator()(SSL_CTX* it) const { SSL_CTX_free(it); }
};
template <typename T>
using Owned = std::unique_ptr<T, DeleteOpenssl>;

struct CertificateOptions {
    std::string name = "example.org";   // the common name
    std::vector<std::string> dns, srv, xmpp, addresses;
    std::string not_before = "20200101000000Z";
    std::string not_after = "20991231000000Z";
    bool authority = false;
    bool rsa = false;           // P-256 otherwise
    bool must_staple = false;   // RFC 7633
    long serial = 1;
};

// A certificate and its key.
struct Identity {
    Owned<EVP_PKEY> key;
    Owned<X509> certificate;
};

namespace detail {

inline void add_other(GENERAL_NAMES* names, int kind, int type, const std::string& text) {
    ASN1_TYPE* value = ASN1_TYPE_new();
    ASN1_STRING* string = ASN1_STRING_type_new(type);
    ASN1_STRING_set(string, text.data(), static_cast<int>(text.size()));
    ASN1_TYPE_set(value, type, string);
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_othername(name, OBJ_nid2obj(kind), value);
    sk_GENERAL_NAME_push(names, name);
}

inline void add_plain(GENERAL_NAMES* names, int type, ASN1_STRING* value) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, type, value);
    sk_GENERAL_NAME_push(names, name);
}

inline void add_names(X509* certificate, const CertificateOptions& options) {
    GENERAL_NAMES* names = GENERAL_NAMES_new();
    for (const std::string& dns : options.dns) {
        ASN1_STRING* value = ASN1_STRING_type_new(V_ASN1_IA5STRING);
        ASN1_STRING_set(value, dns.data(), static_cast<int>(dns.size()));   // may hold a NUL
        add_plain(names, GEN_DNS, value);
    }
    for (const std::string& srv : options.srv) add_other(names, NID_SRVName, V_ASN1_IA5STRING, srv);
    for (const std::string& jid : options.xmpp) add_other(names, NID_XmppAddr, V_ASN1_UTF8STRING, jid);
    for (const std::string& address : options.addresses) add_plain(names, GEN_IPADD, a2i_IPADDRESS(address.c_str()));
    if (sk_GENERAL_NAME_num(names) > 0) X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
}

inline void add_extension(X509* certificate, int kind, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}   // namespace detail

// Signed by `issuer`, or by itself.
inline Identity make_identity(const CertificateOptions& options, const Identity* issuer = nullptr) {
    Identity made{Owned<EVP_PKEY>{options.rsa ? EVP_RSA_gen(2'048) : EVP_EC_gen("P-256")}, Owned<X509>{X509_new()}};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), options.serial);
    ASN1_TIME_set_string(X509_getm_notBefore(certificate), options.not_before.c_str());
    ASN1_TIME_set_string(X509_getm_notAfter(certificate), options.not_after.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(options.name.data()),
                               static_cast<int>(options.name.size()), -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer->certificate.get() : certificate));
    X509_set_pubkey(certificate, made.key.get());
    detail::add_names(certificate, options);
    if (options.must_staple) detail::add_extension(certificate, NID_tlsfeature, "status_request");
    if (options.authority) {
        detail::add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
        detail::add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    REQUIRE(X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256()) > 0);
    return made;
}

inline Identity make_authority(const std::string& name, const Identity* issuer = nullptr) {
    CertificateOptions options;
    options.name = name;
    options.authority = true;
    options.serial = 7;
    return make_identity(options, issuer);
}

inline std::string take_text(BIO* from) {
    char* text = nullptr;
    const auto size = BIO_ctrl(from, BIO_CTRL_INFO, 0, &text);
    return {text, static_cast<std::size_t>(size)};
}

inline std::string pem(const X509* certificate) {
    const Owned<BIO> bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(bio.get(), const_cast<X509*>(certificate));
    return take_text(bio.get());
}

inline std::string pem(const EVP_PKEY* key, const char* password = nullptr) {
    const Owned<BIO> bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, password ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                                  const_cast<char*>(password));
    return take_text(bio.get());
}

inline std::string revocation_list(const Identity& issuer, const std::vector<long>& serials,
                                   const char* next = "20991231000000Z") {
    const Owned<X509_CRL> crl{X509_CRL_new()};
    X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get()));
    ASN1_TIME* time = ASN1_TIME_new();
    ASN1_TIME_set_string(time, "20200101000000Z");
    X509_CRL_set1_lastUpdate(crl.get(), time);
    for (const long serial : serials) {
        X509_REVOKED* revoked = X509_REVOKED_new();
        ASN1_INTEGER* number = ASN1_INTEGER_new();
        ASN1_INTEGER_set(number, serial);
        X509_REVOKED_set_serialNumber(revoked, number);
        X509_REVOKED_set_revocationDate(revoked, time);
        ASN1_INTEGER_free(number);
        X509_CRL_add0_revoked(crl.get(), revoked);
    }
    ASN1_TIME_set_string(time, next);
    X509_CRL_set1_nextUpdate(crl.get(), time);
    ASN1_TIME_free(time);
    X509_CRL_sort(crl.get());
    REQUIRE(X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) > 0);
    const Owned<BIO> bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509_CRL(bio.get(), crl.get());
    return take_text(bio.get());
}

// What a server with this identity, and these issuers in its chain, is made of.
inline Owned<SSL_CTX> server_context(const Identity& identity, const std::vector<const Identity*>& chain = {}) {
    Owned<SSL_CTX> context{SSL_CTX_new(TLS_server_method())};
    REQUIRE(SSL_CTX_use_certificate(context.get(), identity.certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) == 1);
    for (const Identity* issuer : chain) SSL_CTX_ctrl(context.get(), SSL_CTRL_CHAIN_CERT, 1, issuer->certificate.get());
    return context;
}

}   // namespace test
