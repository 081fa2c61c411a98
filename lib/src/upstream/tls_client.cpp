#include "upstream/tls_client.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <asio/ip/address.hpp>
#include <ctime>
#include <map>
#include <stdexcept>
#include <utility>

#include "upstream/certificate_names.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

template <auto free_function>
struct Freed {
    template <typename T>
    void operator()(T* object) const {
        free_function(object);
    }
};
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;

constexpr std::string_view pin_scheme = "sha256//";
constexpr std::size_t max_sessions = 256;   // kept for resumption

std::string last_reason() {
    const unsigned long error = ERR_peek_last_error();
    const char* const reason = ERR_reason_error_string(error);
    return reason != nullptr ? reason : "unknown reason";
}

[[noreturn]] void refuse(const std::string& what) {
    const std::string reason = last_reason();
    ERR_clear_error();
    throw std::invalid_argument{what + ": " + reason};
}

// The SHA-256 of its public key, as it stands in a pin.
std::string pin_of(const X509* certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    std::array<unsigned char, 32> digest{};
    EVP_Digest(der, static_cast<std::size_t>(std::max(size, 0)), digest.data(), nullptr, EVP_sha256(), nullptr);
    OPENSSL_free(der);
    std::array<unsigned char, 45> base64{};
    EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return std::string{pin_scheme} + reinterpret_cast<const char*>(base64.data());
}

void check_pin(const std::string& pin) {
    const auto base64 = std::string_view{pin}.substr(std::min(pin.size(), pin_scheme.size()));
    std::array<unsigned char, 33> digest{};
    const bool right =
        pin.compare(0, pin_scheme.size(), pin_scheme) == 0 && base64.size() == 44 &&
        EVP_DecodeBlock(digest.data(), reinterpret_cast<const unsigned char*>(base64.data()), 44) == 33 &&
        base64[43] == '=' && base64[42] != '=';
    if (!right)
        throw std::invalid_argument{"'" + pin + "' is no pin: it is sha256// and 44 characters of base64, as curl's"};
}

std::string date_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
    return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

// Its common name, or all of it.
std::string name_text(const X509_NAME* name) {
    std::array<char, 256> text{};
    if (X509_NAME_get_text_by_NID(name, NID_commonName, text.data(), text.size()) > 0) return text.data();
    X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
    return text.data();
}

errc code_of(long result) {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED: return errc::certificate_expired;
        case X509_V_ERR_CERT_NOT_YET_VALID: return errc::certificate_not_yet_valid;
        case X509_V_ERR_CERT_REVOKED: return errc::certificate_revoked;
        case X509_V_ERR_DANE_NO_MATCH: return errc::certificate_pin_mismatch;
        default: return errc::certificate_untrusted;
    }
}

using Sessions = std::map<std::string, Session>;   // by TlsPeer::session_key

// Whose fault it was, as the chain was looked at.
struct Blame {
    bool insecure = false;
    int error = X509_V_OK;
    std::string who;   // the subject of the certificate at fault
    std::string not_before;
    std::string not_after;
    std::string issuer;
    std::string session_key;
    std::shared_ptr<Sessions> sessions;   // the connection may outlive the TlsClient
};

void free_blame(void*, void* blame, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Blame*>(blame); }

int blame_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_blame);
    return index;
}

Blame& blame_of(const SSL* ssl) { return *static_cast<Blame*>(SSL_get_ex_data(ssl, blame_index())); }

int on_certificate(int fine, X509_STORE_CTX* store) {
    const auto* const ssl =
        static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    Blame& blame = blame_of(ssl);
    if (fine == 1) return 1;
    if (blame.error == X509_V_OK) {
        blame.error = X509_STORE_CTX_get_error(store);
        if (const X509* const certificate = X509_STORE_CTX_get_current_cert(store)) {
            blame.who = name_text(X509_get_subject_name(certificate));
            blame.issuer = name_text(X509_get_issuer_name(certificate));
            blame.not_before = date_of(X509_get0_notBefore(certificate));
            blame.not_after = date_of(X509_get0_notAfter(certificate));
        }
    }
    return blame.insecure ? 1 : 0;
}

// A ticket to resume with: comes after the handshake with TLS 1.3.
int on_session(SSL* ssl, SSL_SESSION* session) {
    const Blame& blame = blame_of(ssl);
    auto& sessions = *blame.sessions;
    if (sessions.size() >= max_sessions && sessions.count(blame.session_key) == 0) sessions.erase(sessions.begin());
    sessions[blame.session_key].reset(session);
    return 1;   // ours now
}

}   // namespace

