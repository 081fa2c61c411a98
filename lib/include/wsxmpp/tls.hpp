// TLS towards an XMPP server (RFC 6120 §5, RFC 7590): what is wanted, and whom to trust.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wsxmpp {

enum class Security {
    none,                  // plain TCP
    starttls,              // STARTTLS before anything else; a server that does not offer it is not talked to
    starttls_if_offered,   // an attacker on the way can take the offer away: for tests, and for want of better
    tls,                   // TLS from the first byte, ALPN "xmpp-client" (XEP-0368)
};

// The files are read once, when the upstream is made.
struct TlsClientOptions {
    std::string ca_file;            // PEM; empty: the system's authorities
    std::string crl_file;           // PEM revocation lists, of every issuer in the chain; empty: none are looked at
    std::string certificate_file;   // PEM chain that the server may ask for (SASL EXTERNAL of the proxy, mutual TLS)
    std::string key_file;           // its key; empty: in certificate_file
    // "sha256//" and the base64 of the SHA-256 of a public key (SubjectPublicKeyInfo), as curl writes them. If there
    // are any, the server's own key must be one of them, in addition to all else.
    std::vector<std::string> pins;
    // Take any certificate. A pin is still looked at.
    bool insecure = false;
    // Where the server's certificate is of no trusted authority, or for other names, ask the website of the domain
    // whether it is the right one: POSH (RFC 7711), https://DOMAIN/.well-known/posh/xmpp-client.json, by port 443, in
    // the time of the attempt; what it says is kept in memory as long as it says, for a day at most. The website itself
    // must be verified by the authorities above. Expired and revoked certificates, pins and TLSA records are no matter
    // of its.
    bool posh = false;
};

// A file that cannot be used. what(): "ca_file: /etc/ca.pem: No such file or directory".
class TlsFileError : public std::invalid_argument {
public:
    TlsFileError(std::string field, std::string reason)
        : std::invalid_argument{field + ": " + reason}, field_{std::move(field)}, reason_{std::move(reason)} {}

    // Of TlsClientOptions: "ca_file"; or of TlsServerOptions: "certificates.key_file".
    const std::string& field() const { return field_; }
    const std::string& reason() const { return reason_; }   // "/etc/ca.pem: No such file or directory"

private:
    std::string field_;
    std::string reason_;
};

}   // namespace wsxmpp
