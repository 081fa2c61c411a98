// Whom a TLS connection is to.
#include "upstream/tls_client.hpp"

#include "transports/tcp_connection.hpp"
#include "transports/tls_support.hpp"
#include "wsxmpp/error.hpp"

using namespace test;
using wsxmpp::errc;
using wsxmpp::TlsClientOptions;
using wsxmpp::upstream::TlsaRecord;
using wsxmpp::upstream::TlsClient;
using wsxmpp::upstream::TlsPeer;
using wsxmpp::upstream::TlsVerdict;

namespace {

CertificateOptions leaf(std::string domain = "example.org") {
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

TlsPeer to(std::string domain = "example.org") {
    TlsPeer peer;
    peer.domain = std::move(domain);
    peer.session_key = "key";
    return peer;
}

// One connection: its handshake, the verdict, and the tickets that come after it.
TlsVerdict connect(TlsClient& client, SSL_CTX* server, const TlsPeer& peer,
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

TlsVerdict connect(const TlsClientOptions& options, const Identity& identity,
                   const std::vector<const Identity*>& chain = {}, const TlsPeer& peer = to()) {
    TlsClient client{options};
    return connect(client, server_context(identity, chain).get(), peer);
}

std::string sha256(const Identity& identity) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(identity.certificate.get()), &der);
    std::string hash(32, '\0');
    EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
               EVP_sha256(), nullptr);
    OPENSSL_free(der);
    return hash;
}

std::string pin_of(const Identity& identity) {
    std::string text(45, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(sha256(identity).data()), 32);
    text.pop_back();
    return "sha256//" + text;
}

// The public key's SHA-256.
TlsaRecord tlsa(unsigned usage, const Identity& identity) {
    TlsaRecord record;
    record.usage = static_cast<std::uint8_t>(usage);
    record.selector = 1;
    record.matching = 1;
    record.data = sha256(identity);
    return record;
}

std::string refusal(const TlsClientOptions& options) {
    try {
        const TlsClient client{options};
    } catch (const std::invalid_argument& refused) {
        return refused.what();
    }
    return "none";
}

}   // namespace

TEST_CASE("a certificate of a trusted authority, for the domain, is accepted, and described") {
    const World world;
    auto options = leaf();
    options.dns.emplace_back("*.example.org");
    const Identity server = make_identity(options, &world.intermediate);
    const TlsVerdict verdict = connect(world.options(), server, {&world.intermediate});
    CHECK_FALSE(verdict.error);
    CHECK(verdict.detail.empty());
    CHECK(verdict.names == "example.org, *.example.org");
    CHECK(verdict.issuer == "Intermediate");
    CHECK(verdict.not_after == "2099-12-31");
    CHECK(verdict.trust == "CA");
    CHECK_FALSE(verdict.resumed);
}

TEST_CASE("an expired certificate") {
    const World world;
    auto options = leaf();
    options.not_after = "20200203235959Z";
    const TlsVerdict verdict = connect(world.options(), make_identity(options, &world.root));
    CHECK(verdict.error == errc::certificate_expired);
    CHECK(verdict.detail == "the certificate of example.org expired on 2020-02-03");
    CHECK(verdict.not_after == "2020-02-03");
}

TEST_CASE("an expired issuer") {
    const World world;
    CertificateOptions options;
    options.name = "Old";
    options.authority = true;
    options.not_after = "20200203235959Z";
    const Identity old = make_identity(options, &world.root);
    const TlsVerdict verdict = connect(world.options(), make_identity(leaf(), &old), {&old});
    CHECK(verdict.error == errc::certificate_expired);
    CHECK(verdict.detail == "the certificate of 'Old', an issuer of that of example.org, expired on 2020-02-03");
}

TEST_CASE("a certificate that is not yet valid") {
    const World world;
    auto options = leaf();
    options.not_before = "20980304000000Z";
    const TlsVerdict verdict = connect(world.options(), make_identity(options, &world.root));
    CHECK(verdict.error == errc::certificate_not_yet_valid);
    CHECK(verdict.detail == "the certificate of example.org is not valid before 2098-03-04");
}

TEST_CASE("a certificate for another domain") {
    const World world;
    const TlsVerdict verdict = connect(world.options(), make_identity(leaf("other.example"), &world.root));
    CHECK(verdict.error == errc::certificate_wrong_name);
    CHECK(verdict.detail == "the certificate is for other.example, not for example.org");
}

TEST_CASE("a certificate for no domain") {
    const World world;
    const TlsVerdict verdict = connect(world.options(), make_identity({}, &world.root));
    CHECK(verdict.error == errc::certificate_wrong_name);
    CHECK(verdict.detail ==
          "the certificate names no domain (it has no subject alternative name), and is not for example.org");
}

