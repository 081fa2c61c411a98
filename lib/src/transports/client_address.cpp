#include "transports/client_address.hpp"

#include <algorithm>
#include <system_error>

#include "ascii.hpp"

namespace wsxmpp::transports {

namespace {

std::optional<std::uint16_t> read_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), ascii::is_digit)) return std::nullopt;
    unsigned port = 0;
    for (const char c : text) port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > 65'535) return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

// Without a zone: it means nothing on another machine.
std::optional<asio::ip::address> read_address(std::string_view text) {
    constexpr std::size_t longest = 45;   // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
    if (text.size() > longest || text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
        return std::nullopt;
    std::error_code ec;
    const auto address = asio::ip::make_address(std::string{text}, ec);
    if (ec) return std::nullopt;
    return address;
}

}   // namespace

ClientAddress::ClientAddress(const asio::ip::tcp::endpoint& endpoint)
    : ClientAddress{endpoint.address(), endpoint.port()} {}

ClientAddress::ClientAddress(const asio::ip::address& address, std::optional<std::uint16_t> port)
    : port_{port.value_or(0)}, has_port_{port.has_value()} {
    set(address);
}

void ClientAddress::set(const asio::ip::address& address) {
    const auto keep_v4 = [this](const asio::ip::address_v4& v4) {
        kind_ = Kind::v4;
        const auto bytes = v4.to_bytes();
        std::copy(bytes.begin(), bytes.end(), bytes_.begin());
    };
    if (address.is_v4()) return keep_v4(address.to_v4());
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return keep_v4(asio::ip::make_address_v4(asio::ip::v4_mapped, v6));
    kind_ = Kind::v6;
    const auto bytes = v6.to_bytes();
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

ClientAddress ClientAddress::of_unix_socket() {
    ClientAddress address;
    address.kind_ = Kind::unix_socket;
    return address;
}

std::optional<ClientAddress> ClientAddress::parse(std::string_view text) {
    std::string_view host = text;
    std::optional<std::string_view> port;
    const bool bracketed = !text.empty() && text.front() == '[';
    if (bracketed) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        host = text.substr(1, end - 1);
        const auto rest = text.substr(end + 1);
        if (!rest.empty() && rest.front() != ':') return std::nullopt;
        if (!rest.empty()) port = rest.substr(1);
    } else if (const auto colon = text.find(':'); colon == text.rfind(':') && colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    const auto address = read_address(host);
    if (!address || (bracketed && !address->is_v6())) return std::nullopt;
    if (!port) return ClientAddress{*address, std::nullopt};
    const auto number = read_port(*port);
    if (!number) return std::nullopt;
    return ClientAddress{*address, number};
}

bool ClientAddress::is_loopback() const {
    if (kind_ == Kind::v4) return bytes_[0] == 127;
    return kind_ == Kind::v6 && asio::ip::address_v6{bytes_}.is_loopback();
}

std::string ClientAddress::to_text() const {
    const std::string port = has_port_ ? ':' + std::to_string(port_) : std::string{};
    switch (kind_) {
        case Kind::unknown: return {};
        case Kind::unix_socket: return "unix:";
        case Kind::v4: return asio::ip::address_v4{{bytes_[0], bytes_[1], bytes_[2], bytes_[3]}}.to_string() + port;
        case Kind::v6: return '[' + asio::ip::address_v6{bytes_}.to_string() + ']' + port;
    }
    return {};
}

}   // namespace wsxmpp::transports
