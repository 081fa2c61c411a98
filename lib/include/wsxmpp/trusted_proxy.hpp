// Whose word is taken for who a client is, when it comes through a proxy.
#pragma once

#include <asio/ip/address.hpp>
#include <string>

namespace wsxmpp {

// A network of proxies, and how they tell. What they tell is believed of them alone: the client is the last of those
// they name that is no trusted proxy itself, as nginx's real_ip_recursive finds it. Where networks overlap, the
// smallest counts.
struct TrustedProxy {
    enum class Tells {
        x_forwarded_for,   // the headers X-Forwarded-For and X-Forwarded-Proto
        forwarded,         // the header Forwarded (RFC 7239); a malformed one is refused with 400
        // The PROXY protocol of HAProxy, version 1 or 2, before TLS and HTTP. Required: what does not begin with it is
        // closed. Nobody but the proxy may be able to connect from there: a client would be who it says.
        proxy_protocol,
    };

    asio::ip::address network;
    unsigned prefix = 0;        // bits of `network`; the others are zero
    bool unix_socket = false;   // instead of a network: whoever connects to a Unix-domain socket
    Tells tells = Tells::x_forwarded_for;
};

}   // namespace wsxmpp
