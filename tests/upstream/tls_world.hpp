// What the tests of TlsClient share: authorities, one connection to a server, and what a key is known by.
#pragma once

#include "transports/tcp_connection.hpp"
#include "transports/tls_support.hpp"
#include "upstream/tls_client.hpp"
#include "wsxmpp/error.hpp"

namespace test {

using wsxmpp::errc;
using wsxmpp::TlsClientOptions;
using wsxmpp::upstream::TlsaRecord;
using wsxmpp::upstream::TlsClient;
using wsxmpp::upstream::TlsPeer;
using wsxmpp::upstream::TlsVerdict;

inline CertificateOptions leaf(std::string domain = "example.org") {
    CertificateOptions options;
    options.dns = {std::move(domain)};
    options.serial = 42;
    return options;
}

// An authority that is trusted, and one that it made.
struct World {
    Identity root = make_authority("Root");
    Identity intermediate = make_authority("Intermediate", &root);
    TemporaryFile root_file{pem(root.certificate.get())};

    TlsClientOptions options() const {
        TlsClientOptions trusting;
        trusting.ca_file = root_file.path();
        return trusting;
    }
};

inline TlsPeer to(std::string domain = "example.org") {
    TlsPeer peer;
    peer.domain = std::move(domain);
    peer.session_key = "key";
    return peer;
}

// One connection: its handshake, the verdict, and the tickets that come after it.
inline TlsVerdict connect(TlsClient& client, SSL_CTX* server, const TlsPeer& peer,
                          const std::function<void(TlsPair&)>& look = nullptr) {
    TlsPair pair{server};
    const bool done = pair.handshake(client.start(peer));
    TlsVerdict verdict = client.verify(pair.client->layer(), peer, done);
    if (look) look(pair);
    if (!done) return verdict;
    const auto connection = std::make_shared<wsxmpp::transports::TcpConnection>(
        static_cast<wsxmpp::transports::PolledSocket&>(*pair.client), 20ms);
    const auto receiver = std::make_shared<Recorder>();
    connection->start(receiver, 0);
    pair.server.write("x");
    run_until(pair.io, [&] { return pair.server.transmit(), receiver->all() == "x"; });
    connection->abort();
    run_until(pair.io, [&] { return receiver->closed == 1; });
    return verdict;
}

inline TlsVerdict connect(const TlsClientOptions& options, const Identity& identity,
                          const std::vector<const Identity*>& chain = {}, const TlsPeer& peer = to()) {
    TlsClient client{options};
    return connect(client, server_context(identity, chain).get(), peer);
}

inline std::string sha256(const Identity& identity) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(identity.certificate.get()), &der);
    std::string hash(32, '\0');
    EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
               EVP_sha256(), nullptr);
    OPENSSL_free(der);
    return hash;
}

inline std::string pin_of(const Identity& identity) {
    std::string text(45, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(sha256(identity).data()), 32);
    text.pop_back();
    return "sha256//" + text;
}

// The public key's SHA-256.
inline TlsaRecord tlsa(unsigned usage, const Identity& identity) {
    TlsaRecord record;
    record.usage = static_cast<std::uint8_t>(usage);
    record.selector = 1;
    record.matching = 1;
    record.data = sha256(identity);
    return record;
}

}   // namespace test
