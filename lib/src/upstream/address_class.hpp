// Which addresses a client who names any domain must not be led to. Pure.
#pragma once

#include <asio/ip/address.hpp>
#include <string_view>

namespace wsxmpp::upstream {

enum class AddressClass { global, loopback, private_use, link_local, multicast, unspecified, reserved };

// By the registries of special-purpose addresses (RFC 6890). An IPv4 address inside an IPv6 one (mapped, translated,
// 6to4, Teredo) is looked at itself.
AddressClass classify(const asio::ip::address& address);
std::string_view to_string(AddressClass address_class);   // "loopback", "private", "link-local"

// Loopback or private: where plain TCP is the default.
bool is_local(const asio::ip::address& address);

}   // namespace wsxmpp::upstream
