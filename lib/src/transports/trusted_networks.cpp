#include "transports/trusted_networks.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace wsxmpp::transports {

namespace {

bool same_prefix(const ClientAddress::Bytes& a, const ClientAddress::Bytes& b, unsigned bits) {
    const std::size_t whole = std::min<std::size_t>(bits / 8, a.size());
    if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
    const unsigned rest = bits % 8;
    if (rest == 0 || whole == a.size()) return true;
    const unsigned mask = 0xFFU << (8 - rest) & 0xFFU;
    return (a[whole] & mask) == (b[whole] & mask);
}

}   // namespace

TrustedNetworks::TrustedNetworks(const std::vector<TrustedProxy>& proxies) {
    for (const TrustedProxy& proxy : proxies) {
        if (proxy.unix_socket) {
            networks_.push_back({ClientAddress::of_unix_socket(), 0, proxy.tells});
            continue;
        }
        const ClientAddress address{proxy.network, std::nullopt};
        // IPv4 addresses are looked for as such: 96 bits of a mapped network say no more than that.
        const bool mapped = proxy.network.is_v6() && address.kind() == ClientAddress::Kind::v4;
        networks_.push_back({address, mapped ? std::max(proxy.prefix, 96U) - 96U : proxy.prefix, proxy.tells});
    }
    std::stable_sort(networks_.begin(), networks_.end(),
                     [](const Network& a, const Network& b) { return a.prefix > b.prefix; });
}

const TrustedProxy::Tells* TrustedNetworks::find(const ClientAddress& address) const {
    const auto found = std::find_if(networks_.begin(), networks_.end(), [&](const Network& network) {
        return network.address.kind() == address.kind() &&
               same_prefix(network.address.bytes(), address.bytes(), network.prefix);
    });
    return found == networks_.end() ? nullptr : &found->tells;
}

}   // namespace wsxmpp::transports
