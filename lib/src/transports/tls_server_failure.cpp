// Why a client's TLS handshake failed, in words for the log.
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <asio/error.hpp>
#include <system_error>

#include "transports/tls_server.hpp"

namespace wsxmpp::transports {

namespace {

int reason_of(const TlsLayer& layer) {
    const unsigned long code = layer.failure().reason;
    return ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
}

// RFC 8446 §6.2
std::string alert_text(int alert) {
    const char* const name = SSL_alert_desc_string_long(alert);
    switch (alert) {
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
            return fmt::format("the client does not accept the certificate: {} (alert {})", name, alert);
        case SSL_AD_PROTOCOL_VERSION:
            return fmt::format("the client speaks none of our TLS versions, which are 1.2 and 1.3 (alert {})", alert);
        default: return fmt::format("the client says: {} (alert {})", name, alert);
    }
}

}   // namespace

bool is_plain_http(const TlsLayer& layer) { return reason_of(layer) == SSL_R_HTTP_REQUEST; }

std::string server_handshake_failure(const TlsLayer& layer) {
    const TlsLayer::Failure& failure = layer.failure();
    const int reason = reason_of(layer);
    if (reason > SSL_AD_REASON_OFFSET) return alert_text(reason - SSL_AD_REASON_OFFSET);
    switch (reason) {
        case SSL_R_HTTP_REQUEST: return "the client speaks plain HTTP (ws:// or http://) on a port for TLS";
        case SSL_R_HTTPS_PROXY_REQUEST: return "the client takes this port for that of an HTTP proxy (CONNECT)";
        case SSL_R_WRONG_VERSION_NUMBER:   // of what was read as a record
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_RECORD_LENGTH_MISMATCH:
        case SSL_R_RECORD_TOO_SMALL:
        case SSL_R_BAD_RECORD_TYPE: return "the client speaks no TLS";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
            return "the client speaks none of our TLS versions, which are 1.2 and 1.3: it is too old";
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
            return "the client has no cipher or signature that fits the keys of our certificates";
        case SSL_R_NO_SHARED_GROUPS:
        case SSL_R_NO_SUITABLE_GROUPS:
        case SSL_R_NO_SUITABLE_KEY_SHARE: return "the client has none of our groups (X25519, P-256, P-384)";
        case SSL_R_NO_APPLICATION_PROTOCOL: return "the client offers protocols by ALPN, and http/1.1 is none of them";
        default: break;
    }
    if (failure.error != 0) return std::error_code{failure.error, asio::error::get_system_category()}.message();
    if (failure.ended) return "the client closed the connection during the handshake";
    const char* const text = failure.reason == 0 ? nullptr : ERR_reason_error_string(failure.reason);
    return text == nullptr ? "the handshake failed" : text;
}

}   // namespace wsxmpp::transports
