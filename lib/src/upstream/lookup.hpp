// The addresses of one host, in the order in which they are connected to (RFC 8305 §3, §4).
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "upstream/resolver.hpp"

namespace wsxmpp::upstream {

struct LookupResult {
    std::vector<asio::ip::address> addresses;   // IPv6 and IPv4 in turns
    bool last = false;                          // nothing more comes
    std::error_code error;                      // with the last one: why there are none at all
    bool authenticated = false;
};

// Both families are asked for at once. IPv4 that is known first waits 50 ms for IPv6, and no longer; what comes later
// is handed out by itself. The handler is called from the io_context, not at all when the handle is gone.
[[nodiscard]] std::shared_ptr<void> look_up(asio::io_context& io, Resolver& resolver, const std::string& host,
                                            std::function<void(LookupResult)> handler);

}   // namespace wsxmpp::upstream
