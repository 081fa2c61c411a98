// The names a certificate is for, and whether one of them is the one that is wanted (RFC 6125, RFC 6120 §13.7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace wsxmpp::upstream {

// The identifiers of its subjectAltName. A common name is none (RFC 6125 §6.4.4; browsers ignore it, too).
struct CertificateNames {
    std::vector<std::string> dns;         // DNS-ID, "*.example.org"
    std::vector<std::string> srv;         // SRV-ID (RFC 4985), "_xmpp-client.example.org"
    std::vector<std::string> xmpp;        // XmppAddr (RFC 6120 §13.7.1.4)
    std::vector<std::string> addresses;   // "192.0.2.1"

    std::string text() const;   // all of them: "example.org, *.example.org"
};

CertificateNames names_of(const x509_st& certificate);

// `domain`: ASCII, or an address.
bool is_for(const CertificateNames& names, std::string_view domain);

// Whether a DNS-ID covers the domain: "*" is the whole left-most label, and stands for one label (RFC 6125 §6.4.3).
bool covers(std::string_view pattern, std::string_view domain);

}   // namespace wsxmpp::upstream
