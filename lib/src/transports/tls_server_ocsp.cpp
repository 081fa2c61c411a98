#include "transports/tls_server_ocsp.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <memory>
#include <new>
#include <utility>

namespace wsxmpp::transports {

namespace {

constexpr std::time_t clock_skew = 300;   // of the responder, in seconds

// 0: it is unreadable, and so long past.
const X509* issuer_of(const ServerCertificate& of) {
    X509* const certificate = of.certificate.get();
    if (X509_check_issued(certificate, certificate) == X509_V_OK) return certificate;
    for (int i = 0; i < sk_X509_num(of.issuers.get()); ++i) {
        X509* const issuer = sk_X509_value(of.issuers.get(), i);
        if (X509_check_issued(issuer, certificate) == X509_V_OK) return issuer;
    }
    return nullptr;
}

// The identifier names the issuer by hashes of the responder's choice (RFC 6960 §4.1.1). Without the issuer's
// certificate the serial number has to do.
bool is_for(const OCSP_CERTID* id, const ServerCertificate& of) {
    ASN1_OBJECT* hash = nullptr;
    ASN1_INTEGER* serial = nullptr;
    OCSP_id_get0_info(nullptr, &hash, nullptr, &serial, const_cast<OCSP_CERTID*>(id));
    if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(of.certificate.get())) != 0) return false;
    const X509* const issuer = issuer_of(of);
    if (issuer == nullptr) return true;
    const EVP_MD* const digest = EVP_get_digestbyobj(hash);
    if (digest == nullptr) return false;
    const Openssl<OCSP_CERTID> expected{OCSP_cert_to_id(digest, of.certificate.get(), issuer)};
    return expected && OCSP_id_cmp(expected.get(), id) == 0;
}

Staple useless(std::string why) {
    ERR_clear_error();
    return {{}, 0, std::move(why)};
}

}   // namespace

Staple read_staple(std::string response, const ServerCertificate& of, std::time_t now) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(response.data());
    const auto* const end = bytes + response.size();
    const Openssl<OCSP_RESPONSE> parsed{d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(response.size()))};
    if (!parsed || bytes != end) return useless("it is no OCSP response (DER)");
    if (const int status = OCSP_response_status(parsed.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return useless(fmt::format("the responder says: {}", OCSP_response_status_str(status)));
    const Openssl<OCSP_BASICRESP> basic{OCSP_response_get1_basic(parsed.get())};
    if (!basic) return useless("it is no basic OCSP response");
    for (int i = 0; i < OCSP_resp_count(basic.get()); ++i) {
        OCSP_SINGLERESP* const single = OCSP_resp_get0(basic.get(), i);
        if (!is_for(OCSP_SINGLERESP_get0_id(single), of)) continue;
        ASN1_GENERALIZEDTIME* from = nullptr;
        ASN1_GENERALIZEDTIME* next = nullptr;
        const int status = OCSP_single_get0_status(single, nullptr, nullptr, &from, &next);
        if (status != V_OCSP_CERTSTATUS_GOOD)
            return useless(fmt::format("it says of the certificate: {}", OCSP_cert_status_str(status)));
        if (next == nullptr) return useless("it says not until when it is valid (nextUpdate)");
        const std::time_t until = time_of(next);
        if (until <= now) return useless(fmt::format("it was valid until {}", date_of(next)));
        if (time_of(from) > now + clock_skew) return useless(fmt::format("it is not valid before {}", date_of(from)));
        return {std::move(response), until, {}};
    }
    return useless(fmt::format("it is not for the certificate in {}", of.file));
}

bool must_staple(const X509* certificate) {
    constexpr long status_request = 5;
    struct Delete {
        void operator()(TLS_FEATURE* features) const { TLS_FEATURE_free(features); }
    };
    const std::unique_ptr<TLS_FEATURE, Delete> features{
        static_cast<TLS_FEATURE*>(X509_get_ext_d2i(certificate, NID_tlsfeature, nullptr, nullptr))};
    for (int i = 0; features && i < sk_ASN1_INTEGER_num(features.get()); ++i)
        if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i)) == status_request) return true;
    return false;
}

}   // namespace wsxmpp::transports
