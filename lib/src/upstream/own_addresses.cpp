#include "upstream/own_addresses.hpp"

#include <ifaddrs.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/ip/udp.hpp>
#include <cstring>
#include <utility>

namespace wsxmpp::upstream {

namespace {

constexpr std::chrono::seconds read_again{5};

asio::ip::address plain(const asio::ip::address& address) {
    if (address.is_v4()) return address;
    const asio::ip::address_v6 v6{address.to_v6().to_bytes()};
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
    return v6;
}

}   // namespace

std::vector<asio::ip::address> interface_addresses() {
    std::vector<asio::ip::address> found;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return found;
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        const int family = one->ifa_addr == nullptr ? AF_UNSPEC : one->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        asio::ip::udp::endpoint endpoint{family == AF_INET ? asio::ip::udp::v4() : asio::ip::udp::v6(), 0};
        std::memcpy(endpoint.data(), one->ifa_addr, endpoint.size());
        found.push_back(plain(endpoint.address()));
    }
    ::freeifaddrs(first);
    return found;
}

OwnAddresses::OwnAddresses(Read read) : read_{std::move(read)} {}

bool OwnAddresses::contain(const asio::ip::address& address, Clock::time_point now) {
    if (now >= until_) {
        known_ = read_();
        until_ = now + read_again;
    }
    return std::find(known_.begin(), known_.end(), plain(address)) != known_.end();
}

}   // namespace wsxmpp::upstream
