// How many may connect: the limits that act before a connection is a session.
//
// One for all listeners that are to be counted together, those of other threads too: every function may be called from
// any of them. A listener holds a lock while it looks at one address, when a connection comes and when it goes.
#pragma once

#include <cstddef>
#include <memory>

namespace wsxmpp {

// An address is an IPv4 address, or the first 64 bits of an IPv6 one: what one site has. Behind a TrustedProxy it is
// the client's. Unix-domain sockets, proxies that name no client, and loopback are not limited by address.
struct AdmissionLimits {
    // Sessions; more: 503. 0: as many as RLIMIT_NOFILE, as it is when the Admission is made, has two descriptors for,
    // with a quarter of them, at most 256, left for other things.
    std::size_t max_sessions = 0;
    // Sessions of one address; more: 429. An office behind one address has room. 0: no limit.
    std::size_t max_sessions_per_address = 1'000;
    // Connections a second of one address, and how many more than that at once, so that many can come back together
    // after an outage. More: 429; with TLS they are closed before its handshake. 0: no limit.
    std::size_t connection_rate = 20;
    std::size_t connection_burst = 200;
    // Connections that have not finished their TLS and HTTP handshakes. With one more, the one that has taken longest
    // ends, as above, with 503: silent ones shut out none that speak, as long as that many do not come while one is
    // made. The same number of each listener's that were refused are kept until they close. Not counted: those of a
    // TrustedProxy that tells of clients in HTTP headers, which has all of a request before it sends it. At least 1.
    std::size_t max_handshakes = 4'096;
    bool limit_loopback = false;   // by address, too
};

class Admission {
public:
    explicit Admission(AdmissionLimits limits = {});
    ~Admission();
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

    const AdmissionLimits& limits() const noexcept;   // max_sessions is the number that counts
    std::size_t sessions() const noexcept;
    std::size_t handshakes() const noexcept;

    class Impl;   // the library's own
    Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

}   // namespace wsxmpp
