#include "upstream/own_address.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <system_error>

namespace wsxmpp::upstream {

// What is sent to an address of an interface of one's own comes from that same address (RFC 6724 §5, rule 1). A list of
// the interfaces (getifaddrs) takes AF_NETLINK, which a sandbox may forbid, as our systemd unit does; and a bind()
// succeeds for any address under ip_nonlocal_bind.
bool is_own_address(const asio::ip::address& address) {
    constexpr asio::ip::port_type discard = 9;   // connect() of UDP sends nothing
    static thread_local asio::io_context io{1};
    asio::ip::udp::socket socket{io};
    const asio::ip::udp::endpoint to{address, discard};
    std::error_code ec;
    socket.open(to.protocol(), ec);
    if (!ec) socket.connect(to, ec);
    if (ec) return false;   // there is no way to it
    const auto from = socket.local_endpoint(ec);
    return !ec && from.address() == address;
}

}   // namespace wsxmpp::upstream