TEST_CASE("a name that an authenticated delegation put in the place of the domain will do") {
    const World world;
    auto peer = to();
    peer.also = {"hosting.example"};
    CHECK_FALSE(connect(world.options(), make_identity(leaf("hosting.example"), &world.root), {}, peer).error);
}

TEST_CASE("SRV names, xmppAddr and addresses are names") {
    const World world;
    CertificateOptions options;
    options.srv = {"_xmpp-client.srv.example"};
    options.xmpp = {"xmpp.example"};
    options.addresses = {"192.0.2.1"};
    const Identity server = make_identity(options, &world.root);
    for (const char* domain : {"srv.example", "xmpp.example", "192.0.2.1"})
        CHECK_FALSE(connect(world.options(), server, {}, to(domain)).error);
    CHECK(connect(world.options(), server, {}, to("192.0.2.2")).error == errc::certificate_wrong_name);
}

TEST_CASE("a self-signed certificate") {
    const World world;
    const TlsVerdict verdict = connect(world.options(), make_identity(leaf()));
    CHECK(verdict.error == errc::certificate_untrusted);
    CHECK(verdict.detail == "the certificate of example.org is self-signed");
}

TEST_CASE("a certificate of an unknown authority") {
    const World world;
    const Identity stranger = make_authority("Stranger");
    const Identity server = make_identity(leaf(), &stranger);
    const TlsVerdict alone = connect(world.options(), server);
    CHECK(alone.error == errc::certificate_untrusted);
    CHECK(alone.detail ==
          "the certificate of example.org was issued by 'Stranger', which is not trusted, or whose own certificate the "
          "server does not send");
    const TlsVerdict with_root = connect(world.options(), server, {&stranger});
    CHECK(with_root.error == errc::certificate_untrusted);
    CHECK(with_root.detail == "the certificate of example.org was issued by 'Stranger', which is not trusted");
}

TEST_CASE("the client says with an alert why it ends the handshake") {
    const World world;
    TlsClient client{world.options()};
    const auto peer = to();
    connect(client, server_context(make_identity(leaf())).get(), peer, [](TlsPair& pair) {
        run_until(pair.io, [&] { return pair.server.accept(), pair.server.error != 0; });
        CHECK(ERR_GET_REASON(pair.server.error) == SSL_R_TLSV1_ALERT_UNKNOWN_CA);
    });
}

TEST_CASE("a self-signed certificate that the operator names is trusted") {
    const Identity server = make_identity(leaf());
    const TemporaryFile file{pem(server.certificate.get())};
    TlsClientOptions options;
    options.ca_file = file.path();
    CHECK_FALSE(connect(options, server).error);
}

TEST_CASE("a revoked certificate, and a revocation list that is missing or old") {
    World world;
    const Identity server = make_identity(leaf(), &world.root);
    const auto with = [&](const std::string& crl) {
        const TemporaryFile file{crl};
        auto options = world.options();
        options.crl_file = file.path();
        return connect(options, server);
    };
    CHECK_FALSE(with(revocation_list(world.root, {})).error);
    const TlsVerdict revoked = with(revocation_list(world.root, {42}));
    CHECK(revoked.error == errc::certificate_revoked);
    CHECK(revoked.detail == "the certificate of example.org was revoked");
    const TlsVerdict missing = with(revocation_list(world.intermediate, {}));
    CHECK(missing.error == errc::certificate_untrusted);
    CHECK(missing.detail ==
          "the certificate of example.org cannot be checked: there is no revocation list (CRL) of 'Root'");
    const TlsVerdict old = with(revocation_list(world.root, {}, "20200203000000Z"));
    CHECK(old.error == errc::certificate_untrusted);
    CHECK(old.detail ==
          "the certificate of example.org cannot be checked: the revocation list (CRL) of 'Root' has expired");
}

TEST_CASE("pins are wanted in addition to all else") {
    const World world;
    const Identity server = make_identity(leaf(), &world.root);
    auto options = world.options();
    options.pins = {pin_of(world.root), pin_of(server)};
    const TlsVerdict verdict = connect(options, server);
    CHECK_FALSE(verdict.error);
    CHECK(verdict.trust == "pin");
    options.pins = {pin_of(world.root)};
    const TlsVerdict other = connect(options, server);
    CHECK(other.error == errc::certificate_pin_mismatch);
    CHECK(other.detail == "the key of example.org is none of the pins; it is " + pin_of(server));
    options.pins = {pin_of(server)};
    options.ca_file.clear();
    CHECK(connect(options, server).error == errc::certificate_untrusted);
}

