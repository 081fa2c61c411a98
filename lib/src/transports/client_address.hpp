// Who is at the other end of a connection, in as few bytes as that takes: each session keeps one.
#pragma once

#include <array>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wsxmpp::transports {

class ClientAddress {
public:
    enum class Kind : std::uint8_t { unknown, unix_socket, v4, v6 };
    using Bytes = std::array<std::uint8_t, 16>;

    ClientAddress() = default;
    // An IPv4 address inside an IPv6 one, as a socket that takes both tells of IPv4 clients, is that IPv4 address. The
    // zone of a link-local address is left out.
    explicit ClientAddress(const asio::ip::tcp::endpoint& endpoint);
    ClientAddress(const asio::ip::address& address, std::optional<std::uint16_t> port);
    static ClientAddress of_unix_socket();

    // "192.0.2.1", "192.0.2.1:52344", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:52344", as forwarding headers have
    // it. Nothing: it is something else.
    static std::optional<ClientAddress> parse(std::string_view text);

    Kind kind() const { return kind_; }
    bool is_ip() const { return kind_ == Kind::v4 || kind_ == Kind::v6; }
    bool is_loopback() const;
    const Bytes& bytes() const { return bytes_; }   // of IPv4 the first four

    // "192.0.2.1:52344"; without a port that is not known: "192.0.2.1", "[2001:db8::1]". "unix:" for a Unix-domain
    // socket, as nginx has it; empty for one that is not known.
    std::string to_text() const;

    friend bool operator==(const ClientAddress& a, const ClientAddress& b) {
        return a.kind_ == b.kind_ && a.has_port_ == b.has_port_ && a.port_ == b.port_ && a.bytes_ == b.bytes_;
    }

private:
    void set(const asio::ip::address& address);

    Bytes bytes_{};
    std::uint16_t port_ = 0;
    Kind kind_ = Kind::unknown;
    bool has_port_ = false;
};

}   // namespace wsxmpp::transports
