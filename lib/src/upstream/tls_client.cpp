#include "upstream/tls_client.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <new>
#include <utility>

#include "upstream/certificate_names.hpp"
#include "upstream/fingerprints.hpp"
#include "upstream/literal_address.hpp"
#include "upstream/pins.hpp"
#include "upstream/tls_context.hpp"
#include "upstream/tls_failure.hpp"
#include "upstream/tls_sessions.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

constexpr std::size_t names_in_text = 3;
constexpr auto posh = "POSH";
constexpr int dane_ee = 3;   // RFC 7671 §5.1

// What belongs to one SSL, and goes with it. Tickets come when TlsClient may be gone (RFC 8446 §4.6.1).
struct Connecting {
    std::shared_ptr<TlsSessions> sessions;   // null: it is not to be resumed
    std::string key;
    bool insecure = false;
    bool verified = false;
    std::vector<std::string> waiting;   // sessions, until it is verified
    // The first thing that is wrong with the certificates.
    int fault = X509_V_OK;
    int depth = 0;
    Openssl<X509> at_fault;
    Openssl<X509> leaf;                      // then also the server's own
    std::vector<std::string> fingerprints;   // that POSH vouches for
    bool vouched = false;                    // by them alone: something was wrong with the chain
};

bool is_one_of(const X509* certificate, const std::vector<std::string>& fingerprints) {
    if (certificate == nullptr || fingerprints.empty()) return false;
    const auto own = fingerprints_of(certificate);
    return std::find_first_of(own.begin(), own.end(), fingerprints.begin(), fingerprints.end()) != own.end();
}

void keep(X509* certificate, Openssl<X509>& where) {
    if (certificate != nullptr && X509_up_ref(certificate) == 1) where.reset(certificate);
}

int connecting_index() {
    static const int index = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* it, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Connecting*>(it); });
    return index;
}

Connecting* connecting(const SSL* ssl) { return static_cast<Connecting*>(SSL_get_ex_data(ssl, connecting_index())); }

// 0 ends the handshake with the alert that fits.
int on_certificate(int ok, X509_STORE_CTX* context) {
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    Connecting* const it = ssl == nullptr ? nullptr : connecting(ssl);
    if (ok == 1 || it == nullptr) return ok;
    const int fault = X509_STORE_CTX_get_error(context);
    X509* const leaf = X509_STORE_CTX_get0_cert(context);
    // What else is wrong, its dates among it (RFC 7711 §6), is found further on.
    if (!it->insecure && is_distrust(fault) && is_one_of(leaf, it->fingerprints)) {
        it->vouched = true;
        return 1;
    }
    if (it->fault == X509_V_OK) {
        it->fault = fault;
        it->depth = X509_STORE_CTX_get_error_depth(context);
        keep(X509_STORE_CTX_get_current_cert(context), it->at_fault);
        keep(leaf, it->leaf);
    }
    return it->insecure ? 1 : 0;
}

int on_session(SSL* ssl, SSL_SESSION* session) {
    Connecting* const it = connecting(ssl);
    if (it == nullptr || !it->sessions) return 0;
    std::string encoded = TlsSessions::encode(session);
    if (encoded.empty()) return 0;
    if (it->verified)
        it->sessions->put(it->key, std::move(encoded));
    else
        it->waiting.push_back(std::move(encoded));
    return 0;   // no reference was kept
}

// What is different here must not share a session. One that DANE has verified is neither kept nor resumed: its records
// may have changed, and OpenSSL does not tell which of them matched.
bool may_resume(const TlsPeer& peer) { return peer.tlsa.empty(); }
std::string key_of(const TlsPeer& peer) {
    return fmt::format("{}\n{}\n{}", peer.domain, peer.direct, peer.session_key);
}

// As OpenSSL's macro of that name, which casts in the old style.
void set_server_name(SSL* ssl, const std::string& name) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
}

// Records that OpenSSL cannot use, or that are malformed, are none (RFC 7671 §4.1).
void use_dane(SSL* ssl, const TlsPeer& peer) {
    if (peer.tlsa.empty()) return;
    const std::string& base = peer.tlsa_base.empty() ? peer.domain : peer.tlsa_base;
    if (SSL_dane_enable(ssl, base.c_str()) <= 0) throw std::bad_alloc{};
    SSL_set1_host(ssl, nullptr);   // verify() compares the names
    for (const TlsaRecord& record : peer.tlsa)
        SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching,
                          reinterpret_cast<const unsigned char*>(record.data.data()), record.data.size());
    ERR_clear_error();
}

