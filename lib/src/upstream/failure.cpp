#include "upstream/failure.hpp"

#include <cerrno>
#include <utility>

#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

// "Network is unreachable" is what a machine without IPv6 says of each IPv6 address: it says least.
int weight(std::error_code ec) {
    if (ec == errc::network_unreachable) return 1;
    if (ec == condition::name_resolution_failed || ec == errc::dns_timeout) return 2;
    if (ec == errc::address_refused) return 3;
    if (ec == errc::connect_timeout) return 4;
    if (ec == errc::upstreams_down) return 5;
    if (ec == errc::connection_refused || ec == errc::upstream_unreachable) return 5;
    if (ec == errc::proxy_refused) return 6;
    if (ec == errc::stream_refused || ec == errc::upstream_violation) return 7;
    if (ec == errc::tls_failed) return 8;
    return 9;   // STARTTLS that is missing, certificates
}

errc code_of(int error) {
    switch (error) {
        case ECONNREFUSED: return errc::connection_refused;
        case ETIMEDOUT: return errc::connect_timeout;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EHOSTDOWN:
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT: return errc::network_unreachable;
        default: return errc::upstream_unreachable;
    }
}

}   // namespace

Failure connect_failure(std::error_code ec, std::string where) {
    return {code_of(ec.value()), ec.message(), std::move(where)};
}

bool says_more(const Failure& one, const Failure& other) {
    return !other.error || weight(one.error) > weight(other.error);
}

}   // namespace wsxmpp::upstream
