#include "upstream/tls_failure.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <asio/error.hpp>

#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

// Valid UTF-8, without control characters, and not long: it is told to clients, and logged.
std::string entry_of(const X509_NAME* name, int kind) {
    const int at = X509_NAME_get_index_by_NID(name, kind, -1);
    if (at < 0) return {};
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) return {};
    const Openssl<unsigned char> owned{utf8};
    constexpr std::size_t most = 64;   // ub-common-name (RFC 5280 §A.1), in characters
    std::string text;
    std::size_t characters = 0;
    for (int i = 0; i < size; ++i) {
        const unsigned char c = utf8[i];
        if ((c & 0xC0U) != 0x80 && ++characters > most) break;
        text += c < ' ' || c == 0x7F ? '?' : static_cast<char>(c);
    }
    return text;
}

std::string name_of(const X509_NAME* name) {
    for (const int kind : {NID_commonName, NID_organizationName, NID_organizationalUnitName})
        if (std::string text = entry_of(name, kind); !text.empty()) return text;
    return "nobody";
}

}   // namespace

std::string issuer_of(const x509_st* certificate) { return name_of(X509_get_issuer_name(certificate)); }
std::string subject_of(const x509_st* certificate) { return name_of(X509_get_subject_name(certificate)); }

TlsFault certificate_fault(int code, const x509_st* at_fault, int depth, const std::string& domain) {
    const std::string leaf = fmt::format("the certificate of {}", domain);
    const std::string which =
        depth <= 0 || at_fault == nullptr
            ? leaf
            : fmt::format("the certificate of '{}', an issuer of that of {},", subject_of(at_fault), domain);
    const std::string issuer = at_fault == nullptr ? "nobody" : issuer_of(at_fault);
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return {errc::certificate_expired,
                    fmt::format("{} expired on {}", which, date_of(at_fault ? X509_get0_notAfter(at_fault) : nullptr))};
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return {errc::certificate_not_yet_valid,
                    fmt::format("{} is not valid before {}", which,
                                date_of(at_fault ? X509_get0_notBefore(at_fault) : nullptr))};
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return {errc::certificate_untrusted, leaf + " is self-signed"};
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return {errc::certificate_untrusted,
                    fmt::format("{} was issued by '{}', which is not trusted", leaf, issuer)};
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return {errc::certificate_untrusted,
                    fmt::format("{} was issued by '{}', which is not trusted, or whose own certificate the server does "
                                "not send",
                                which, issuer)};
        case X509_V_ERR_CERT_REVOKED: return {errc::certificate_revoked, which + " was revoked"};
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return {errc::certificate_untrusted,
                    fmt::format("{} cannot be checked: there is no revocation list (CRL) of '{}'", which, issuer)};
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return {errc::certificate_untrusted,
                    fmt::format("{} cannot be checked: the revocation list (CRL) of '{}' has expired", which, issuer)};
        case X509_V_ERR_DANE_NO_MATCH:
            return {errc::certificate_pin_mismatch, leaf + " fits none of the TLSA records (DANE)"};
        default: break;
    }
    return {errc::certificate_untrusted,
            fmt::format("{} is not accepted: {}", which, X509_verify_cert_error_string(code))};
}

bool is_distrust(int code) {
    switch (code) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return true;
        default: return false;
    }
}

TlsFault handshake_fault(const transports::TlsLayer::Failure& failure) {
    if (failure.error != 0)
        return {errc::tls_failed,
                "TLS handshake: " + std::error_code{failure.error, asio::error::get_system_category()}.message()};
    const int reason = ERR_GET_LIB(failure.reason) == ERR_LIB_SSL ? ERR_GET_REASON(failure.reason) : 0;
    if (reason > SSL_AD_REASON_OFFSET)
        return {errc::tls_failed,
                fmt::format("TLS handshake: the server says: {} (alert {})",
                            SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET), reason - SSL_AD_REASON_OFFSET)};
    switch (reason) {
        case SSL_R_WRONG_VERSION_NUMBER:   // of what was read as a record
        case SSL_R_HTTP_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_RECORD_LENGTH_MISMATCH:
        case SSL_R_RECORD_TOO_SMALL: return {errc::tls_failed, "TLS handshake: the server speaks no TLS there"};
        default: break;
    }
    if (failure.ended) return {errc::tls_failed, "TLS handshake: the server closed the connection"};
    const char* text = failure.reason == 0 ? nullptr : ERR_reason_error_string(failure.reason);
    return {errc::tls_failed, fmt::format("TLS handshake: {}", text == nullptr ? "it failed" : text)};
}

}   // namespace wsxmpp::upstream