// An issuer's certificate is some 4 KiB, and OpenSSL keeps the chain as long as the connection.
void forget_issuers(SSL* ssl) {
    for (STACK_OF(X509) * chain : {SSL_get_peer_cert_chain(ssl), SSL_get0_verified_chain(ssl)})
        while (chain != nullptr && sk_X509_num(chain) > 1) X509_free(sk_X509_pop(chain));
}

}   // namespace

class TlsClient::Impl {
public:
    explicit Impl(const TlsClientOptions& options) : insecure_{options.insecure}, pins_{options.pins} {
        // The system's authorities are a megabyte and 50 ms to read: not for those who never speak TLS.
        const bool names_files =
            !options.ca_file.empty() || !options.crl_file.empty() || !options.certificate_file.empty();
        if (names_files || !options.key_file.empty()) set_up(options);
    }

    std::unique_ptr<transports::TlsLayer> start(const TlsPeer& peer);
    TlsVerdict verify(const transports::TlsLayer& layer, const TlsPeer& peer, bool handshake_done);
    ssl_ctx_st* context() {
        if (!context_) set_up({});
        return context_.get();
    }

private:
    void set_up(const TlsClientOptions& options) {
        context_ = make_context(options);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, on_certificate);
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context_.get(), on_session);
    }
    TlsFault fault_of(SSL* ssl, const X509* certificate, const CertificateNames& names, const TlsPeer& peer,
                      std::string& trust) const;

    bool insecure_;
    Pins pins_;
    Openssl<SSL_CTX> context_;   // without files of the operator's: from the first connection on
    std::shared_ptr<TlsSessions> sessions_ = std::make_shared<TlsSessions>();
};

std::unique_ptr<transports::TlsLayer> TlsClient::Impl::start(const TlsPeer& peer) {
    Openssl<SSL> ssl{SSL_new(context())};
    if (!ssl) throw std::bad_alloc{};
    auto it = std::make_unique<Connecting>();
    it->insecure = insecure_;
    it->fingerprints = peer.fingerprints;
    if (may_resume(peer)) {
        it->sessions = sessions_;
        it->key = key_of(peer);
        if (const auto session = sessions_->take(it->key)) SSL_set_session(ssl.get(), session.get());
    }
    if (SSL_set_ex_data(ssl.get(), connecting_index(), it.get()) != 1) throw std::bad_alloc{};
    static_cast<void>(it.release());   // ssl's now
    SSL_set_connect_state(ssl.get());
    // RFC 6066 §3: a name, never an address. Before DANE, which would ask for another one.
    if (!literal_address(peer.domain)) set_server_name(ssl.get(), peer.domain);
    use_dane(ssl.get(), peer);
    static constexpr unsigned char protocols[] = "\x0bxmpp-client";   // XEP-0368 §4
    if (peer.direct) SSL_set_alpn_protos(ssl.get(), protocols, sizeof protocols - 1);
    return std::make_unique<transports::TlsLayer>(ssl.release());
}

