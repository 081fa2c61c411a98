// TLS at a listener, with a client that is OpenSSL between memory and a socket.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "listener_support.hpp"
#include "transports/admission.hpp"
#include "upstream/certificates.hpp"
#include "wsxmpp/tls_server.hpp"

using namespace test;

namespace {

std::shared_ptr<wsxmpp::TlsServer> example_server() {
    static const Identity identity = [] {
        CertificateOptions options;
        options.dns = {"example.org"};
        return make_identity(options);
    }();
    const TemporaryFile certificate{pem(identity.certificate.get())};
    const TemporaryFile key{pem(identity.key.get())};
    wsxmpp::TlsServerOptions options;
    options.certificates = {{certificate.path(), key.path()}};
    return std::make_shared<wsxmpp::TlsServer>(options);
}

wsxmpp::WebSocketListenerOptions secure_options() {
    wsxmpp::WebSocketListenerOptions options;
    options.endpoints = {{tcp::endpoint{asio::ip::address_v4::loopback(), 0}, example_server()}};
    return options;
}

class TlsClient {
public:
    explicit TlsClient(ListenerFixture& f) : peer{f.io, f.listener.endpoints()[0]}, fixture_{f} {
        SSL_set_connect_state(ssl.get());
        SSL_set_bio(ssl.get(), in_, out_);
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name_.data());
    }

    bool handshake() {
        int done = 0;
        run_until(fixture_.io, [&] {
            done = SSL_do_handshake(ssl.get());
            pump();
            return done == 1 || peer.eof || SSL_get_error(ssl.get(), done) == SSL_ERROR_SSL;
        });
        return done == 1;
    }

    void send(std::string_view bytes) {
        REQUIRE(SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
        pump();
    }

    std::string take_through(std::string_view end) {
        run_until(fixture_.io, [&] { return receive().find(end) != std::string::npos || peer.eof; });
        const auto at = received.find(end);
        REQUIRE(at != std::string::npos);
        const std::string taken = received.substr(0, at + end.size());
        received.erase(0, taken.size());
        return taken;
    }

    std::string take_all() {
        run_until(fixture_.io, [&] { return receive(), peer.eof; });
        return std::exchange(received, {});
    }

    // What it would send.
    std::string outgoing() {
        std::array<char, 16'384> buffer;
        const int size = BIO_read(out_, buffer.data(), buffer.size());
        return {buffer.data(), static_cast<std::size_t>(std::max(size, 0))};
    }

    Peer peer;
    Owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
    Owned<SSL> ssl{SSL_new(context.get())};
    std::string received;

private:
    void pump() {
        for (std::string bytes = outgoing(); !bytes.empty(); bytes = outgoing()) peer.send(bytes);
        peer.receive_until([] { return true; });
        BIO_write(in_, peer.received.data(), static_cast<int>(peer.received.size()));
        peer.received.clear();
    }
    std::string& receive() {
        pump();
        std::array<char, 16'384> buffer;
        for (int size = 0; (size = SSL_read(ssl.get(), buffer.data(), buffer.size())) > 0;)
            received.append(buffer.data(), static_cast<std::size_t>(size));
        return received;
    }

    ListenerFixture& fixture_;
    std::string name_ = "example.org";
    BIO* in_ = BIO_new(BIO_s_mem());   // ssl's
    BIO* out_ = BIO_new(BIO_s_mem());
};

}   // namespace

