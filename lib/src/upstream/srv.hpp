// SRV records in the order in which their targets are to be tried (RFC 2782, XEP-0368). Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace wsxmpp::upstream {

struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target;   // without the dot at its end; empty: "." (there is no such service)
    bool tls = false;     // from _xmpps-client (TLS from the first byte), not _xmpp-client
};

// A number from 0 to `most`, both included.
using Random = std::function<std::uint32_t(std::uint32_t most)>;

// By priority; those of one priority at random by weight. The records of both services are one list (XEP-0368 §3),
// without those that say "." (RFC 2782).
std::vector<SrvRecord> in_order(std::vector<SrvRecord> records, const Random& random);

}   // namespace wsxmpp::upstream
