// The hosts file (hosts(5)). Pure.
#pragma once

#include <asio/ip/address.hpp>
#include <string_view>
#include <vector>

namespace wsxmpp::upstream {

// All addresses that `text`, a hosts file, has for `name`, in its order.
std::vector<asio::ip::address> find_host(std::string_view text, std::string_view name);

}   // namespace wsxmpp::upstream