TEST_CASE("a WebSocket over TLS") {
    ListenerFixture f{secure_options()};
    TlsClient client{f};
    REQUIRE(client.handshake());
    client.send(request() + text("<open/>"));
    CHECK(client.take_through("\r\n\r\n").find("HTTP/1.1 101 ") == 0);
    run_until(f.io, [&] { return f.accepts.size() == 1; });
    const auto connection = f.accepts[0];
    REQUIRE(connection->tls() != nullptr);
    CHECK(connection->tls()->version == "TLSv1.3");
    CHECK(connection->tls()->server_name == "example.org");
    const auto receiver = std::make_shared<Recorder>();
    connection->start(receiver, 1'000);
    run_until(f.io, [&] { return receiver->messages.size() == 1; });
    connection->write({"<a/>"});
    connection->flush();
    CHECK(client.take_through("<a/>") == "\x81\x04<a/>");
    CHECK(f.counters().tls_handshakes.value() == 1);
    CHECK(f.counters().tls_failures.value() == 0);
    connection->close(1000, {});
    client.send(frame(0x88, closing(1000)));
    run_until(f.io, [&] { return receiver->closed == 1; });
}

TEST_CASE("a TLS handshake is made wherever its bytes are split") {
    ListenerFixture f{secure_options()};
    std::size_t size = 2;
    for (std::size_t split = 1; split < size; split += 37) {
        TlsClient client{f};
        SSL_do_handshake(client.ssl.get());
        const std::string hello = client.outgoing();
        size = hello.size();
        client.peer.send(hello.substr(0, split));
        f.settle();
        client.peer.send(hello.substr(split));
        REQUIRE(client.handshake());
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(client.take_all().find("HTTP/1.1 200 OK\r\n") == 0);
    }
}

TEST_CASE("a refusal over TLS is sent whole and ends with close_notify") {
    ListenerFixture f{secure_options()};
    TlsClient client{f};
    REQUIRE(client.handshake());
    client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.take_all().find("HTTP/1.1 405 ") == 0);
    CHECK((SSL_get_shutdown(client.ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("plain HTTP at a port of TLS is told so") {
    ListenerFixture f{secure_options()};
    const std::string answer = f.answer_to(request());
    CHECK(answer.find("HTTP/1.1 400 ") == 0);
    CHECK(answer.find("this port speaks TLS") != std::string::npos);
    CHECK(f.counters().tls_failures.value() == 1);
    CHECK(f.logged.has("status=400"));
}

TEST_CASE("what is neither TLS nor HTTP at a port of TLS is closed with a logged reason") {
    ListenerFixture f{secure_options()};
    CHECK(f.answer_to("\x01garbage").empty());
    CHECK(f.logged.has("TLS handshake failed peer=127.0.0.1:"));
    CHECK(f.logged.has("reason=the client speaks neither TLS nor HTTP"));
}

TEST_CASE("a client that refuses the certificate is logged with its reason") {
    ListenerFixture f{secure_options()};
    TlsClient client{f};
    SSL_set_verify(client.ssl.get(), SSL_VERIFY_PEER, nullptr);
    CHECK_FALSE(client.handshake());
    run_until(f.io, [&] { return f.counters().tls_failures.value() == 1; });
    CHECK(f.logged.has("reason=the client does not accept the certificate"));
}

TEST_CASE("TLS at a plain port is answered with an alert, and logged") {
    ListenerFixture f;
    TlsClient client{f};
    CHECK_FALSE(client.handshake());
    CHECK(ERR_GET_REASON(ERR_peek_last_error()) == SSL_AD_REASON_OFFSET + SSL_AD_UNEXPECTED_MESSAGE);
    ERR_clear_error();
    CHECK(f.logged.has("reason=the client speaks TLS, and this port does not"));
}

TEST_CASE("a client that does not finish its TLS handshake is dropped in time") {
    auto options = secure_options();
    options.handshake_timeout = 20ms;
    ListenerFixture f{options};
    Peer silent{f.io, f.listener.endpoints()[0]};
    CHECK(silent.take_all().empty());
    TlsClient client{f};
    SSL_do_handshake(client.ssl.get());
    client.peer.send(client.outgoing().substr(0, 20));
    CHECK(client.peer.take_all().empty());
    CHECK(f.counters().handshake_timeouts.value() == 2);
    CHECK(f.counters().tls_failures.value() == 2);
}

TEST_CASE("a client over the limit of connections is closed before TLS costs anything") {
    auto options = secure_options();
    options.admission = std::make_shared<wsxmpp::Admission>(one_a_second());
    ListenerFixture f{options};
    TlsClient first{f};
    CHECK(first.handshake());
    Peer second{f.io, f.listener.endpoints()[0]};
    CHECK(second.take_all().empty());
    CHECK(f.counters().over_connection_rate.value() == 1);
}

TEST_CASE("a client over the limit of sessions hears why over TLS") {
    wsxmpp::AdmissionLimits limits;
    limits.max_sessions_per_address = 1;
    limits.limit_loopback = true;
    auto options = secure_options();
    options.admission = std::make_shared<wsxmpp::Admission>(limits);
    ListenerFixture f{options};
    TlsClient first{f};
    REQUIRE(first.handshake());
    first.send(request());
    CHECK(first.take_through("\r\n\r\n").find("HTTP/1.1 101 ") == 0);
    TlsClient second{f};
    REQUIRE(second.handshake());
    second.send(request());
    CHECK(second.take_all().find("HTTP/1.1 429 ") == 0);
}

TEST_CASE("a PROXY header comes before TLS, wherever it is split") {
    auto options = secure_options();
    options.trusted_proxies = {
        {asio::ip::make_address("127.0.0.1"), 32, false, wsxmpp::TrustedProxy::Tells::proxy_protocol}};
    ListenerFixture f{options};
    const std::string header = "PROXY TCP6 2001:db8::1 2001:db8::80 4711 443\r\n";
    for (std::size_t split = 0; split <= header.size(); split += 5) {
        TlsClient client{f};
        SSL_do_handshake(client.ssl.get());
        const std::string bytes = header + client.outgoing();
        client.peer.send(bytes.substr(0, split));
        f.settle();
        client.peer.send(bytes.substr(split));
        REQUIRE(client.handshake());
        client.send(request());
        client.take_through("\r\n\r\n");
        run_until(f.io, [&] { return f.accepts.size() == 1; });
        CHECK(f.accepts[0]->peer() == "[2001:db8::1]:4711");
        CHECK(f.accepts[0]->local() == "[2001:db8::80]:443");
        CHECK(f.accepts[0]->tls() != nullptr);
        f.accepts.clear();
    }
}

TEST_CASE("stop() ends handshakes of TLS without a word") {
    ListenerFixture f{secure_options()};
    Peer client{f.io, f.listener.endpoints()[0]};
    client.send("\x16\x03\x01");
    f.settle();
    f.listener.stop();
    CHECK(client.take_all().empty());
}

TEST_CASE("a PROXY header of one who is not trusted, at a port of TLS, is closed and logged as that, split or not") {
    const std::string header =
        GENERATE("PROXY TCP4 203.0.113.7 192.0.2.80 4711 443\r\n"s, "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s);
    ListenerFixture f{secure_options()};
    for (std::size_t split = 1; split <= header.size(); ++split) {
        f.logged.lines.clear();
        Peer client{f.io, f.listener.endpoints()[0]};
        client.send(header.substr(0, split));
        f.settle();
        client.send(header.substr(split));
        CHECK(client.take_all().empty());
        CHECK(f.logged.has(
            "reason=PROXY header from 127.0.0.1, which no --trusted-proxy 127.0.0.1=proxy-protocol names"));
    }
    CHECK(f.counters().tls_failures.value() == header.size());
}

TEST_CASE("HTTP at a port of TLS is answered as that wherever it is split, also where it begins like a PROXY header") {
    ListenerFixture f{secure_options()};
    const std::string bytes = "PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (std::size_t split = 1; split <= 8; ++split) {
        Peer client{f.io, f.listener.endpoints()[0]};
        client.send(bytes.substr(0, split));
        f.settle();
        client.send(bytes.substr(split));
        const std::string answer = client.take_all();
        CHECK(answer.find("HTTP/1.1 400 ") == 0);
        CHECK(answer.find("this port speaks TLS") != std::string::npos);
    }
}
