// The registries: RFC 6890 and what IANA has added to them since. A block that is globally reachable only for one
// purpose (anycast relays, benchmarks, documentation) is "reserved": no XMPP server of a stranger is there.
#include "upstream/address_class.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace wsxmpp::upstream {
namespace {

using V6 = asio::ip::address_v6::bytes_type;

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c) { return a << 24 | b << 16 | c << 8; }

struct Block4 {
    std::uint32_t network;
    unsigned bits;
    AddressClass address_class;
};

constexpr Block4 blocks4[] = {
    {ip(0, 0, 0), 8, AddressClass::unspecified},        // RFC 1122 §3.2.1.3: "this network"; connects to this host
    {ip(10, 0, 0), 8, AddressClass::private_use},       // RFC 1918
    {ip(100, 64, 0), 10, AddressClass::private_use},    // RFC 6598: carriers' own
    {ip(127, 0, 0), 8, AddressClass::loopback},         // RFC 1122
    {ip(169, 254, 0), 16, AddressClass::link_local},    // RFC 3927; clouds answer with credentials there
    {ip(172, 16, 0), 12, AddressClass::private_use},    // RFC 1918
    {ip(192, 0, 0), 24, AddressClass::reserved},        // RFC 6890 §2.1: IETF protocol assignments
    {ip(192, 0, 2), 24, AddressClass::reserved},        // RFC 5737: documentation
    {ip(192, 88, 99), 24, AddressClass::reserved},      // RFC 7526: 6to4 relays, deprecated
    {ip(192, 168, 0), 16, AddressClass::private_use},   // RFC 1918
    {ip(198, 18, 0), 15, AddressClass::reserved},       // RFC 2544: benchmarks
    {ip(198, 51, 100), 24, AddressClass::reserved},     // RFC 5737: documentation
    {ip(203, 0, 113), 24, AddressClass::reserved},      // RFC 5737: documentation
    {ip(224, 0, 0), 4, AddressClass::multicast},        // RFC 5771
    {ip(240, 0, 0), 4, AddressClass::reserved},         // RFC 1112 §4, and the limited broadcast address
};

AddressClass classify4(std::uint32_t address) {
    for (const Block4& block : blocks4)
        if ((address ^ block.network) >> (32 - block.bits) == 0) return block.address_class;
    return AddressClass::global;
}

// The IPv4 address whose first byte is at `at`.
std::uint32_t inside(const V6& bytes, std::size_t at) {
    std::uint32_t address = 0;
    for (std::size_t i = at; i < at + 4; ++i) address = address << 8 | bytes[i];
    return address;
}

bool starts_with(const V6& bytes, std::initializer_list<unsigned> prefix) {
    std::size_t i = 0;
    for (const unsigned byte : prefix)
        if (bytes[i++] != byte) return false;
    return true;
}

bool is_zero(const V6& bytes, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
        if (bytes[i] != 0) return false;
    return true;
}

// 2000::/3, the only block from which global unicast addresses are given out.
AddressClass classify_global(const V6& bytes) {
    if (starts_with(bytes, {0x20, 0x02})) return classify4(inside(bytes, 2));   // 6to4 (RFC 3056)
    if (starts_with(bytes, {0x20, 0x01, 0, 0})) {   // Teredo (RFC 4380 §4): its server, and the client inverted
        const AddressClass server = classify4(inside(bytes, 4));
        return server != AddressClass::global ? server : classify4(~inside(bytes, 12));
    }
    const bool assignments = starts_with(bytes, {0x20, 0x01}) && bytes[2] < 2;          // 2001::/23 (RFC 2928)
    const bool documentation = starts_with(bytes, {0x20, 0x01, 0x0d, 0xb8}) ||          // RFC 3849
                               (starts_with(bytes, {0x3f, 0xff}) && bytes[2] < 0x10);   // 3fff::/20 (RFC 9637)
    return assignments || documentation ? AddressClass::reserved : AddressClass::global;
}

AddressClass classify6(const V6& bytes) {
    if (is_zero(bytes, 0, 15) && bytes[15] < 2)
        return bytes[15] == 0 ? AddressClass::unspecified : AddressClass::loopback;
    // IPv4-compatible (RFC 4291 §2.5.5.1) and IPv4-mapped (§2.5.5.2)
    if (is_zero(bytes, 0, 10) && ((bytes[10] == 0 && bytes[11] == 0) || (bytes[10] == 0xff && bytes[11] == 0xff)))
        return classify4(inside(bytes, 12));
    // NAT64: the well-known prefix (RFC 6052 §2.1), and the first /96 of the block for local use (RFC 8215). Inside the
    // rest of that block nobody but its operator knows where the IPv4 address is: reserved, as all else below 2000::.
    if (starts_with(bytes, {0, 0x64, 0xff, 0x9b}) && (bytes[4] == 0 && bytes[5] < 2) && is_zero(bytes, 6, 12))
        return classify4(inside(bytes, 12));
    if (bytes[0] == 0xff) return AddressClass::multicast;
    if ((bytes[0] & 0xfeU) == 0xfc) return AddressClass::private_use;                      // fc00::/7 (RFC 4193)
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80) return AddressClass::link_local;   // fe80::/10
    return (bytes[0] & 0xe0U) == 0x20 ? classify_global(bytes) : AddressClass::reserved;
}

}   // namespace

AddressClass classify(const asio::ip::address& address) {
    return address.is_v4() ? classify4(address.to_v4().to_uint()) : classify6(address.to_v6().to_bytes());
}

std::string_view to_string(AddressClass address_class) {
    switch (address_class) {
        case AddressClass::global: return "global";
        case AddressClass::loopback: return "loopback";
        case AddressClass::private_use: return "private";
        case AddressClass::link_local: return "link-local";
        case AddressClass::multicast: return "multicast";
        case AddressClass::unspecified: return "unspecified";
        case AddressClass::reserved: return "reserved";
    }
    return "reserved";
}

bool is_local(const asio::ip::address& address) {
    const AddressClass address_class = classify(address);
    return address_class == AddressClass::loopback || address_class == AddressClass::private_use;
}

}   // namespace wsxmpp::upstream
