// A non-blocking socket on its way to an address.
#pragma once

#include <asio/generic/stream_protocol.hpp>
#include <system_error>

namespace wsxmpp::transports {

using StreamEndpoint = asio::generic::stream_protocol::endpoint;   // TCP, or a Unix-domain socket

// Begins to connect; whether it could is told by SO_ERROR once the socket can be written. -1 with `ec` set: at once
// not.
int begin_connect(const StreamEndpoint& to, std::error_code& ec);
std::error_code pending_error(int fd);   // SO_ERROR

}   // namespace wsxmpp::transports
