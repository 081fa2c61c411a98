// Clients that visit a wsxmpp::TlsServer, and the files that it reads.
#pragma once

#include <openssl/ocsp.h>

#include "tls_support.hpp"
#include "transports/tls_server.hpp"
#include "wsxmpp/tls_server.hpp"

namespace test {

struct DeleteSession {
    void operator()(SSL_SESSION* it) const { SSL_SESSION_free(it); }
};
using Session = std::unique_ptr<SSL_SESSION, DeleteSession>;

// What a client asks for.
struct Asking {
    std::string name;                       // SNI; empty: none
    std::vector<std::string> protocols{};   // ALPN
    int version = 0;                        // no other; 0: any
    SSL_SESSION* session = nullptr;         // to resume
    bool staple = false;                    // an OCSP response
    const char* signatures = nullptr;       // those it takes; null: all
    X509* trusted = nullptr;                // refuses all others
};

// What became of it.
struct Visit {
    bool accepted = false;
    std::string failure;   // what the server would log
    bool plain_http = false;
    int client_reason = 0;   // of SSL_R_…
    Owned<X509> certificate;
    Session session;
    bool resumed = false;
    std::string staple;
    wsxmpp::TlsInfo info;   // the server's
    bool keeps_staple = false;

    bool saw(const Identity& identity) const {
        return certificate && X509_cmp(certificate.get(), identity.certificate.get()) == 0;
    }
};

inline Owned<SSL> make_client(SSL_CTX* context, const Asking& asking) {
    Owned<SSL> ssl{SSL_new(context)};
    SSL_set_connect_state(ssl.get());
    SSL_set_security_level(ssl.get(), 0);
    if (!asking.name.empty())
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(asking.name.c_str()));
    std::string protocols;
    for (const std::string& protocol : asking.protocols) protocols += static_cast<char>(protocol.size()) + protocol;
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    if (asking.version != 0) {
        SSL_set_min_proto_version(ssl.get(), asking.version);
        SSL_set_max_proto_version(ssl.get(), asking.version);
    }
    if (asking.session != nullptr) SSL_set_session(ssl.get(), asking.session);
    if (asking.staple) SSL_set_tlsext_status_type(ssl.get(), TLSEXT_STATUSTYPE_ocsp);
    if (asking.signatures != nullptr) SSL_set1_sigalgs_list(ssl.get(), asking.signatures);
    if (asking.trusted != nullptr) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), asking.trusted);
        SSL_set_verify(ssl.get(), SSL_VERIFY_PEER, nullptr);
    }
    return ssl;
}

// The two ends of one connection on loopback.
struct Visiting {
    Visiting(std::unique_ptr<wsxmpp::transports::TlsLayer> layer, const Asking& asking)
        : context{SSL_CTX_new(TLS_client_method())}, client{io, make_client(context.get(), asking)} {
        std::error_code ec;
        const int fd = wsxmpp::transports::begin_connect(acceptor.local_endpoint(), ec);
        REQUIRE_FALSE(ec);
        acceptor.accept(client.peer.socket);
        client.peer.ready();
        server = std::make_shared<Securing>(wsxmpp::transports::FreshSocket{io, fd});
        server->secure(std::move(layer));
    }
    ~Visiting() {
        server.reset();
        io.restart(), io.poll();
    }

    Visit finish() {
        bool connected = false;
        run_until(io, [&] {
            if (!connected && client.error == 0) connected = client.handshake();
            return server->over();
        });
        run_until(io, [&] { return connected || client.error != 0 || (connected = client.handshake()) || client.fin; });
        return result();
    }

    Visit result() {
        Visit visit;
        visit.accepted = server->state == Securing::Layer::Step::done;
        const SSL* const ssl = client.ssl.get();
        visit.client_reason = ERR_GET_REASON(client.error);
        if (!visit.accepted) {
            visit.failure = wsxmpp::transports::server_handshake_failure(server->layer());
            visit.plain_http = wsxmpp::transports::is_plain_http(server->layer());
            return visit;
        }
        client.read();                                                                   // the ticket
        SSL_set_shutdown(client.ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);   // or it resumes nothing
        visit.certificate.reset(SSL_get1_peer_certificate(ssl));
        visit.session.reset(SSL_get1_session(client.ssl.get()));
        visit.resumed = SSL_session_reused(ssl) == 1;
        unsigned char* staple = nullptr;
        const long size = SSL_get_tlsext_status_ocsp_resp(client.ssl.get(), &staple);
        if (size > 0) visit.staple.assign(staple, staple + size);
        visit.keeps_staple = SSL_get_tlsext_status_ocsp_resp(server->layer().native(), &staple) > 0;
        visit.info = server->layer().info();
        return visit;
    }

    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    Owned<SSL_CTX> context;
    TlsEnd client;
    std::shared_ptr<Securing> server;
};

inline Visit visit(wsxmpp::TlsServer& server, const Asking& asking = {"example.org"}) {
    return Visiting{wsxmpp::transports::accept_tls(server), asking}.finish();
}

// --- Files

class Folder : public TemporaryFolder {
public:
    using TemporaryFolder::write;
    // NAME.pem and NAME.key
    wsxmpp::TlsCertificateFiles write(const std::string& name, const Identity& identity) const {
        return {write(name + ".pem", pem(identity.certificate.get())), write(name + ".key", pem(identity.key.get()))};
    }
};

inline Identity identity_for(std::vector<std::string> names, bool rsa = false) {
    CertificateOptions options;
    options.name = names.empty() ? "nobody" : names.front();
    options.dns = std::move(names);
    options.rsa = rsa;
    return make_identity(options);
}

struct OcspOptions {
    int status = V_OCSP_CERTSTATUS_GOOD;
    const char* from = "20200101000000Z";
    const char* next = "20991231000000Z";   // null: none
    const EVP_MD* hash = EVP_sha1();
};

inline std::string ocsp_response(const Identity& of, const Identity& issuer, const OcspOptions& options = {}) {
    const auto time_of = [](const char* text) {
        ASN1_TIME* time = text == nullptr ? nullptr : ASN1_TIME_new();
        if (time != nullptr) ASN1_TIME_set_string(time, text);
        return std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)>{time, ASN1_TIME_free};
    };
    const auto from = time_of(options.from);
    const auto next = time_of(options.next);
    OCSP_CERTID* id = OCSP_cert_to_id(options.hash, of.certificate.get(), issuer.certificate.get());
    OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
    OCSP_basic_add1_status(basic, id, options.status, 0, from.get(), from.get(), next.get());
    REQUIRE(OCSP_basic_sign(basic, issuer.certificate.get(), issuer.key.get(), EVP_sha256(), nullptr, 0) == 1);
    OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    unsigned char* der = nullptr;
    const int size = i2d_OCSP_RESPONSE(response, &der);
    std::string bytes{der, der + size};
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    return bytes;
}

// What was logged: "warning: message key=value …", a line each.
class Lines {
public:
    wsxmpp::Log log() {
        return {wsxmpp::LogLevel::info,
                [this](wsxmpp::LogLevel level, std::string_view message, wsxmpp::LogFields fields) {
                    if (level >= wsxmpp::LogLevel::warning) text_ += "warning: ";
                    text_ += message;
                    for (const auto& field : fields)
                        text_ += " " + std::string{field.key} + "=" + std::string{field.value};
                    text_ += "\n";
                }};
    }
    std::string take() { return std::exchange(text_, {}); }

private:
    std::string text_;
};

}   // namespace test
