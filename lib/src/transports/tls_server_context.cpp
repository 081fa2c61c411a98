#include "transports/tls_server_context.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ascii.hpp"
#include "wsxmpp/tls.hpp"

namespace wsxmpp::transports {

namespace {

// What all browsers since 2014 have: forward secrecy and AEAD (RFC 9325 §4.2). As good as one another, so the client
// chooses: a telephone without AES instructions is faster with ChaCha20. Those of TLS 1.3 are OpenSSL's own.
constexpr const char* ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* groups = "X25519:P-256:P-384";

// What the callbacks need; each context owns one.
struct Served {
    struct Stapled {
        const X509* certificate;
        std::string response;
        std::time_t until;
    };
    std::shared_ptr<TicketKeys> tickets;
    std::vector<Stapled> staples;
    // Of the first context alone; null: that one itself, which cannot hold itself.
    std::unordered_map<std::string, Openssl<SSL_CTX>> names;       // "example.org"
    std::unordered_map<std::string, Openssl<SSL_CTX>> wildcards;   // ".example.org", of "*.example.org"
};

int served_index() {
    static const int index = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* it, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Served*>(it); });
    return index;
}

Served& served_by(const SSL_CTX* context) {
    return *static_cast<Served*>(SSL_CTX_get_ex_data(context, served_index()));
}

// --- Server names

std::string canonical(std::string_view name) {
    if (!name.empty() && name.back() == '.') name.remove_suffix(1);   // RFC 6066 §3: there should be none
    return ascii::lowered(name);
}

// "*" stands for the whole left-most label (RFC 6125 §6.4.3) of a name that has at least two more; ".example.org".
std::string_view wildcard_of(std::string_view presented) {
    if (presented.substr(0, 2) != "*.") return {};
    presented.remove_prefix(1);
    return presented.find('.', 1) == std::string_view::npos ? std::string_view{} : presented;
}

std::string_view parent_of(std::string_view name) {
    const auto dot = name.find('.');
    return dot == std::string_view::npos || dot == 0 ? std::string_view{} : name.substr(dot);
}

// `server`: of the first context, which the SSL keeps as long as its handshake goes on.
int on_server_name(SSL* ssl, int*, void* server) {
    const char* const wanted = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (wanted == nullptr) return SSL_TLSEXT_ERR_NOACK;
    const auto& served = *static_cast<const Served*>(server);
    const std::string name = canonical(wanted);
    auto found = served.names.find(name);
    if (found == served.names.end()) {
        found = served.wildcards.find(std::string{parent_of(name)});
        if (found == served.wildcards.end()) return SSL_TLSEXT_ERR_NOACK;
    }
    if (found->second && SSL_set_SSL_CTX(ssl, found->second.get()) == nullptr) return SSL_TLSEXT_ERR_ALERT_FATAL;
    return SSL_TLSEXT_ERR_OK;
}

// --- ALPN

// A client that offers others alone, such as h2, hears no_application_protocol (RFC 7301 §3.2).
int on_protocols(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                 unsigned offered_size, void*) {
    static constexpr std::string_view http = "http/1.1";
    std::string_view list{reinterpret_cast<const char*>(offered), offered_size};
    while (!list.empty()) {
        const auto length = static_cast<unsigned char>(list.front());
        const std::string_view protocol = list.substr(1, length);
        if (protocol == http) {
            *chosen = reinterpret_cast<const unsigned char*>(http.data());
            *size = static_cast<unsigned char>(http.size());
            return SSL_TLSEXT_ERR_OK;
        }
        list.remove_prefix(1 + protocol.size());
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// --- OCSP

int on_status_request(SSL* ssl, void*) {
    const X509* const certificate = SSL_get_certificate(ssl);
    const auto& staples = served_by(SSL_get_SSL_CTX(ssl)).staples;
    const auto found = std::find_if(staples.begin(), staples.end(), [certificate](const Served::Stapled& staple) {
        return staple.certificate == certificate;
    });
    if (found == staples.end() || found->until <= std::time(nullptr)) return SSL_TLSEXT_ERR_NOACK;
    Openssl<unsigned char> copy{
        static_cast<unsigned char*>(OPENSSL_memdup(found->response.data(), found->response.size()))};
    if (!copy) return SSL_TLSEXT_ERR_NOACK;
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, static_cast<long>(found->response.size()), copy.release());
    return SSL_TLSEXT_ERR_OK;
}

// --- Tickets

bool use_mac(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

int seal(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    TicketKeys::Key key;
    const EVP_CIPHER* const aes = EVP_aes_256_cbc();
    if (!keys.current(key) || RAND_bytes(iv, EVP_CIPHER_get_iv_length(aes)) != 1) return -1;
    std::memcpy(name, key.name.data(), key.name.size());
    return EVP_EncryptInit_ex(cipher, aes, nullptr, key.cipher.data(), iv) == 1 && use_mac(mac, key) ? 1 : -1;
}

// A ticket of TLS 1.3 is to be used once (RFC 8446 §C.4), and so is followed by another (2).
int open(TicketKeys& keys, const SSL* ssl, const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
         EVP_MAC_CTX* mac) {
    TicketKeys::Key key;
    const auto found = keys.find(name, key);
    if (found == TicketKeys::Found::none) return 0;
    if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) != 1 || !use_mac(mac, key))
        return -1;
    return found == TicketKeys::Found::old || SSL_version(ssl) >= TLS1_3_VERSION ? 2 : 1;
}

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
    TicketKeys& keys = *served_by(SSL_get_SSL_CTX(ssl)).tickets;
    return sealing == 1 ? seal(keys, name, iv, cipher, mac) : open(keys, ssl, name, iv, cipher, mac);
}

