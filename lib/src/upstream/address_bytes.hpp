// An address as it stands on the wire and in certificates. Pure.
#pragma once

#include <asio/ip/address.hpp>
#include <string>

namespace wsxmpp::upstream {

// 4 bytes, or 16.
inline std::string bytes_of(const asio::ip::address& address) {
    const auto copied = [](const auto& bytes) { return std::string{bytes.begin(), bytes.end()}; };
    return address.is_v4() ? copied(address.to_v4().to_bytes()) : copied(address.to_v6().to_bytes());
}

}   // namespace wsxmpp::upstream