class TlsClient::Impl {
public:
    explicit Impl(const TlsClientOptions& options) : options_{options}, context_{SSL_CTX_new(TLS_client_method())} {
        if (!context_) refuse("OpenSSL");
        std::for_each(options_.pins.begin(), options_.pins.end(), check_pin);
        SSL_CTX* const context = context_.get();
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);   // RFC 7590 §3.1, RFC 8996
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_certificate);
        SSL_CTX_dane_enable(context);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, on_session);
        load_authorities();
        load_own_certificate();
        ERR_clear_error();
    }

    std::unique_ptr<transports::TlsLayer> start(const TlsPeer& peer) {
        SSL* const ssl = SSL_new(context_.get());
        if (ssl == nullptr) throw std::bad_alloc{};
        auto* const blame = new Blame;
        SSL_set_ex_data(ssl, blame_index(), blame);
        blame->insecure = options_.insecure;
        blame->session_key = peer.session_key;
        blame->sessions = sessions_;
        std::error_code no_address;
        asio::ip::make_address(peer.domain, no_address);
        if (no_address)   // RFC 6066 §3: never an address
            SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(peer.domain.c_str()));
        if (peer.direct) {
            constexpr std::string_view alpn = "\x0Bxmpp-client";   // XEP-0368 §3
            SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                                static_cast<unsigned>(alpn.size()));
        }
        if (!peer.tlsa.empty()) {
            SSL_dane_enable(ssl, peer.tlsa_base.c_str());
            SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);   // RFC 7671 §5.1
            for (const TlsaRecord& record : peer.tlsa)
                SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching,
                                  reinterpret_cast<const unsigned char*>(record.data.data()), record.data.size());
        }
        // A session that is kept was verified under these same settings; but DANE's records may have changed.
        if (const auto known = sessions_->find(peer.session_key); known != sessions_->end() && peer.tlsa.empty())
            SSL_set_session(ssl, known->second.get());
        SSL_set_connect_state(ssl);
        return std::make_unique<transports::TlsLayer>(ssl);
    }

    TlsVerdict verify(const SSL* ssl, const TlsPeer& peer, bool handshake_done) {
        TlsVerdict verdict;
        const X509* const certificate = SSL_get0_peer_certificate(ssl);
        const CertificateNames names = certificate != nullptr ? names_of(*certificate) : CertificateNames{};
        if (certificate != nullptr) {
            verdict.names = names.text();
            verdict.issuer = name_text(X509_get_issuer_name(certificate));
            verdict.not_after = date_of(X509_get0_notAfter(certificate));
        }
        verdict.resumed = SSL_session_reused(ssl) != 0;
        const auto fail = [&](errc code, std::string detail) {
            verdict.error = code;
            verdict.detail = std::move(detail);
            sessions_->erase(peer.session_key);
        };
        const Blame& blame = blame_of(ssl);
        if (!handshake_done) {
            if (blame.error != X509_V_OK && !options_.insecure)
                fail(code_of(blame.error), describe(blame, peer.domain));
            else
                fail(errc::tls_failed, "the TLS handshake failed: " + handshake_reason());
            ERR_clear_error();
            return verdict;
        }
        if (certificate == nullptr) {
            fail(errc::tls_failed, "the server showed no certificate");
            return verdict;
        }
        if (verdict.resumed && X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0 && !options_.insecure) {
            fail(errc::certificate_expired, "the certificate of " + peer.domain + " expired on " + verdict.not_after);
            return verdict;
        }
        const bool by_dane = SSL_get0_dane_authority(const_cast<SSL*>(ssl), nullptr, nullptr) >= 0;
        verdict.trust = options_.insecure ? "none (insecure)" : by_dane ? "DANE" : "CA";
        const auto fits = [&names](const std::string& name) { return is_for(names, name); };
        // DANE-EE vouches for the key itself, whatever names it has (RFC 7671 §5.1).
        const bool named = by_dane_ee(ssl) || is_for(names, peer.domain) ||
                           (by_dane && std::any_of(peer.also.begin(), peer.also.end(), fits));
        if (!options_.insecure && !named) {
            const std::string for_others = verdict.names.empty() ? "no name at all" : verdict.names;
            fail(errc::certificate_wrong_name, "the certificate is for " + for_others + ", not for " + peer.domain);
            return verdict;
        }
        if (!options_.pins.empty()) {
            const std::string pin = pin_of(certificate);
            if (std::find(options_.pins.begin(), options_.pins.end(), pin) == options_.pins.end())
                fail(errc::certificate_pin_mismatch,
                     "the certificate of " + peer.domain + " fits none of the pins; its key is " + pin);
            else
                verdict.trust += " and pin";
        }
        return verdict;
    }