TlsVerdict TlsClient::Impl::verify(const transports::TlsLayer& layer, const TlsPeer& peer, bool handshake_done) {
    TlsVerdict verdict;
    SSL* const ssl = layer.native();
    Connecting* const it = ssl == nullptr ? nullptr : connecting(ssl);
    if (it == nullptr) return {errc::tls_failed, "TLS handshake: the connection is closed", {}, {}, {}, {}, false};
    const X509* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) certificate = it->leaf.get();   // the handshake has failed
    TlsFault fault;
    if (certificate != nullptr) {
        const CertificateNames names{certificate};
        verdict.names = names.to_text(100);
        verdict.issuer = issuer_of(certificate);
        verdict.not_after = date_of(X509_get0_notAfter(certificate));
        if (handshake_done) fault = fault_of(ssl, certificate, names, peer, verdict.trust);
    }
    if (!handshake_done && it->fault != X509_V_OK && !insecure_) {
        fault = certificate_fault(it->fault, it->at_fault.get(), it->depth, peer.domain);
        fault.distrust_alone = is_distrust(it->fault);
    } else if (!handshake_done) {
        fault = handshake_fault(layer.failure());
    } else if (certificate == nullptr) {
        fault = {errc::tls_failed, "TLS handshake: the server has no certificate"};
    }
    verdict.error = fault.error;
    verdict.detail = std::move(fault.detail);
    verdict.resumed = handshake_done && SSL_session_reused(ssl) == 1;
    // TLSA records say what may be shown, and POSH nothing beside them.
    if (fault.distrust_alone && certificate != nullptr && peer.tlsa.empty())
        verdict.distrusted = fingerprints_of(certificate);
    it->at_fault.reset();
    it->leaf.reset();
    if (verdict.error) return verdict;
    it->verified = true;
    forget_issuers(ssl);
    // Its fingerprints will be others one day, and a session that is resumed shows no certificate.
    if (verdict.trust == posh) it->sessions.reset();
    if (!it->sessions) it->waiting.clear();
    for (std::string& session : std::exchange(it->waiting, {})) sessions_->put(it->key, std::move(session));
    // Before TLS 1.3 a session is resumed again and again, and told once.
    if (verdict.resumed && SSL_version(ssl) < TLS1_3_VERSION)
        sessions_->put(it->key, TlsSessions::encode(SSL_get0_session(ssl)));
    return verdict;
}

// OpenSSL has looked at the chain, now or when the session that is resumed was made.
TlsFault TlsClient::Impl::fault_of(SSL* ssl, const X509* certificate, const CertificateNames& names,
                                   const TlsPeer& peer, std::string& trust) const {
    if (!pins_.empty() && !pins_.fit(certificate))
        return {errc::certificate_pin_mismatch,
                fmt::format("the key of {} is none of the pins; it is {}", peer.domain, Pins::pin_of(certificate))};
    trust = !pins_.empty() ? "pin" : "none (insecure)";
    if (insecure_) return {};
    if (connecting(ssl)->vouched) {
        trust = posh;
        return {};   // OpenSSL has looked at its dates
    }
    if (const long result = SSL_get_verify_result(ssl); result != X509_V_OK)
        return certificate_fault(static_cast<int>(result), certificate, 0, peer.domain);
    const bool dane = SSL_get0_dane_authority(ssl, nullptr, nullptr) >= 0;
    std::uint8_t usage = 0;
    if (dane) SSL_get0_dane_tlsa(ssl, &usage, nullptr, nullptr, nullptr, nullptr);
    if (pins_.empty()) trust = dane ? "DANE" : "CA";
    // The record itself binds this key to the name (RFC 7671 §5.1): neither names nor dates are looked at.
    if (dane && usage == dane_ee) return {};
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)   // since the session was made
        return certificate_fault(X509_V_ERR_CERT_HAS_EXPIRED, certificate, 0, peer.domain);
    const auto fits = [&names](const std::string& name) { return names.fit(name); };
    // RFC 7673 §4.2: with DANE the server's own name will do as well.
    if (fits(peer.domain) || std::any_of(peer.also.begin(), peer.also.end(), fits) ||
        (dane && !peer.tlsa_base.empty() && fits(peer.tlsa_base)))
        return {};
    if (is_one_of(certificate, peer.fingerprints)) {
        trust = posh;
        return {};
    }
    if (names.empty())
        return {errc::certificate_wrong_name,
                fmt::format("the certificate names no domain (it has no subject alternative name), and is not for {}",
                            peer.domain),
                true};
    return {errc::certificate_wrong_name,
            fmt::format("the certificate is for {}, not for {}", names.to_public_text(names_in_text), peer.domain),
            true};
}

TlsClient::TlsClient(const TlsClientOptions& options) : impl_{std::make_unique<Impl>(options)} {}
TlsClient::~TlsClient() = default;

std::unique_ptr<transports::TlsLayer> TlsClient::start(const TlsPeer& peer) { return impl_->start(peer); }

ssl_ctx_st* TlsClient::trust() { return impl_->context(); }

TlsVerdict TlsClient::verify(const transports::TlsLayer& layer, const TlsPeer& peer, bool handshake_done) {
    return impl_->verify(layer, peer, handshake_done);
}

}   // namespace wsxmpp::upstream
