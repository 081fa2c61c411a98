#include "wsxmpp/error.hpp"

#include <array>
#include <cstddef>

namespace wsxmpp {

namespace {

// One row says all there is to a code: how it reads, its group, and how it is told on both layers.
struct Row {
    errc code;
    const char* message;
    condition group;
    std::string_view stream_condition;   // RFC 6120 §4.9.3
    std::uint16_t close_code;            // RFC 6455 §7.4.1; 1012 to 1014: the registry of close codes
};

constexpr std::array rows{
    Row{errc::not_well_formed, "not well-formed XML", condition::protocol_violation, "not-well-formed", 1008},
    Row{errc::restricted_xml, "restricted XML", condition::protocol_violation, "restricted-xml", 1008},
    Row{errc::invalid_namespace, "invalid namespace", condition::protocol_violation, "invalid-namespace", 1008},
    Row{errc::bad_format, "bad format", condition::protocol_violation, "bad-format", 1008},
    Row{errc::not_authorized, "stream not open", condition::protocol_violation, "not-authorized", 1008},
    Row{errc::unexpected_open, "unexpected stream header", condition::protocol_violation, "policy-violation", 1008},
    Row{errc::unsupported_encoding, "unsupported encoding", condition::protocol_violation, "unsupported-encoding",
        1007},
    Row{errc::subprotocol_required, "subprotocol not offered", condition::protocol_violation, "policy-violation", 1008},
    Row{errc::feature_unavailable, "feature unavailable", condition::protocol_violation, "policy-violation", 1008},
    Row{errc::domain_changed, "stream header for another domain", condition::protocol_violation, "policy-violation",
        1008},
    Row{errc::element_too_large, "element too large", condition::limit_exceeded, "policy-violation", 1009},
    Row{errc::too_deep, "elements nested too deep", condition::limit_exceeded, "policy-violation", 1008},
    Row{errc::too_many_attributes, "too many attributes", condition::limit_exceeded, "policy-violation", 1008},
    Row{errc::too_many_fragments, "too many fragments", condition::limit_exceeded, "policy-violation", 1008},
    Row{errc::websocket_violation, "WebSocket protocol violation", condition::protocol_violation, "bad-format", 1002},
    Row{errc::binary_message, "binary message", condition::protocol_violation, "bad-format", 1003},
    Row{errc::invalid_utf8, "invalid UTF-8", condition::protocol_violation, "bad-format", 1007},
    Row{errc::corrupt_compression, "corrupt compression", condition::protocol_violation, "bad-format", 1007},
    Row{errc::host_unknown, "domain not served", condition::not_served, "host-unknown", 1008},
    Row{errc::name_not_found, "no such name", condition::name_resolution_failed, "remote-connection-failed", 1014},
    Row{errc::no_address, "no XMPP service under this name", condition::name_resolution_failed,
        "remote-connection-failed", 1014},
    Row{errc::dns_failed, "no usable answer from DNS", condition::name_resolution_failed, "remote-connection-failed",
        1014},
    Row{errc::dns_timeout, "no answer from DNS in time", condition::timed_out, "remote-server-timeout", 1014},
    Row{errc::address_refused, "address not allowed", condition::not_served, "policy-violation", 1008},
    Row{errc::connection_refused, "connection refused", condition::upstream_failed, "remote-connection-failed", 1014},
    Row{errc::network_unreachable, "network unreachable", condition::upstream_failed, "remote-connection-failed", 1014},
    Row{errc::proxy_refused, "refused by the SOCKS5 proxy", condition::upstream_failed, "remote-connection-failed",
        1014},
    Row{errc::upstreams_down, "all upstreams are down", condition::upstream_failed, "remote-connection-failed", 1014},
    Row{errc::starttls_not_offered, "STARTTLS not offered", condition::untrusted, "remote-connection-failed", 1014},
    Row{errc::starttls_refused, "STARTTLS refused", condition::untrusted, "remote-connection-failed", 1014},
    Row{errc::stream_refused, "stream refused by the XMPP server", condition::upstream_failed,
        "remote-connection-failed", 1014},
    Row{errc::tls_failed, "TLS handshake failed", condition::untrusted, "remote-connection-failed", 1014},
    Row{errc::certificate_expired, "certificate expired", condition::untrusted, "remote-connection-failed", 1014},
    Row{errc::certificate_not_yet_valid, "certificate not yet valid", condition::untrusted, "remote-connection-failed",
        1014},
    Row{errc::certificate_wrong_name, "certificate for another name", condition::untrusted, "remote-connection-failed",
        1014},
    Row{errc::certificate_untrusted, "certificate not trusted", condition::untrusted, "remote-connection-failed", 1014},
    Row{errc::certificate_revoked, "certificate revoked", condition::untrusted, "remote-connection-failed", 1014},
    Row{errc::certificate_pin_mismatch, "certificate does not fit the pins", condition::untrusted,
        "remote-connection-failed", 1014},
    Row{errc::open_timeout, "no stream header in time", condition::timed_out, "connection-timeout", 1008},
    Row{errc::upstream_timeout, "no answer from the XMPP server in time", condition::timed_out, "remote-server-timeout",
        1014},
    Row{errc::connect_timeout, "connection timed out", condition::timed_out, "remote-server-timeout", 1014},
    Row{errc::close_timeout, "no answer to a close in time", condition::timed_out, "connection-timeout", 1000},
    Row{errc::ping_timeout, "no answer to a ping in time", condition::timed_out, "connection-timeout", 1001},
    // It could still speak: "lost the ability to communicate" (RFC 6120 §4.9.3.4) is how servers tell of it all the
    // same.
    Row{errc::login_timeout, "no login in time", condition::timed_out, "connection-timeout", 1008},
    Row{errc::peer_closed, "closed by the peer", condition::closed, "undefined-condition", 1000},
    Row{errc::connection_lost, "connection lost", condition::closed, "undefined-condition", 1001},
    Row{errc::upstream_unreachable, "XMPP server unreachable", condition::upstream_failed, "remote-connection-failed",
        1014},
    Row{errc::upstream_lost, "connection to the XMPP server lost", condition::upstream_failed,
        "remote-connection-failed", 1014},
    Row{errc::upstream_error, "stream error from the XMPP server", condition::closed, "undefined-condition", 1008},
    Row{errc::upstream_violation, "the XMPP server broke the protocol", condition::upstream_failed,
        "remote-connection-failed", 1014},
    Row{errc::shutting_down, "shutting down", condition::closed, "system-shutdown", 1001},
    Row{errc::filtered, "refused by a filter", condition::protocol_violation, "policy-violation", 1008},
    Row{errc::closed_by_operator, "closed by the operator", condition::closed, "policy-violation", 1008},
};

const Row* find_row(int code) noexcept {
    for (const Row& row : rows)
        if (static_cast<int>(row.code) == code) return &row;
    return nullptr;
}

const Row* find_row(std::error_code ec) noexcept {
    return ec.category() == error_category() ? find_row(ec.value()) : nullptr;
}

class ErrorCategory final : public std::error_category {
public:
    const char* name() const noexcept override { return "wsxmpp"; }
    std::string message(int code) const override {
        const Row* row = find_row(code);
        return row ? row->message : "unknown error";
    }
    std::error_condition default_error_condition(int code) const noexcept override {
        const Row* row = find_row(code);
        return row ? make_error_condition(row->group) : std::error_condition{code, *this};
    }
};

class ConditionCategory final : public std::error_category {
public:
    const char* name() const noexcept override { return "wsxmpp.condition"; }
    std::string message(int code) const override {
        switch (static_cast<condition>(code)) {
            case condition::protocol_violation: return "protocol violation";
            case condition::limit_exceeded: return "limit exceeded";
            case condition::not_served: return "not served";
            case condition::name_resolution_failed: return "name resolution failed";
            case condition::untrusted: return "XMPP server not trusted";
            case condition::timed_out: return "timed out";
            case condition::upstream_failed: return "XMPP server failed";
            case condition::closed: return "closed";
        }
        return "unknown condition";
    }
};

}   // namespace

const std::error_category& error_category() noexcept {
    static const ErrorCategory category;
    return category;
}

const std::error_category& condition_category() noexcept {
    static const ConditionCategory category;
    return category;
}

std::string_view stream_condition(std::error_code ec) noexcept {
    const Row* row = find_row(ec);
    return row ? row->stream_condition : "remote-connection-failed";
}

std::uint16_t close_code(std::error_code ec) noexcept {
    const Row* row = find_row(ec);
    return row ? row->close_code : std::uint16_t{1014};
}

std::string_view close_reason(std::string_view text) noexcept {
    constexpr std::size_t max_reason = 123;   // a control frame's 125 bytes less those of the code
    if (text.size() <= max_reason) return text;
    std::size_t end = max_reason;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

}   // namespace wsxmpp