private:
    void load_authorities() {
        SSL_CTX* const context = context_.get();
        if (options_.ca_file.empty())
            SSL_CTX_set_default_verify_paths(context);
        else if (SSL_CTX_load_verify_file(context, options_.ca_file.c_str()) != 1)
            refuse("cannot read authorities from '" + options_.ca_file + "'");
        if (options_.crl_file.empty()) return;
        X509_STORE* const store = SSL_CTX_get_cert_store(context);
        X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
        if (X509_load_crl_file(lookup, options_.crl_file.c_str(), X509_FILETYPE_PEM) < 1)
            refuse("cannot read revocation lists from '" + options_.crl_file + "'");
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }

    void load_own_certificate() {
        if (options_.certificate_file.empty()) return;
        SSL_CTX* const context = context_.get();
        const std::string& key = options_.key_file.empty() ? options_.certificate_file : options_.key_file;
        if (SSL_CTX_use_certificate_chain_file(context, options_.certificate_file.c_str()) != 1)
            refuse("cannot read a certificate from '" + options_.certificate_file + "'");
        if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
            refuse("cannot read a key from '" + key + "'");
        if (SSL_CTX_check_private_key(context) != 1)
            refuse("the key in '" + key + "' is not that of the certificate in '" + options_.certificate_file + "'");
    }

    static bool by_dane_ee(const SSL* ssl) {
        std::uint8_t usage = 0;
        const bool matched = SSL_get0_dane_tlsa(const_cast<SSL*>(ssl), &usage, nullptr, nullptr, nullptr, nullptr) >= 0;
        return matched && usage == 3;
    }

    static std::string describe(const Blame& blame, const std::string& domain) {
        const std::string whose = "the certificate of " + domain;
        switch (blame.error) {
            case X509_V_ERR_CERT_HAS_EXPIRED: return whose + " expired on " + blame.not_after + of(blame, domain);
            case X509_V_ERR_CERT_NOT_YET_VALID:
                return whose + " is not yet valid: it begins on " + blame.not_before + of(blame, domain);
            case X509_V_ERR_CERT_REVOKED: return whose + " was revoked" + of(blame, domain);
            case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return whose + " is self-signed";
            case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
            case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
                return whose + " is issued by '" + blame.issuer + "', which is not trusted";
            case X509_V_ERR_UNABLE_TO_GET_CRL:
                return "there is no revocation list of '" + blame.issuer + "', which issued " + whose;
            case X509_V_ERR_DANE_NO_MATCH: return whose + " fits none of its TLSA records (DANE)";
            default: return whose + " is not trusted: " + X509_verify_cert_error_string(blame.error);
        }
    }

    // Which certificate of the chain, when it may be another than the server's own.
    static std::string of(const Blame& blame, const std::string& domain) {
        return blame.who.empty() || blame.who == domain ? "" : " ('" + blame.who + "')";
    }

    static std::string handshake_reason() {
        const unsigned long error = ERR_peek_error();
        if (error == 0) return "the server dropped the connection";
        switch (ERR_GET_REASON(error)) {
            case SSL_R_WRONG_VERSION_NUMBER:
            case SSL_R_HTTP_REQUEST: return "what the server speaks there is not TLS";
            case SSL_R_UNEXPECTED_EOF_WHILE_READING: return "the server dropped the connection";
            default: return last_reason();
        }
    }

    TlsClientOptions options_;
    Context context_;
    std::shared_ptr<Sessions> sessions_ = std::make_shared<Sessions>();
};

TlsClient::TlsClient(const TlsClientOptions& options) : impl_{std::make_unique<Impl>(options)} {}
TlsClient::~TlsClient() = default;

std::unique_ptr<transports::TlsLayer> TlsClient::start(const TlsPeer& peer) { return impl_->start(peer); }

TlsVerdict TlsClient::verify(const transports::TlsLayer& layer, const TlsPeer& peer, bool handshake_done) {
    return impl_->verify(layer.native(), peer, handshake_done);
}

}   // namespace wsxmpp::upstream
