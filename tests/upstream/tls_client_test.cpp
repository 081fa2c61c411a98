// What TlsClient asks for, how its handshakes fail, and what its options may not be.
#include "tls_world.hpp"

using namespace test;

namespace {

std::string refusal(const TlsClientOptions& options) {
    try {
        const TlsClient client{options};
    } catch (const std::invalid_argument& refused) {
        return refused.what();
    }
    return "none";
}

}   // namespace

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
    CHECK(refusal(options) == "ca_file: /nonexistent/ca.pem: No such file or directory");
    const TemporaryFile empty{"nothing"};
    options.ca_file = empty.path();
    CHECK(refusal(options) == "ca_file: " + empty.path() + ": there is no certificate in it");
    options = {};
    options.crl_file = empty.path();
    CHECK(refusal(options) == "crl_file: " + empty.path() + ": there is no revocation list (CRL) in it");
    options = {};
    options.certificate_file = world.root_file.path();
    CHECK(refusal(options) ==
          "certificate_file: " + world.root_file.path() + ": there is no unencrypted private key in it");
    const TemporaryFile other_key{pem(world.intermediate.key.get())};
    options.key_file = other_key.path();
    CHECK(refusal(options) == "key_file: " + other_key.path() + ": it is not the key of " + world.root_file.path());
    const TemporaryFile encrypted{pem(world.root.key.get(), "secret")};
    options.key_file = encrypted.path();
    CHECK(refusal(options) == "key_file: " + encrypted.path() + ": there is no unencrypted private key in it");
    options = {};
    options.key_file = other_key.path();
    CHECK(refusal(options) == "key_file: " + other_key.path() + ": a key without a certificate");
    options = {};
    for (const char* pin : {"sha256//", "sha256//AAAA", "sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                            "sha256//*AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                            "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}) {
        options.pins = {pin};
        CHECK(refusal(options) ==
              "the pin '"s + pin + "' is not 'sha256//' and the base64 of 32 bytes (44 characters)");
    }
}
