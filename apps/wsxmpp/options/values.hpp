// The values of options, as a person writes them. Pure.
// Each function throws std::invalid_argument; its what() says what is wrong with the text and what would be right.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wsxmpp::app {

// Throws "'text' why".
[[noreturn]] void refuse(std::string_view text, const std::string& why);

inline constexpr std::uint16_t default_listen_port = 6222;
inline constexpr std::uint16_t default_upstream_port = 5222;

struct HostPort {
    std::string host;   // IPv6 without brackets
    std::uint16_t port = default_upstream_port;
};

// What is before the ":" of "localhost:6222", "127.0.0.1:6222", "[::1]:6222", "*:6222", and the port behind it, which
// may be left out, and may be 0.
struct ListenHost {
    std::string host;   // "localhost", "*", or empty: `address` is it
    asio::ip::address address;
    std::optional<std::uint16_t> port;
};
// "6222" alone is a port of localhost.
ListenHost parse_listen_host(std::string_view text);

// "xmpp.example.org", "xmpp.example.org:5222", "[2001:db8::1]:5222"; `standard`: the port when there is none.
HostPort parse_upstream(std::string_view text, std::uint16_t standard = default_upstream_port);

// "10", "0.5"; digits past the millisecond are cut off. At most a day.
std::chrono::milliseconds parse_seconds(std::string_view text, std::chrono::milliseconds least);

// A whole number of `unit` ("bytes") from `least` to `most`.
std::size_t parse_count(std::string_view text, std::size_t least, std::size_t most, std::string_view unit);

// "wss://host/path": the whole of a WebSocket URI (RFC 6455 §3).
std::string parse_websocket_uri(std::string_view text);

}   // namespace wsxmpp::app
