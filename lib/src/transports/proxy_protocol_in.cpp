#include "transports/proxy_protocol_in.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace wsxmpp::transports {

namespace {

constexpr std::string_view v1_start = "PROXY ";
constexpr std::string_view v2_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v2_start = 16;   // signature, version and command, family and protocol, length

bool could_be(std::string_view start, std::string_view bytes) {
    const std::size_t size = std::min(start.size(), bytes.size());
    return bytes.substr(0, size) == start.substr(0, size);
}

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
std::uint16_t uint16_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

// Castagnoli's, reflected (RFC 4960, appendix B).
constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82F63B78U : 0U);
        table[i] = value;
    }
    return table;
}

// §2.1: decimal, no zeros before it.
std::optional<std::uint16_t> v1_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    unsigned port = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        port = port * 10 + static_cast<unsigned>(c - '0');
    }
    if (port > 65'535) return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

std::optional<asio::ip::address> v1_address(std::string_view text, bool v6) {
    if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;
    std::error_code ec;
    const auto address = asio::ip::make_address(std::string{text}, ec);
    if (ec || address.is_v6() != v6) return std::nullopt;
    return address;
}

std::string_view take_word(std::string_view& line) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
    return word;
}

}   // namespace

std::size_t ProxyHeaderReader::feed(std::string_view bytes) {
    std::size_t taken = 0;
    while (state_ == State::more && taken < bytes.size()) {
        const std::size_t size = std::min(wanted(), bytes.size() - taken);
        bytes_.append(bytes.substr(taken, size));
        taken += size;
        look();
    }
    return taken;
}

// How many bytes can only be the header's. The end of version 1 is seen when it is there.
std::size_t ProxyHeaderReader::wanted() const {
    if (bytes_.size() < v2_start || bytes_.front() == v1_start.front()) return 1;
    return v2_start + uint16_at(bytes_, 14) - bytes_.size();
}

void ProxyHeaderReader::look() {
    const bool v1 = could_be(v1_start, bytes_);
    if (!v1 && !could_be(v2_signature, bytes_))
        return fail("the connection does not begin with a PROXY header, which is required of this address");
    if (v1) {
        if (bytes_.size() >= 2 && bytes_.compare(bytes_.size() - 2, 2, "\r\n") == 0) return read_v1();
        if (bytes_.size() >= max_v1) fail("the PROXY header has no end: version 1 has at most 107 bytes");
        return;
    }
    if (bytes_.size() == 13 && byte_at(bytes_, 12) >> 4U != 2) return fail("the PROXY header has an unknown version");
    if (bytes_.size() < v2_start) return;
    const std::size_t size = v2_start + uint16_at(bytes_, 14);
    if (size > max_v2) return fail(fmt::format("the PROXY header has {} bytes, the limit is {}", size, max_v2));
    if (bytes_.size() == size) read_v2();
}

// --- Version 1, §2.1

void ProxyHeaderReader::read_v1() {
    std::string_view line{bytes_};
    line = line.substr(v1_start.size(), line.size() - v1_start.size() - 2);
    const std::string_view protocol = take_word(line);
    state_ = State::done;
    if (protocol == "UNKNOWN") return;   // what follows is to be ignored
    if (protocol != "TCP4" && protocol != "TCP6")
        return fail("the PROXY header names a protocol that is not TCP4, TCP6 or UNKNOWN");
    const bool v6 = protocol == "TCP6";
    const auto source = v1_address(take_word(line), v6);
    const auto destination = v1_address(take_word(line), v6);
    const auto source_port = v1_port(take_word(line));
    const auto destination_port = v1_port(line);
    if (!source || !destination || !source_port || !destination_port)
        return fail("the PROXY header has a malformed address or port");
    header_.names_client = true;
    header_.client = {*source, source_port};
    header_.destination = {*destination, destination_port};
}

// --- Version 2, §2.2

void ProxyHeaderReader::read_v2() {
    constexpr unsigned local = 0;
    constexpr unsigned proxy = 1;
    state_ = State::done;
    const unsigned command = byte_at(bytes_, 12) & 0xFU;
    if (command == local) return;   // the rest is discarded, the family too
    if (command != proxy) return fail("the PROXY header has an unknown command");
    const unsigned family = byte_at(bytes_, 13) >> 4U;
    const unsigned protocol = byte_at(bytes_, 13) & 0xFU;
    if (family > 3 || protocol > 2) return fail("the PROXY header has an unknown address family or protocol");
    if (family == 0 || protocol == 0) return;   // unspecified: what follows is not known
    constexpr std::array<std::size_t, 4> sizes{0, 12, 36, 216};
    if (bytes_.size() < v2_start + sizes[family]) return fail("the PROXY header is too short for its addresses");
    read_tlvs(v2_start + sizes[family]);
    if (state_ != State::done) return;
    // Datagrams do not lead here; and whoever comes by a Unix-domain socket has no address.
    if (protocol == 1 && family != 3) read_addresses_v2(family == 2);
}

void ProxyHeaderReader::read_addresses_v2(bool v6) {
    const auto address_at = [this, v6](std::size_t at) -> asio::ip::address {
        if (v6) {
            asio::ip::address_v6::bytes_type bytes{};
            std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), bytes.size(), bytes.begin());
            return asio::ip::address_v6{bytes};
        }
        asio::ip::address_v4::bytes_type bytes{};
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), bytes.size(), bytes.begin());
        return asio::ip::address_v4{bytes};
    };
    const std::size_t size = v6 ? 16 : 4;
    const std::size_t ports = v2_start + 2 * size;
    header_.names_client = true;
    header_.client = {address_at(v2_start), uint16_at(bytes_, ports)};
    header_.destination = {address_at(v2_start + size), uint16_at(bytes_, ports + 2)};
}

void ProxyHeaderReader::read_tlvs(std::size_t from) {
    constexpr unsigned type_crc32c = 0x03;
    constexpr unsigned type_ssl = 0x20;
    constexpr std::size_t head = 3;
    while (from < bytes_.size()) {
        if (bytes_.size() - from < head) return fail("the PROXY header ends inside of a TLV");
        const unsigned type = byte_at(bytes_, from);
        const std::size_t size = uint16_at(bytes_, from + 1);
        from += head;
        if (bytes_.size() - from < size) return fail("a TLV of the PROXY header is longer than the header");
        if (type == type_crc32c && (size != 4 || !checksum_fits(from)))
            return fail("the checksum of the PROXY header is wrong");
        if (type == type_ssl) {
            constexpr std::size_t least = 5;   // flags, and what became of the client's certificate
            if (size < least) return fail("the TLV about TLS in the PROXY header is too short");
            header_.tls = (byte_at(bytes_, from) & 1U) != 0;
        }
        from += size;
    }
}

// §2.2.3: of the whole header, with zeros in place of the checksum.
bool ProxyHeaderReader::checksum_fits(std::size_t value_at) const {
    static constexpr auto table = make_crc32c_table();
    std::uint32_t sum = 0xFFFFFFFFU;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        const unsigned byte = i >= value_at && i < value_at + 4 ? 0 : byte_at(bytes_, i);
        sum = (sum >> 8U) ^ table[(sum ^ byte) & 0xFFU];
    }
    const std::uint32_t told =
        static_cast<std::uint32_t>(uint16_at(bytes_, value_at)) << 16U | uint16_at(bytes_, value_at + 2);
    return told == ~sum;
}

void ProxyHeaderReader::fail(std::string fault) {
    state_ = State::failed;
    fault_ = std::move(fault);
    header_ = {};
}

}   // namespace wsxmpp::transports
