// The addresses of this machine, as far as its network interfaces tell.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <vector>

namespace wsxmpp::upstream {

std::vector<asio::ip::address> interface_addresses();

class OwnAddresses {
public:
    using Clock = std::chrono::steady_clock;
    using Read = std::function<std::vector<asio::ip::address>()>;

    explicit OwnAddresses(Read read = interface_addresses);
    // Looks at the interfaces anew after a few seconds. Zones and IPv4 inside IPv6 (mapped) make no difference.
    bool contain(const asio::ip::address& address, Clock::time_point now);

private:
    Read read_;
    std::vector<asio::ip::address> known_;
    Clock::time_point until_ = Clock::time_point::min();
};

}   // namespace wsxmpp::upstream
