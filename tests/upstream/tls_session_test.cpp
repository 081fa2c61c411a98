// TLS sessions that are resumed, and trust by DNSSEC.
#include "tls_world.hpp"

using namespace test;

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
