// Asks a domain's website which certificates its XMPP server may show: PKIX over Secure HTTP (RFC 7711).
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "upstream/posh_cache.hpp"
#include "upstream/resolver.hpp"
#include "wsxmpp/log.hpp"
#include "wsxmpp/server_upstream.hpp"

struct ssl_ctx_st;

namespace wsxmpp::upstream {

struct PoshQuestion {
    std::string domain;         // ASCII, a name
    std::uint16_t port = 443;   // of every website
    // Why no website at this address is asked; empty: it is. No function: there is no reason.
    std::function<std::string_view(const asio::ip::address&)> refusal;
    ServerTarget socks5{{}, 1080, {}};   // an empty host: none
    ssl_ctx_st* trust = nullptr;         // whose authorities must vouch for the websites
    std::chrono::milliseconds time{};    // for all of it
    Log log;
};

// Fetches the domain's document, and the one that it refers to if it is a reference. The handler is called once, from
// the io_context; not at all when the handle is gone.
[[nodiscard]] std::shared_ptr<void> ask_posh(asio::io_context& io, Resolver& resolver, PoshQuestion question,
                                             std::function<void(PoshAnswer)> handler);

}   // namespace wsxmpp::upstream
