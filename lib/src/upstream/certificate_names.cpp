#include "upstream/certificate_names.hpp"

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <cctype>
#include <memory>
#include <optional>

#include "upstream/idn.hpp"

namespace wsxmpp::upstream {

namespace {

// As it stands: a NUL in it is a character like any other, and matches nothing.
std::string text_of(const ASN1_STRING* string) {
    const auto* const data = ASN1_STRING_get0_data(string);
    return {data, data + ASN1_STRING_length(string)};
}

std::string address_of(const ASN1_OCTET_STRING* octets) {
    const auto* const data = ASN1_STRING_get0_data(octets);
    if (ASN1_STRING_length(octets) == 4) {
        asio::ip::address_v4::bytes_type bytes{};
        std::copy_n(data, bytes.size(), bytes.begin());
        return asio::ip::address_v4{bytes}.to_string();
    }
    if (ASN1_STRING_length(octets) == 16) {
        asio::ip::address_v6::bytes_type bytes{};
        std::copy_n(data, bytes.size(), bytes.begin());
        return asio::ip::address_v6{bytes}.to_string();
    }
    return {};
}

void add_other_name(const OTHERNAME& other, CertificateNames& names) {
    switch (OBJ_obj2nid(other.type_id)) {
        case NID_SRVName:
            if (other.value->type == V_ASN1_IA5STRING) names.srv.push_back(text_of(other.value->value.ia5string));
            break;
        case NID_XmppAddr:
            if (other.value->type == V_ASN1_UTF8STRING) names.xmpp.push_back(text_of(other.value->value.utf8string));
            break;
        default: break;
    }
}

bool equal(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool any_equal(const std::vector<std::string>& list, std::string_view name) {
    return std::any_of(list.begin(), list.end(), [name](const std::string& one) { return equal(one, name); });
}

}   // namespace

CertificateNames names_of(const x509_st& certificate) {
    struct Free {
        void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
    };
    CertificateNames names;
    const std::unique_ptr<GENERAL_NAMES, Free> all{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr))};
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
        switch (name->type) {
            case GEN_DNS: names.dns.push_back(text_of(name->d.dNSName)); break;
            case GEN_IPADD: names.addresses.push_back(address_of(name->d.iPAddress)); break;
            case GEN_OTHERNAME: add_other_name(*name->d.otherName, names); break;
            default: break;
        }
    }
    return names;
}

std::string CertificateNames::text() const {
    std::string all;
    for (const auto* list : {&dns, &srv, &xmpp, &addresses})
        for (const std::string& name : *list) all += (all.empty() ? "" : ", ") + name;
    return all;
}

bool covers(std::string_view pattern, std::string_view domain) {
    if (pattern.substr(0, 2) != "*.") return equal(pattern, domain);
    const auto dot = domain.find('.');
    const auto rest = pattern.substr(1);   // ".example.org"
    const bool two_labels = rest.find('.', 1) != std::string_view::npos;
    return two_labels && dot != std::string_view::npos && dot > 0 && equal(rest, domain.substr(dot));
}

bool is_for(const CertificateNames& names, std::string_view domain) {
    std::error_code ec;
    const auto address = asio::ip::make_address(std::string{domain}, ec);
    if (!ec) return any_equal(names.addresses, address.to_string());
    if (std::any_of(names.dns.begin(), names.dns.end(), [domain](const auto& dns) { return covers(dns, domain); }))
        return true;
    const std::string name{domain};
    if (any_equal(names.srv, "_xmpp-client." + name) || any_equal(names.srv, "_xmpps-client." + name)) return true;
    return std::any_of(names.xmpp.begin(), names.xmpp.end(), [&name](const std::string& xmpp) {
        const auto ascii = to_ascii(xmpp);
        return ascii && equal(*ascii, name);
    });
}

}   // namespace wsxmpp::upstream
