// TLS towards clients: which certificate they see, and what is agreed on.
#include "tls_server_fixture.hpp"

using namespace test;
using wsxmpp::TlsServer;
using wsxmpp::TlsServerOptions;
using wsxmpp::transports::accept_tls;

namespace {

const Identity& rsa() {
    static const Identity made = identity_for({"example.org"}, true);
    return made;
}

}   // namespace

// --- Names

TEST_CASE("TLS server: the name a client asks for chooses the certificate") {
    struct Case {
        const char* name;
        const Identity* shown;
    };
    const Case c = GENERATE(values<Case>({
        {"example.org", &example()},
        {"EXAMPLE.ORG", &example()},
        {"chat.example.org", &example()},         // of both, with keys of the same kind: the first
        {"other.example.org", &example()},        // the wildcard
        {"deep.other.example.org", &example()},   // by none: the first
        {"example.net", &chat()},
        {"www.example.net", &example()},
        {"org", &example()},
        {"", &example()},
    }));
    ServerFixture fixture{{&example(), &chat()}};
    const Visit visit = fixture.visit({c.name});
    REQUIRE(visit.accepted);
    CHECK(visit.saw(*c.shown));
    CHECK(visit.info.server_name == c.name);
}

TEST_CASE("TLS server: a wildcard stands for one label, and not for a part of one") {
    const Identity wild = identity_for({"*.example.org", "*.com", "w*.example.net", "*"});
    ServerFixture fixture{{&chat(), &wild}};
    CHECK(fixture.visit({"www.example.org"}).saw(wild));
    CHECK(fixture.visit({"a.b.example.org"}).saw(chat()));
    CHECK(fixture.visit({"example.org"}).saw(chat()));
    CHECK(fixture.visit({"example.com"}).saw(chat()));
    CHECK(fixture.visit({"www.example.net"}).saw(chat()));
    CHECK(fixture.visit({"localhost"}).saw(chat()));
}

TEST_CASE("TLS server: certificates of different keys for one name serve whoever can check them") {
    const bool rsa_first = GENERATE(false, true);
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    ServerFixture fixture{rsa_first ? std::vector{&rsa(), &example()} : std::vector{&example(), &rsa()}};
    const std::string name = GENERATE("example.org", "");
    Asking asking{name};
    asking.version = version;
    asking.signatures = "rsa_pss_rsae_sha256:RSA+SHA256";
    CHECK(fixture.visit(asking).saw(rsa()));
    asking.signatures = "ECDSA+SHA256";
    CHECK(fixture.visit(asking).saw(example()));
}

TEST_CASE("TLS server: the issuers are sent along") {
    const Identity root = make_authority("Root");
    const Identity intermediate = make_authority("Intermediate", &root);
    CertificateOptions leaf;
    leaf.dns = {"example.org"};
    const Identity identity = make_identity(leaf, &intermediate);
    const Folder folder;
    TlsServerOptions options;
    options.certificates = {{folder.write("all.pem", pem(identity.key.get()) + pem(identity.certificate.get()) +
                                                         pem(intermediate.certificate.get())),
                             ""}};
    TlsServer server{options};
    Asking asking{"example.org"};
    asking.trusted = root.certificate.get();
    CHECK(visit(server, asking).accepted);
}

// --- What is agreed on

TEST_CASE("TLS server: TLS 1.2 and 1.3 with forward secrecy, and nothing older") {
    ServerFixture fixture;
    Asking asking{"example.org"};
    asking.version = TLS1_3_VERSION;
    CHECK(fixture.visit(asking).info.version == "TLSv1.3");
    asking.version = TLS1_2_VERSION;
    const Visit visit = fixture.visit(asking);
    CHECK(visit.info.version == "TLSv1.2");
    CHECK(visit.info.cipher.substr(0, 6) == "ECDHE-");
    asking.version = GENERATE(TLS1_VERSION, TLS1_1_VERSION);
    const Visit old = fixture.visit(asking);
    CHECK_FALSE(old.accepted);
    CHECK(old.client_reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    CHECK(old.failure == "the client speaks none of our TLS versions, which are 1.2 and 1.3: it is too old");
}

TEST_CASE("TLS server: ALPN http/1.1 is agreed on, and need not be offered") {
    ServerFixture fixture;
    CHECK(fixture.visit({"example.org", {"h2", "http/1.1"}}).info.alpn == "http/1.1");
    CHECK(fixture.visit({"example.org", {"http/1.1"}}).info.alpn == "http/1.1");
    const Visit without = fixture.visit({"example.org"});
    CHECK(without.accepted);
    CHECK(without.info.alpn.empty());
}

TEST_CASE("TLS server: a client that offers other protocols alone hears so") {
    ServerFixture fixture;
    const Visit visit = fixture.visit({GENERATE("example.org", ""), {"h2", "http/1.10"}});
    CHECK_FALSE(visit.accepted);
    CHECK(visit.client_reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    CHECK(visit.failure == "the client offers protocols by ALPN, and http/1.1 is none of them");
}

TEST_CASE("TLS server: a client that does not trust the certificate is told of in words") {
    ServerFixture fixture;
    Asking asking{"example.org"};
    asking.version = TLS1_2_VERSION;   // in 1.3 the server is done when the client's alert comes
    asking.trusted = chat().certificate.get();
    const Visit visit = fixture.visit(asking);
    CHECK_FALSE(visit.accepted);
    CHECK(visit.failure.substr(0, 44) == "the client does not accept the certificate: ");
}

TEST_CASE("TLS server: what is no TLS is told of in words") {
    struct Case {
        const char* bytes;
        const char* failure;
        bool http;
    };
    const Case c = GENERATE(values<Case>({
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "the client speaks plain HTTP (ws:// or http://) on a port for TLS",
         true},
        {"CONNECT a:443 HTTP/1.1\r\n\r\n", "the client takes this port for that of an HTTP proxy (CONNECT)", false},
        {"<stream:stream to='a'>", "the client speaks no TLS", false},
        {"", "the client closed the connection during the handshake", false},
    }));
    ServerFixture fixture;
    Visiting visiting{accept_tls(*fixture.server), {}};
    if (*c.bytes != '\0')
        visiting.client.peer.send(c.bytes);
    else
        visiting.client.peer.shutdown_send();
    run_until(visiting.io, [&] { return visiting.server->over(); });
    const Visit visit = visiting.result();
    CHECK(visit.failure == c.failure);
    CHECK(visit.plain_http == c.http);
}
