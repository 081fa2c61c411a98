// DNS, asynchronously: SRV, A, AAAA and TLSA records, by c-ares on an io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "upstream/srv.hpp"

namespace wsxmpp::upstream {

// A certificate association (RFC 6698 §2.1).
struct TlsaRecord {
    std::uint8_t usage = 0;
    std::uint8_t selector = 0;
    std::uint8_t matching = 0;
    std::string data;   // raw bytes
};

template <typename Record>
struct DnsAnswer {
    // errc::name_not_found (NXDOMAIN), dns_failed, dns_timeout. A name that exists and has no such record: no error,
    // and no records.
    std::error_code error;
    std::vector<Record> records;
    bool authenticated = false;   // the AD bit (RFC 4035 §3.2.3), of a resolver on this machine
};

enum class Family { v4, v6 };

class Resolver {
public:
    // `servers` empty: the system's. Does nothing before the first question.
    Resolver(asio::io_context& io, std::vector<asio::ip::udp::endpoint> servers);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    template <typename Record>
    using Handler = std::function<void(DnsAnswer<Record>)>;

    // The handler is called once, never from inside the call, and not at all once the handle is gone.
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