TEST_CASE("insecure takes any certificate, and yet looks at a pin") {
    auto wrong = leaf("other.example");
    wrong.not_after = "20200203235959Z";
    const Identity server = make_identity(wrong);
    TlsClientOptions options;
    options.insecure = true;
    const TlsVerdict verdict = connect(options, server);
    CHECK_FALSE(verdict.error);
    CHECK(verdict.trust == "none (insecure)");
    options.pins = {pin_of(server)};
    CHECK(connect(options, server).trust == "pin");
    options.pins = {pin_of(make_identity({}))};
    CHECK(connect(options, server).error == errc::certificate_pin_mismatch);
}

TEST_CASE("a second connection resumes the session of the first, and is verified") {
    const World world;
    const auto context = server_context(make_identity(leaf(), &world.root));
    SSL_CTX_set_max_proto_version(context.get(), GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
    TlsClient client{world.options()};
    CHECK_FALSE(connect(client, context.get(), to()).resumed);
    for (int i = 0; i < 6; ++i) {
        const TlsVerdict second = connect(client, context.get(), to());
        CHECK(second.resumed);
        CHECK_FALSE(second.error);
        CHECK(second.trust == "CA");
        CHECK(second.names == "example.org");
    }
}

TEST_CASE("a session is resumed for no other domain and no other key, and not when it was refused") {
    const World world;
    auto both = leaf();
    both.dns.emplace_back("other.example");
    const auto context = server_context(make_identity(both, &world.root));
    SSL_CTX_set_max_proto_version(context.get(), GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
    TlsClient client{world.options()};
    CHECK_FALSE(connect(client, context.get(), to()).error);
    CHECK_FALSE(connect(client, context.get(), to("other.example")).resumed);
    auto other_key = to();
    other_key.session_key = "other";
    CHECK_FALSE(connect(client, context.get(), other_key).resumed);

    CHECK(connect(client, context.get(), to("third.example")).error == errc::certificate_wrong_name);
    const TlsVerdict again = connect(client, context.get(), to("third.example"));
    CHECK(again.error == errc::certificate_wrong_name);
    CHECK_FALSE(again.resumed);
}

TEST_CASE("DANE: a record of the server's own key replaces authorities, names and dates") {
    const World world;
    auto wrong = leaf("other.example");
    wrong.not_after = "20200203235959Z";
    const Identity server = make_identity(wrong);
    auto peer = to();
    peer.tlsa = {tlsa(3, server)};
    peer.tlsa_base = "xmpp.example.net";
    const TlsVerdict verdict = connect(world.options(), server, {}, peer);
    CHECK_FALSE(verdict.error);
    CHECK(verdict.trust == "DANE");
    CHECK(verdict.detail.empty());
}

TEST_CASE("DANE: a record of an authority wants the domain's name, or that of the server") {
    const World world;
    const Identity authority = make_authority("Own");
    auto peer = to();
    peer.tlsa = {tlsa(2, authority)};
    peer.tlsa_base = "xmpp.example.net";
    for (const char* name : {"example.org", "xmpp.example.net"}) {
        const TlsVerdict verdict = connect(world.options(), make_identity(leaf(name), &authority), {&authority}, peer);
        CHECK_FALSE(verdict.error);
        CHECK(verdict.trust == "DANE");
    }
    CHECK(connect(world.options(), make_identity(leaf("other.example"), &authority), {&authority}, peer).error ==
          errc::certificate_wrong_name);
}

TEST_CASE("DANE: records that do not fit refuse even a trusted certificate, unless they are unusable") {
    const World world;
    const Identity server = make_identity(leaf(), &world.root);
    auto peer = to();
    peer.tlsa = {tlsa(3, world.root)};
    peer.tlsa_base = "xmpp.example.net";
    const TlsVerdict verdict = connect(world.options(), server, {}, peer);
    CHECK(verdict.error == errc::certificate_pin_mismatch);
    CHECK(verdict.detail == "the certificate of example.org fits none of the TLSA records (DANE)");
    peer.tlsa.front().matching = 77;
    const TlsVerdict unusable = connect(world.options(), server, {}, peer);
    CHECK_FALSE(unusable.error);
    CHECK(unusable.trust == "CA");
}

TEST_CASE("the server is asked for the domain by name, and for XMPP when TLS is direct") {
    const World world;
    const auto context = server_context(make_identity(leaf(), &world.root));
    SSL_CTX_set_alpn_select_cb(
        context.get(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned, void*) {
            *out = in + 1;
            *size = in[0];
            return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    TlsClient client{world.options()};
    auto peer = to();
    peer.direct = GENERATE(false, true);
    connect(client, context.get(), peer, [&](TlsPair& pair) {
        CHECK(pair.client->layer().info().server_name == "example.org");
        CHECK(pair.client->layer().info().alpn == (peer.direct ? "xmpp-client" : ""));
        CHECK(SSL_get_servername(pair.server.ssl.get(), TLSEXT_NAMETYPE_host_name) == "example.org"s);
    });
    connect(client, context.get(), to("192.0.2.1"), [&](TlsPair& pair) {
        CHECK(SSL_get_servername(pair.server.ssl.get(), TLSEXT_NAMETYPE_host_name) == nullptr);
    });
}

TEST_CASE("a client certificate is sent when the server asks for one") {
    const World world;
    const Identity own = make_identity(leaf("proxy.example"), &world.intermediate);
    const TemporaryFile chain{pem(own.certificate.get()) + pem(world.intermediate.certificate.get())};
    const TemporaryFile key{pem(own.key.get())};
    auto options = world.options();
    options.certificate_file = chain.path();
    options.key_file = key.path();
    const auto context = server_context(make_identity(leaf(), &world.root));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX*) { return 1; });
    TlsClient client{options};
    connect(client, context.get(), to(), [&](TlsPair& pair) {
        X509* certificate = SSL_get0_peer_certificate(pair.server.ssl.get());
        REQUIRE(certificate);
        CHECK(X509_cmp(certificate, own.certificate.get()) == 0);
    });
}

TEST_CASE("a handshake that fails says how") {
    const World world;
    const auto context = server_context(make_identity(leaf(), &world.root));
    TlsClient client{world.options()};
    const auto verdict = [&](const std::function<void(TlsPair&)>& act) {
        TlsPair pair{context.get()};
        pair.client->secure(client.start(to()));
        act(pair);
        run_until(pair.io, [&] { return pair.client->over(); });
        return client.verify(pair.client->layer(), to(), false);
    };
    const auto text = verdict([](TlsPair& pair) { pair.server.peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    CHECK(text.error == errc::tls_failed);
    CHECK(text.detail == "TLS handshake: the server speaks no TLS there");
    const auto alert = verdict([](TlsPair& pair) { pair.server.peer.send("\x15\x03\x03\x00\x02\x02\x28"s); });
    CHECK(alert.error == errc::tls_failed);
    CHECK(alert.detail == "TLS handshake: the server says: handshake failure (alert 40)");
    const auto end = verdict([](TlsPair& pair) { pair.server.peer.shutdown_send(); });
    CHECK(end.error == errc::tls_failed);
    CHECK(end.detail == "TLS handshake: the server closed the connection");
    const auto reset = verdict([](TlsPair& pair) {
        pair.server.peer.socket.set_option(asio::socket_base::linger{true, 0});
        pair.server.peer.socket.close();
    });
    CHECK(reset.error == errc::tls_failed);
    CHECK(reset.detail == "TLS handshake: Connection reset by peer");
}

TEST_CASE("old versions of TLS are not spoken") {
    const World world;
    const auto context = server_context(make_identity(leaf(), &world.root));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    TlsClient client{world.options()};
    const TlsVerdict verdict = connect(client, context.get(), to());
    CHECK(verdict.error == errc::tls_failed);
    CHECK(verdict.detail == "TLS handshake: the server says: protocol version (alert 70)");
}

TEST_CASE("files and pins that are of no use are named, with the reason") {
    const World world;
    TlsClientOptions options;
    options.ca_file = "/nonexistent/ca.pem";
    CHECK(refusal(options) == "/nonexistent/ca.pem: No such file or directory");
    const TemporaryFile empty{"nothing"};
    options.ca_file = empty.path();
    CHECK(refusal(options) == empty.path() + ": there is no certificate in it");
    options = {};
    options.crl_file = empty.path();
    CHECK(refusal(options) == empty.path() + ": there is no revocation list (CRL) in it");
    options = {};
    options.certificate_file = world.root_file.path();
    CHECK(refusal(options) == world.root_file.path() + ": there is no unencrypted private key in it");
    const TemporaryFile other_key{pem(world.intermediate.key.get())};
    options.key_file = other_key.path();
    CHECK(refusal(options) == other_key.path() + ": it is not the key of " + world.root_file.path());
    const TemporaryFile encrypted{pem(world.root.key.get(), "secret")};
    options.key_file = encrypted.path();
    CHECK(refusal(options) == encrypted.path() + ": there is no unencrypted private key in it");
    options = {};
    options.key_file = other_key.path();
    CHECK(refusal(options) == other_key.path() + ": a key without a certificate");
    options = {};
    for (const char* pin : {"sha256//", "sha256//AAAA", "sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                            "sha256//*AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                            "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}) {
        options.pins = {pin};
        CHECK(refusal(options) ==
              "the pin '"s + pin + "' is not 'sha256//' and the base64 of 32 bytes (44 characters)");
    }
}
