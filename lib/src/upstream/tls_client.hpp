// Whom to trust as the XMPP server of a domain (RFC 6120 §13.7, RFC 6125, RFC 7590), by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "transports/tls_layer.hpp"
#include "upstream/resolver.hpp"
#include "wsxmpp/tls.hpp"

struct ssl_ctx_st;

namespace wsxmpp::upstream {

// Whom a connection is to.
struct TlsPeer {
    std::string domain;   // ASCII: what the certificate must be for, and the name asked for (SNI)
    // Names that a DNSSEC-authenticated delegation, or the operator, put in the place of `domain`; usually empty.
    std::vector<std::string> also;
    bool direct = false;            // TLS from the first byte: ALPN "xmpp-client" (XEP-0368)
    std::vector<TlsaRecord> tlsa;   // authenticated ones (DANE, RFC 7673); usually empty
    std::string tlsa_base;          // the name they were found for: the target's
    // Of certificates that the domain vouches for (POSH, RFC 7711): SHA-256 (32 bytes) or SHA-512 (64); usually empty.
    std::vector<std::string> fingerprints;
    std::string session_key;   // connections with the same one may resume each other's TLS sessions
};

struct TlsVerdict {
    std::error_code error;   // none: it may be talked to
    std::string detail;      // "the certificate of example.org expired on 2026-11-01"
    // For logs and the doctor, as far as they are known:
    std::string names;   // "example.org, *.example.org"
    std::string issuer;
    std::string not_after;   // "2027-02-01"
    std::string trust;       // "CA", "DANE", "POSH", "pin", "none (insecure)"
    bool resumed = false;
    // Both fingerprints of a certificate that is refused because nobody vouches for it, and that POSH could vouch for.
    std::vector<std::string> distrusted = {};
};

// The settings of one route, read once.
class TlsClient {
public:
    // Reads the files; throws TlsFileError, or std::invalid_argument that names the pin.
    explicit TlsClient(const TlsClientOptions& options);
    ~TlsClient();

    std::unique_ptr<transports::TlsLayer> start(const TlsPeer& peer);
    // After a handshake that is done, or has failed: whether `layer` is whom it should be, or why not.
    TlsVerdict verify(const transports::TlsLayer& layer, const TlsPeer& peer, bool handshake_done);

    // Whose authorities, and rules for chains, hold for other connections on behalf of the same route.
    ssl_ctx_st* trust();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}   // namespace wsxmpp::upstream
