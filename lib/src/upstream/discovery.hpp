// From a route to the places where its server may be, in the order in which they are tried (RFC 6120 §3.2, XEP-0368).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "upstream/failure.hpp"
#include "upstream/resolver.hpp"
#include "upstream/routes.hpp"
#include "wsxmpp/log.hpp"

namespace wsxmpp::upstream {

// A host, or a socket's path, that is still to be resolved.
struct Candidate {
    std::string host;
    std::uint16_t port = 5222;
    Security security = Security::starttls;
    std::optional<std::size_t> target = {};   // of the route; empty: found by DNS
    bool authenticated = false;               // found by DNS, by DNSSEC-validated records
    std::vector<TlsaRecord> tlsa = {};        // then also asked for (RFC 7673)
};
std::string to_text(const Candidate& candidate);

struct Candidates {
    std::vector<Candidate> list;
    Failure failure;   // when the list is empty
};

// Of a route with targets, or whose connections go through a SOCKS5 proxy: nobody need be asked.
std::vector<Candidate> known_candidates(ServedRoute& route, const std::string& domain);

// The SRV records of both services as one list, then the domain itself if there are none. The handler is called once,
// from the io_context; not at all when the handle is gone.
[[nodiscard]] std::shared_ptr<void> discover(Resolver& resolver, const std::string& domain, const Log& log,
                                             std::function<void(Candidates)> handler);

}   // namespace wsxmpp::upstream
