// An address written out, where a name could stand.
#pragma once

#include <asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace wsxmpp::upstream {

inline std::optional<asio::ip::address> literal_address(std::string_view text) {
    std::error_code ec;
    const auto address = asio::ip::make_address(std::string{text}, ec);
    return ec ? std::nullopt : std::optional{address};
}

}   // namespace wsxmpp::upstream
