// DNS, asynchronously: SRV, A, AAAA and TLSA records, by c-ares on an io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "upstream/dns_answer.hpp"
#include "upstream/srv.hpp"

namespace wsxmpp::upstream {

struct ResolverSettings {
    std::chrono::milliseconds timeout{2'000};   // of the first try of each server; doubled for the next
    int tries = 2;
    std::string hosts_file = "/etc/hosts";   // read at each question for addresses; who is in it is not asked for
};

class Resolver {
public:
    // `servers` empty: the system's. Does nothing before the first question.
    Resolver(asio::io_context& io, std::vector<asio::ip::udp::endpoint> servers, ResolverSettings settings = {});
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    template <typename Record>
    using Handler = std::function<void(DnsAnswer<Record>)>;

    // The handler is called once, never from inside the call, and not at all once the handle or the Resolver is gone.
    // Names are ASCII (A-labels). Literal addresses and "localhost" (RFC 6761 §6.3) are answered without a question.
    [[nodiscard]] std::shared_ptr<void> srv(const std::string& name, Handler<SrvRecord> handler);
    [[nodiscard]] std::shared_ptr<void> addresses(const std::string& host, Family family,
                                                  Handler<asio::ip::address> handler);
    [[nodiscard]] std::shared_ptr<void> tlsa(const std::string& name, Handler<TlsaRecord> handler);

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}   // namespace wsxmpp::upstream
