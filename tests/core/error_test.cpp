// Codes, their groups, and how they are told.
#include "wsxmpp/error.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace wsxmpp;

namespace {

constexpr int first = static_cast<int>(errc::not_well_formed);
constexpr int last = static_cast<int>(errc::closed_by_operator);

}   // namespace

TEST_CASE("every code has a message of its own, a group, a stream condition and a close code") {
    const std::set<std::string_view> conditions{
        "bad-format",      "connection-timeout", "invalid-namespace",     "not-authorized",
        "not-well-formed", "policy-violation",   "remote-server-timeout", "remote-connection-failed",
        "restricted-xml",  "system-shutdown",    "undefined-condition",   "unsupported-encoding",
        "host-unknown"};   // RFC 6120 §4.9.3
    const std::set<int> close_codes{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014};
    std::set<std::string> messages;
    for (int value = first; value <= last; ++value) {
        const std::error_code ec = static_cast<errc>(value);
        INFO(value << ": " << ec.message());
        CHECK(ec.message() != "unknown error");
        CHECK(messages.insert(ec.message()).second);
        CHECK(conditions.count(stream_condition(ec)) == 1);
        CHECK(close_codes.count(close_code(ec)) == 1);
        int groups = 0;
        for (const condition c : {condition::protocol_violation, condition::limit_exceeded, condition::timed_out,
                                  condition::upstream_failed, condition::closed, condition::not_served,
                                  condition::name_resolution_failed, condition::untrusted})
            groups += ec == c;
        CHECK(groups == 1);
    }
}

TEST_CASE("each failure is told as RFC 6120 and RFC 6455 name it") {
    struct Case {
        errc code;
        const char* condition;
        int close_code;
    };
    const Case c = GENERATE(values<Case>({{errc::not_well_formed, "not-well-formed", 1008},
                                          {errc::restricted_xml, "restricted-xml", 1008},
                                          {errc::invalid_namespace, "invalid-namespace", 1008},
                                          {errc::bad_format, "bad-format", 1008},
                                          {errc::not_authorized, "not-authorized", 1008},
                                          {errc::unexpected_open, "policy-violation", 1008},
                                          {errc::unsupported_encoding, "unsupported-encoding", 1007},
                                          {errc::subprotocol_required, "policy-violation", 1008},
                                          {errc::element_too_large, "policy-violation", 1009},
                                          {errc::too_deep, "policy-violation", 1008},
                                          {errc::too_many_attributes, "policy-violation", 1008},
                                          {errc::too_many_fragments, "policy-violation", 1008},
                                          {errc::websocket_violation, "bad-format", 1002},
                                          {errc::binary_message, "bad-format", 1003},
                                          {errc::invalid_utf8, "bad-format", 1007},
                                          {errc::open_timeout, "connection-timeout", 1008},
                                          {errc::upstream_timeout, "remote-server-timeout", 1014},
                                          {errc::connect_timeout, "remote-server-timeout", 1014},
                                          {errc::close_timeout, "connection-timeout", 1000},
                                          {errc::peer_closed, "undefined-condition", 1000},
                                          {errc::upstream_unreachable, "remote-connection-failed", 1014},
                                          {errc::domain_changed, "policy-violation", 1008},
                                          {errc::host_unknown, "host-unknown", 1008},
                                          {errc::name_not_found, "remote-connection-failed", 1014},
                                          {errc::no_address, "remote-connection-failed", 1014},
                                          {errc::dns_failed, "remote-connection-failed", 1014},
                                          {errc::dns_timeout, "remote-server-timeout", 1014},
                                          {errc::address_refused, "policy-violation", 1008},
                                          {errc::connection_refused, "remote-connection-failed", 1014},
                                          {errc::network_unreachable, "remote-connection-failed", 1014},
                                          {errc::proxy_refused, "remote-connection-failed", 1014},
                                          {errc::upstreams_down, "remote-connection-failed", 1014},
                                          {errc::starttls_not_offered, "remote-connection-failed", 1014},
                                          {errc::starttls_refused, "remote-connection-failed", 1014},
                                          {errc::stream_refused, "remote-connection-failed", 1014},
                                          {errc::tls_failed, "remote-connection-failed", 1014},
                                          {errc::certificate_expired, "remote-connection-failed", 1014},
                                          {errc::certificate_not_yet_valid, "remote-connection-failed", 1014},
                                          {errc::certificate_wrong_name, "remote-connection-failed", 1014},
                                          {errc::certificate_untrusted, "remote-connection-failed", 1014},
                                          {errc::certificate_revoked, "remote-connection-failed", 1014},
                                          {errc::certificate_pin_mismatch, "remote-connection-failed", 1014},
                                          {errc::upstream_lost, "remote-connection-failed", 1014},
                                          {errc::upstream_violation, "remote-connection-failed", 1014},
                                          {errc::shutting_down, "system-shutdown", 1001},
                                          {errc::login_timeout, "connection-timeout", 1008},
                                          {errc::closed_by_operator, "policy-violation", 1008},
                                          {errc::filtered, "policy-violation", 1008}}));
    const std::error_code ec = c.code;
    INFO(ec.message());
    CHECK(stream_condition(ec) == c.condition);
    CHECK(close_code(ec) == c.close_code);
}

TEST_CASE("a code of the operating system is a failure towards the server") {
    const std::error_code ec = std::make_error_code(std::errc::connection_refused);
    CHECK(stream_condition(ec) == "remote-connection-failed");
    CHECK(close_code(ec) == 1014);
}

TEST_CASE("codes compare with the condition that groups them") {
    const std::error_code ec = errc::too_deep;
    CHECK(ec == condition::limit_exceeded);
    CHECK(ec != condition::protocol_violation);
    CHECK(ec == errc::too_deep);
    CHECK(std::error_code{} != condition::closed);
    CHECK(std::make_error_code(std::errc::timed_out) != condition::timed_out);
    CHECK(ec.category().name() == std::string{"wsxmpp"});
    CHECK(make_error_condition(condition::limit_exceeded).message() == "limit exceeded");
}

TEST_CASE("a number that is no code has a message too") {
    CHECK(error_category().message(9999) == "unknown error");
    CHECK(condition_category().message(9999) == "unknown condition");
}

TEST_CASE("a close reason of 123 bytes is whole, a longer one is cut") {
    const std::string text(123, 'x');
    CHECK(close_reason(text) == text);
    CHECK(close_reason(text + "y") == text);
    CHECK(close_reason("").empty());
}

TEST_CASE("a close reason is never cut inside a character") {
    const std::string character = GENERATE(as<std::string>{}, "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80");
    for (std::size_t before = 118; before <= 124; ++before) {
        const std::string text = std::string(before, 'x') + character + std::string(10, 'y');
        const std::string_view reason = close_reason(text);
        INFO(before << " bytes before");
        const std::size_t fits = before + character.size() <= 123 ? 123 : std::min<std::size_t>(before, 123);
        CHECK(reason.size() == fits);
        CHECK(reason == std::string_view{text}.substr(0, fits));
    }
}
