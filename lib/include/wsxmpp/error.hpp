// What can go wrong, as std::error_code, and how each failure is told to a client.
//
// Compare with `condition`, which groups the codes by what a caller would do about them:
//     if (ec == wsxmpp::condition::protocol_violation) …
// Codes of the operating system (connection refused, reset, …) are passed on as Asio gives them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace wsxmpp {

enum class errc {
    // The XML a peer sent (RFC 6120 §4.9.3, §11; Namespaces in XML 1.0)
    not_well_formed = 1,    // names that do not match, bad characters, text outside an element, two elements …
    restricted_xml,         // a comment, processing instruction, DTD, or entity that XML does not predefine
    invalid_namespace,      // a stream header, <open/> or <close/> in the wrong namespace
    bad_format,             // well-formed, and yet nothing that may stand here
    not_authorized,         // a stanza before the stream was opened
    unexpected_open,        // a second <open/> or stream header where no restart is due
    unsupported_encoding,   // an XML declaration that names another encoding than UTF-8
    subprotocol_required,   // <open/> on a WebSocket that did not offer the subprotocol "xmpp" (RFC 7395 §3.1)
    feature_unavailable,    // STARTTLS inside a WebSocket (RFC 7395 §3.9)
    domain_changed,         // a later <open/> or stream header names another domain than the first
    // Limits (limits.hpp, BridgeOptions)
    element_too_large,
    too_deep,
    too_many_attributes,
    too_many_fragments,
    // The WebSocket a client speaks (RFC 6455)
    websocket_violation,   // a frame that the protocol forbids
    binary_message,        // only text messages carry XMPP (RFC 7395 §3.2)
    invalid_utf8,
    corrupt_compression,   // a message that cannot be decompressed (RFC 7692)
    // Where the server of a domain is (RFC 6120 §3.2, XEP-0368)
    host_unknown,      // the domain is not served here, or none was named and there are several
    name_not_found,    // DNS knows no such name
    no_address,        // the name has no address, or its SRV records say that there is no XMPP service
    dns_failed,        // the DNS servers gave no usable answer
    dns_timeout,       // the DNS servers gave no answer in time
    address_refused,   // all its addresses are loopback, private, link-local or multicast, and it was not named
    // The way to it
    connection_refused,
    network_unreachable,   // no route to the network or the host
    proxy_refused,         // the SOCKS5 proxy could not or would not connect
    upstreams_down,        // several upstreams were given, and none of them could be connected
    // Its TLS (RFC 6120 §5, RFC 7590)
    starttls_not_offered,        // and it is required
    starttls_refused,            // <failure/> in answer to <starttls/>
    stream_refused,              // a stream error, or the end of the stream, before TLS was negotiated
    tls_failed,                  // the TLS handshake failed; the text says how
    certificate_expired,         // or one of its issuers' has
    certificate_not_yet_valid,   //
    certificate_wrong_name,      // it is valid, for other names (RFC 6125)
    certificate_untrusted,       // self-signed, or of an authority that is not trusted
    certificate_revoked,         //
    certificate_pin_mismatch,    // none of the pins, or of the TLSA records (DANE), fits
    // Time
    open_timeout,       // the client said nothing after connecting
    upstream_timeout,   // the XMPP server was connected, and did not answer the stream header
    connect_timeout,    // no address of the XMPP server answered in time
    close_timeout,      // the peer did not answer a close
    ping_timeout,       // the client did not answer a ping
    login_timeout,      // the client did not log in
    // Ends
    peer_closed,            // the peer closed the connection as its protocol provides
    connection_lost,        // the connection ended without that
    upstream_unreachable,   // no connection to the XMPP server; the text says why
    upstream_lost,          // the XMPP server dropped the connection without ending the stream
    upstream_error,         // the XMPP server ended the stream with a stream error, which was passed on
    upstream_violation,     // the XMPP server sent what is no XMPP stream
    shutting_down,          // Bridge::drain or Bridge::stop ended the session
    filtered,               // a Filter ended the session
    closed_by_operator,     // Bridge::close_session()
};

// Groups of codes; each says what to do rather than what happened.
enum class condition {
    protocol_violation = 1,   // the client broke XML, XMPP or WebSocket rules: its programmer must act
    limit_exceeded,           // a peer went over a limit: its programmer or the operator must act
    not_served,               // the operator does not let this domain or address be reached
    name_resolution_failed,   // DNS does not lead to an XMPP server: whoever keeps the domain must act
    untrusted,                // the XMPP server could not be authenticated or offers no TLS: its operator must act
    timed_out,                // something was waited for in vain
    upstream_failed,          // the XMPP server could not be reached or failed: the operator must act
    closed,                   // an end that is no failure
};

const std::error_category& error_category() noexcept;
const std::error_category& condition_category() noexcept;

inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), error_category()}; }
inline std::error_condition make_error_condition(condition c) noexcept {
    return {static_cast<int>(c), condition_category()};
}

// The defined stream error condition that tells of `ec` (RFC 6120 §4.9.3), for example "policy-violation".
// Any code that is none of ours is a failure towards the server: "remote-connection-failed".
std::string_view stream_condition(std::error_code ec) noexcept;

// The WebSocket close code that tells of `ec` (RFC 6455 §7.4.1, and 1012 to 1014 of its registry).
std::uint16_t close_code(std::error_code ec) noexcept;

// A WebSocket close reason: `text` cut to 123 bytes, never inside a UTF-8 character (RFC 6455 §5.5).
std::string_view close_reason(std::string_view text) noexcept;

}   // namespace wsxmpp

template <>
struct std::is_error_code_enum<wsxmpp::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<wsxmpp::condition> : std::true_type {};
