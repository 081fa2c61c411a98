// The values of options, as a person writes them. Pure.
// Each function throws std::invalid_argument; its what() says what is wrong with the text and what would be right.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsxmpp::app {

inline constexpr std::uint16_t default_listen_port = 6222;
inline constexpr std::uint16_t default_upstream_port = 5222;

// A value of --listen; what it stands for on this machine is found out by ListenPlan (listen.hpp).
struct ListenAddress {
    enum class Kind {
        loopback,   // 127.0.0.1 and ::1
        every,      // every address of the machine, IPv4 and IPv6
        address     // the one in `address`
    };

    Kind kind = Kind::loopback;
    asio::ip::address address;
    std::uint16_t port = default_listen_port;
};

struct HostPort {
    std::string host;   // IPv6 without brackets
    std::uint16_t port = default_upstream_port;
};

// "6222", "localhost:6222", "127.0.0.1:6222", "[::1]:6222", "*:6222"; the port may be left out, and may be 0.
ListenAddress parse_listen(std::string_view text);

// "xmpp.example.org", "xmpp.example.org:5222", "[2001:db8::1]:5222"; `standard`: the port when there is none.
HostPort parse_upstream(std::string_view text, std::uint16_t standard = default_upstream_port);

// "10", "0.5"; digits past the millisecond are cut off. At most a day.
std::chrono::milliseconds parse_seconds(std::string_view text, std::chrono::milliseconds least);

// A whole number of `unit` ("bytes") from `least` to `most`.
std::size_t parse_count(std::string_view text, std::size_t least, std::size_t most, std::string_view unit);

// "wss://host/path": the whole of a WebSocket URI (RFC 6455 §3).
std::string parse_websocket_uri(std::string_view text);

}   // namespace wsxmpp::app