// --- Contexts

// As OpenSSL's macros, which cast in the old style.
template <typename Callback>
void set_callback(SSL_CTX* context, int command, Callback callback) {
    SSL_CTX_callback_ctrl(context, command, reinterpret_cast<void (*)()>(callback));
}

using Subset = std::vector<std::size_t>;

int kind_of_key(const ServedCertificate& it) { return EVP_PKEY_get_base_id(it.loaded.key.get()); }

bool has_name(const ServedCertificate& it, std::string_view name) {
    const auto& names = it.loaded.names;
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Those for `name`, which may be a wildcard: one of each kind of key.
Subset subset_for(const ServedCertificates& all, std::string_view name) {
    const std::string_view parent = parent_of(name);
    const std::string wildcard = parent.empty() || name.front() == '*' ? std::string{name} : "*" + std::string{parent};
    Subset subset;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool fits = has_name(*all[i], name) || (!wildcard_of(wildcard).empty() && has_name(*all[i], wildcard));
        const bool has_kind = std::any_of(subset.begin(), subset.end(), [&](std::size_t other) {
            return kind_of_key(*all[other]) == kind_of_key(*all[i]);
        });
        if (fits && !has_kind) subset.push_back(i);
    }
    return subset;
}

// For clients that name no host: the first certificate, and those of other keys that serve its name as well.
Subset first_subset(const ServedCertificates& all) {
    const auto& names = all.front()->loaded.names;
    return names.empty() ? Subset{0} : subset_for(all, names.front());
}

void use_certificate(SSL_CTX* context, Served& served, const ServedCertificate& it) {
    ERR_clear_error();
    if (SSL_CTX_use_cert_and_key(context, it.loaded.certificate.get(), it.loaded.key.get(), it.loaded.issuers.get(),
                                 1) != 1) {
        const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
        const std::string why = reason == nullptr ? "no reason given" : reason;
        ERR_clear_error();
        throw TlsFileError{certificate_field,
                           fmt::format("{}: OpenSSL does not take the certificate: {}", it.loaded.file, why)};
    }
    if (!it.staple.response.empty())
        served.staples.push_back({it.loaded.certificate.get(), it.staple.response, it.staple.until});
}

Openssl<SSL_CTX> make_context(const ServedCertificates& all, const Subset& subset,
                              const std::shared_ptr<TicketKeys>& tickets) {
    Openssl<SSL_CTX> made{SSL_CTX_new(TLS_server_method())};
    SSL_CTX* const context = made.get();
    auto served = std::make_unique<Served>();
    Served& it = *served;
    if (context == nullptr || SSL_CTX_set_ex_data(context, served_index(), served.get()) != 1) throw std::bad_alloc{};
    static_cast<void>(served.release());   // the context's now
    it.tickets = tickets;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);   // RFC 9325 §3.1.1
    if (SSL_CTX_set_cipher_list(context, ciphers) != 1 ||
        SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, const_cast<char*>(groups)) != 1)
        throw std::invalid_argument{"TLS: OpenSSL has none of the ciphers or groups that are wanted"};
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Tickets alone. One is enough: a browser opens one WebSocket at a time, and gets another when it has used it.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_timeout(context, static_cast<long>(tickets->lifetime().count()));
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
    SSL_CTX_set_alpn_select_cb(context, on_protocols, nullptr);
    set_callback(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, on_status_request);
    for (const std::size_t i : subset) use_certificate(context, it, *all[i]);
    return made;
}

}   // namespace

Openssl<SSL_CTX> make_server_context(const ServedCertificates& certificates,
                                     const std::shared_ptr<TicketKeys>& tickets) {
    const Subset first = first_subset(certificates);
    auto context = make_context(certificates, first, tickets);
    Served& served = served_by(context.get());
    std::map<Subset, Openssl<SSL_CTX>> made;
    const auto context_of = [&](const Subset& subset) -> Openssl<SSL_CTX> {
        if (subset == first) return nullptr;
        auto& known = made[subset];
        if (!known) known = make_context(certificates, subset, tickets);
        SSL_CTX_up_ref(known.get());
        return Openssl<SSL_CTX>{known.get()};
    };
    for (const auto& it : certificates) {
        for (const std::string& name : it->loaded.names) {
            const std::string_view wildcard = wildcard_of(name);
            if (wildcard.empty() && name.substr(0, 1) == "*") continue;   // "*.org"
            auto& table = wildcard.empty() ? served.names : served.wildcards;
            table.try_emplace(wildcard.empty() ? name : std::string{wildcard},
                              context_of(subset_for(certificates, name)));
        }
    }
    set_callback(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, on_server_name);
    SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, &served);
    return context;
}

}   // namespace wsxmpp::transports
