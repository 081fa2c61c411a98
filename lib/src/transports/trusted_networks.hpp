// The proxies that are trusted (trusted_proxy.hpp), as they are looked for. Pure.
#pragma once

#include <vector>

#include "transports/client_address.hpp"
#include "wsxmpp/trusted_proxy.hpp"

namespace wsxmpp::transports {

class TrustedNetworks {
public:
    TrustedNetworks() = default;
    explicit TrustedNetworks(const std::vector<TrustedProxy>& proxies);

    // How whoever is at this address tells of its clients; null: it is not trusted.
    const TrustedProxy::Tells* find(const ClientAddress& address) const;

private:
    struct Network {
        ClientAddress address;
        unsigned prefix;
        TrustedProxy::Tells tells;
    };
    std::vector<Network> networks_;   // the smallest first
};

}   // namespace wsxmpp::transports
