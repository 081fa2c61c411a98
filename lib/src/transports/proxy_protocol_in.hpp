// Reads the header with which a proxy begins a connection (HAProxy's proxy-protocol.txt), versions 1 and 2. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "transports/client_address.hpp"

namespace wsxmpp::transports {

struct ProxyHeader {
    // False: the proxy speaks for itself (LOCAL), or does not say who the client is (UNKNOWN, UNSPEC, no TCP).
    bool names_client = false;
    ClientAddress client;        // source
    ClientAddress destination;   // what the client connected to
    bool tls = false;            // the client came over TLS (PP2_TYPE_SSL)
};

class ProxyHeaderReader {
public:
    enum class State { more, done, failed };

    // Takes what belongs to the header, and returns how many bytes that is: what follows is the client's. All of it
    // while more is needed, nothing after the end.
    std::size_t feed(std::string_view bytes);

    State state() const { return state_; }
    bool has_begun() const { return !bytes_.empty(); }
    const ProxyHeader& header() const { return header_; }   // done
    const std::string& fault() const { return fault_; }     // failed: a sentence

    // The least that a header has, and the most that one is let have: §2.1 for version 1; version 2 has 16 bytes,
    // 216 of addresses at most, and what it tells of TLS, in which a certificate may be.
    static constexpr std::size_t max_v1 = 107;
    static constexpr std::size_t max_v2 = 4'096;

private:
    std::size_t wanted() const;
    void look();
    void read_v1();
    void read_v2();
    void read_tlvs(std::size_t from);
    void read_addresses_v2(bool v6);
    bool checksum_fits(std::size_t value_at) const;
    void fail(std::string fault);

    std::string bytes_;
    State state_ = State::more;
    ProxyHeader header_;
    std::string fault_;
};

}   // namespace wsxmpp::transports
