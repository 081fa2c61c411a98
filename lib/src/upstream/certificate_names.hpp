// For whom a certificate is: its subject alternative names, compared as RFC 6125 and RFC 6120 §13.7.1 say. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace wsxmpp::upstream {

class CertificateNames {
public:
    explicit CertificateNames(const x509_st* certificate);

    // `domain`: ASCII, or an address. The common name is not looked at (RFC 6125 §6.4.4 has it as a last resort; RFC
    // 9525 has it no more).
    bool fit(std::string_view domain) const;
    bool empty() const;

    // "example.org, *.example.org": printable ASCII, whatever the certificate holds; at most `most` of them.
    std::string to_text(std::size_t most) const;
    // The same for clients, who need not know addresses: "example.org", "an address".
    std::string to_public_text(std::size_t most) const;

private:
    std::string text(std::size_t most, bool addresses) const;

    std::vector<std::string> dns_;         // DNS-ID
    std::vector<std::string> services_;    // the domain of an SRV-ID of XMPP for clients
    std::vector<std::string> xmpp_;        // xmppAddr
    std::vector<std::string> addresses_;   // 4 or 16 bytes
};

// A presented name against the one that is wanted: without regard to case; "*" stands for the whole left-most label
// (RFC 6125 §6.4.3) of a name that has at least two more.
bool name_fits(std::string_view presented, std::string_view domain);

}   // namespace wsxmpp::upstream
