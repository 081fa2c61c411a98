// Which certificates a server is trusted by.
#include "tls_world.hpp"
#include "upstream/fingerprints.hpp"

using namespace test;
namespace upstream = wsxmpp::upstream;

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

TEST_CASE("a certificate that a fingerprint vouches for needs no authority, and no name") {
    const World world;
    const Identity stranger = make_authority("Stranger");
    const auto in_between = make_authority("Between", &stranger);
    const auto vouched = [&](const Identity& server, const std::vector<const Identity*>& chain = {}) {
        auto peer = to();
        peer.fingerprints = {upstream::fingerprints_of(server.certificate.get()).at(GENERATE(0U, 1U))};
        return connect(world.options(), server, chain, peer);
    };
    for (const TlsVerdict& verdict :
         {vouched(make_identity(leaf())), vouched(make_identity(leaf("a.example"))),
          vouched(make_identity(leaf("a.example"), &world.root)), vouched(make_identity(leaf(), &in_between)),
          vouched(make_identity(leaf(), &in_between), {&in_between}),
          vouched(make_identity(leaf(), &in_between), {&in_between, &stranger})}) {
        INFO(verdict.detail);
        CHECK_FALSE(verdict.error);
        CHECK(verdict.trust == "POSH");
        CHECK(verdict.distrusted.empty());
    }
    CHECK(vouched(make_identity(leaf(), &world.root)).trust == "CA");
}

TEST_CASE("a fingerprint does not vouch for a certificate out of its time, whatever its chain") {
    const World world;
    const Identity stranger = make_authority("Stranger");
    auto options = leaf();
    const bool old = GENERATE(true, false);
    (old ? options.not_after : options.not_before) = old ? "20200203235959Z" : "20980203235959Z";
    for (const Identity* issuer : std::initializer_list<const Identity*>{nullptr, &stranger, &world.root}) {
        const Identity server = make_identity(options, issuer);
        auto peer = to();
        peer.fingerprints = upstream::fingerprints_of(server.certificate.get());
        const auto chain = GENERATE(false, true) && issuer ? std::vector{issuer} : std::vector<const Identity*>{};
        const TlsVerdict verdict = connect(world.options(), server, chain, peer);
        CHECK(verdict.error == (old ? errc::certificate_expired : errc::certificate_not_yet_valid));
        CHECK(verdict.distrusted.empty());
    }
}

TEST_CASE("a fingerprint vouches for the server's own certificate alone, and beside no TLSA record") {
    const World world;
    const Identity stranger = make_authority("Stranger");
    const Identity server = make_identity(leaf(), &stranger);
    auto peer = to();
    peer.fingerprints = upstream::fingerprints_of(stranger.certificate.get());
    const TlsVerdict verdict = connect(world.options(), server, {&stranger}, peer);
    CHECK(verdict.error == errc::certificate_untrusted);
    CHECK(verdict.distrusted == upstream::fingerprints_of(server.certificate.get()));
    peer.tlsa = {tlsa(1, server)};   // PKIX-EE: an authority is needed, too
    CHECK(connect(world.options(), server, {&stranger}, peer).distrusted.empty());
}

TEST_CASE("what else is wrong with a certificate is no matter of a fingerprint") {
    World world;
    const Identity server = make_identity(leaf(), &world.root);
    const TemporaryFile file{revocation_list(world.root, {42})};
    auto options = world.options();
    options.crl_file = file.path();
    auto peer = to();
    peer.fingerprints = upstream::fingerprints_of(server.certificate.get());
    const TlsVerdict verdict = connect(options, server, {}, peer);
    CHECK(verdict.error == errc::certificate_revoked);
    CHECK(verdict.distrusted.empty());
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
