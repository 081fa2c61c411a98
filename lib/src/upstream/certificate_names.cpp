#include "upstream/certificate_names.hpp"

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <optional>

#include "ascii.hpp"
#include "upstream/address_bytes.hpp"
#include "upstream/idn.hpp"
#include "upstream/literal_address.hpp"
#include "upstream/openssl.hpp"

namespace wsxmpp::upstream {

namespace {

using ascii::equals_ignoring_case;

// A name goes into logs and into what a client is told.
std::string printable(std::string_view name) {
    constexpr std::size_t most = 253;   // as long as a domain name can be
    std::string text{name.substr(0, most)};
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
    return text;
}

std::string address_text(const std::string& bytes) {
    if (bytes.size() == 4) {
        asio::ip::address_v4::bytes_type v4;
        std::copy(bytes.begin(), bytes.end(), v4.begin());
        return asio::ip::make_address_v4(v4).to_string();
    }
    asio::ip::address_v6::bytes_type v6;
    std::copy(bytes.begin(), bytes.end(), v6.begin());
    return asio::ip::make_address_v6(v6).to_string();
}

// RFC 4985 §2: "_Service.Name". That of direct TLS is not registered for certificates (XEP-0368 §5 wants the first
// one), and yet in use.
std::string_view domain_of_service(std::string_view srv) {
    for (const std::string_view service : {"_xmpp-client.", "_xmpps-client."})
        if (srv.size() > service.size() && equals_ignoring_case(srv.substr(0, service.size()), service))
            return srv.substr(service.size());
    return {};
}

}   // namespace

CertificateNames::CertificateNames(const x509_st* certificate) {
    const Openssl<GENERAL_NAMES> names{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_DNS) {
            dns_.push_back(bytes_of(name->d.dNSName));
        } else if (name->type == GEN_IPADD) {
            std::string address = bytes_of(name->d.iPAddress);
            if (address.size() == 4 || address.size() == 16) addresses_.push_back(std::move(address));
        } else if (name->type == GEN_OTHERNAME) {
            const ASN1_TYPE* value = name->d.otherName->value;
            const int kind = OBJ_obj2nid(name->d.otherName->type_id);
            if (kind == NID_SRVName && value->type == V_ASN1_IA5STRING) {
                const std::string srv = bytes_of(value->value.ia5string);
                if (const auto domain = domain_of_service(srv); !domain.empty()) services_.emplace_back(domain);
            } else if (kind == NID_XmppAddr && value->type == V_ASN1_UTF8STRING) {
                xmpp_.push_back(bytes_of(value->value.utf8string));
            }
        }
    }
}

bool name_fits(std::string_view presented, std::string_view domain) {
    if (domain.empty() || domain.find('\0') != std::string_view::npos) return false;
    if (presented.substr(0, 2) != "*.") return equals_ignoring_case(presented, domain);
    const auto dot = domain.find('.');
    if (dot == 0 || dot == std::string_view::npos) return false;
    const std::string_view rest = presented.substr(1);   // ".example.org"
    return rest.find('.', 1) != std::string_view::npos && equals_ignoring_case(rest, domain.substr(dot));
}

bool CertificateNames::fit(std::string_view domain) const {
    if (const auto address = literal_address(domain))
        return std::find(addresses_.begin(), addresses_.end(), bytes_of(*address)) != addresses_.end();
    const auto fits = [domain](const std::string& name) { return name_fits(name, domain); };
    return std::any_of(dns_.begin(), dns_.end(), fits) || std::any_of(services_.begin(), services_.end(), fits) ||
           std::any_of(xmpp_.begin(), xmpp_.end(), [domain](const std::string& name) {
               const auto ascii = to_ascii(name);   // a JID may have U-labels; no wildcards
               return ascii && equals_ignoring_case(*ascii, domain);
           });
}

bool CertificateNames::empty() const {
    return dns_.empty() && services_.empty() && xmpp_.empty() && addresses_.empty();
}

std::string CertificateNames::to_text(std::size_t most) const { return text(most, true); }

std::string CertificateNames::to_public_text(std::size_t most) const {
    const std::string names = text(most, false);
    return names.empty() ? "an address" : names;
}

std::string CertificateNames::text(std::size_t most, bool addresses) const {
    std::vector<std::string> all;
    const auto add = [&all](std::string name) {
        if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(std::move(name));
    };
    for (const auto* names : {&dns_, &services_, &xmpp_})
        for (const std::string& name : *names) add(printable(name));
    if (addresses)
        for (const std::string& address : addresses_) add(address_text(address));
    std::string text;
    for (std::size_t i = 0; i < all.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + all[i];
    if (all.size() > most) text += " and " + std::to_string(all.size() - most) + " more";
    return text;
}

}   // namespace wsxmpp::upstream
