// One GET by HTTPS, by libcurl on an io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsxmpp/server_upstream.hpp"

struct ssl_ctx_st;

namespace wsxmpp::upstream {

struct HttpsRequest {
    std::string host;   // ASCII, a name: whom the certificate must be for
    std::uint16_t port = 443;
    std::string target;                             // "/.well-known/posh/xmpp-client.json"
    std::vector<asio::ip::address> addresses;       // of the host, or of the SOCKS5 proxy: no others are connected to
    ServerTarget socks5{{}, 1080, {}};              // an empty host: none
    ssl_ctx_st* trust = nullptr;                    // whose authorities, and rules for chains, are taken
    std::size_t max_size = std::size_t{64} << 10;   // of the answer's header, and of its body
};

struct HttpsAnswer {
    std::string body;
    std::string fault;   // not empty: what went wrong; for the operator, as it may name the proxy
};

// No redirect is followed, no proxy of the environment is used, nothing is remembered. The handler is called once, from
// the io_context; not at all when the handle is gone. There is no time limit but that.
[[nodiscard]] std::shared_ptr<void> https_get(asio::io_context& io, HttpsRequest request,
                                              std::function<void(HttpsAnswer)> handler);

}   // namespace wsxmpp::upstream
