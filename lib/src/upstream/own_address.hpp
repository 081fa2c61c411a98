// Whether an address is this machine's own.
#pragma once

#include <asio/ip/address.hpp>

namespace wsxmpp::upstream {

// As the kernel's routing says now; nothing is sent. Not what a router before it makes of its addresses.
bool is_own_address(const asio::ip::address& address);

}   // namespace wsxmpp::upstream
