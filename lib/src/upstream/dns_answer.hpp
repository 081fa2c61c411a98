// What a DNS server has answered, from its bytes (RFC 1035 §4). Pure.
#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>
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

constexpr int dns_type_a = 1;
constexpr int dns_type_cname = 5;
constexpr int dns_type_aaaa = 28;
constexpr int dns_type_srv = 33;    // RFC 2782
constexpr int dns_type_tlsa = 52;   // RFC 6698

// `message`: one whole DNS message. The records are those of the name that was asked for, or of the one that its
// aliases lead to; of an answer that is malformed anywhere, none. `authenticated` is the AD bit, whoever set it.
DnsAnswer<SrvRecord> parse_srv(std::string_view message);
DnsAnswer<asio::ip::address> parse_addresses(std::string_view message, Family family);
DnsAnswer<TlsaRecord> parse_tlsa(std::string_view message);

}   // namespace wsxmpp::upstream
