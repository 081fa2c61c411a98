// c-ares has no parser for TLSA, and those for SRV and addresses look at any owner's records: one walk over the answer
// section does for all of them. Names are read by c-ares.
#include "upstream/dns_answer.hpp"

#include <ares.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "ascii.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {
namespace {

constexpr std::size_t header_size = 12;
constexpr int class_internet = 1;
constexpr int max_aliases = 16;

// Reads on from `at`; once something is missing, all that follows is, too.
class Reader {
public:
    Reader(std::string_view message, std::size_t at) : message_{message}, at_{at} {}

    std::uint8_t u8() { return take(1) ? byte(at_ - 1) : std::uint8_t{0}; }
    std::uint16_t u16() {
        return take(2) ? static_cast<std::uint16_t>(byte(at_ - 2) << 8 | byte(at_ - 1)) : std::uint16_t{0};
    }
    std::string_view bytes(std::size_t size) {
        return take(size) ? message_.substr(at_ - size, size) : std::string_view{};
    }
    void skip(std::size_t size) { take(size); }

    // Lower case, without the dot at its end; escaped where it holds what no host name does (RFC 1035 §5.1).
    std::string name() {
        char* text = nullptr;
        long size = 0;
        const auto* start = reinterpret_cast<const unsigned char*>(message_.data());
        if (!ok_ || at_ >= message_.size() ||
            ares_expand_name(start + at_, start, static_cast<int>(message_.size()), &text, &size) != ARES_SUCCESS) {
            ok_ = false;
            return {};
        }
        std::string name = ascii::lowered(text);
        ares_free_string(text);
        take(static_cast<std::size_t>(size));
        return name;
    }

    bool ok() const { return ok_; }
    std::size_t at() const { return at_; }

private:
    bool take(std::size_t size) {
        ok_ = ok_ && size <= message_.size() - at_;
        if (ok_) at_ += size;
        return ok_;
    }
    std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(message_[at]); }

    std::string_view message_;
    std::size_t at_;
    bool ok_ = true;
};

struct ResourceRecord {
    std::string owner;
    int type = 0;
    std::size_t data = 0;   // where it is in the message, because names in it point to others
    std::size_t size = 0;
};

struct Message {
    std::error_code error;
    bool authenticated = false;
    std::string asked;
    std::vector<ResourceRecord> records;   // of the class IN
};

std::error_code by_rcode(unsigned rcode) {
    if (rcode == 0) return {};
    return rcode == 3 ? errc::name_not_found : errc::dns_failed;
}

// False: malformed.
bool read(std::string_view bytes, Message& message) {
    if (bytes.size() < header_size || bytes.size() > 65'535) return false;
    Reader header{bytes, 2};
    const unsigned flags = header.u16();
    const unsigned questions = header.u16();
    const unsigned answers = header.u16();
    if ((flags & 0x8000U) == 0 || (flags & 0x7800U) != 0 || questions != 1) return false;   // QR; a standard query
    message.authenticated = (flags & 0x20U) != 0;
    message.error = by_rcode(flags & 0xFU);
    Reader reader{bytes, header_size};
    message.asked = reader.name();
    reader.skip(4);
    for (unsigned i = 0; i < answers && reader.ok(); ++i) {
        ResourceRecord record;
        record.owner = reader.name();
        record.type = reader.u16();
        const int its_class = reader.u16();
        reader.skip(4);   // TTL: nothing is kept
        record.size = reader.u16();
        record.data = reader.at();
        reader.skip(record.size);
        if (its_class == class_internet) message.records.push_back(std::move(record));
    }
    return reader.ok();
}

// The name whose records are the answer, or none when its aliases are malformed or lead nowhere (RFC 1034 §3.6.2).
std::optional<std::string> canonical_name(std::string_view bytes, const Message& message) {
    std::string name = message.asked;
    for (int i = 0; i <= max_aliases; ++i) {
        const auto alias = std::find_if(message.records.begin(), message.records.end(), [&](const auto& record) {
            return record.type == dns_type_cname && record.owner == name;
        });
        if (alias == message.records.end()) return name;
        Reader reader{bytes, alias->data};
        name = reader.name();
        if (!reader.ok() || reader.at() != alias->data + alias->size) return {};
    }
    return {};
}

// `read_data(reader, size)`: the record, or none when its data are malformed; it reads just `size` bytes.
template <typename Record, typename ReadData>
DnsAnswer<Record> parse(std::string_view bytes, int type, ReadData read_data) {
    Message message;
    DnsAnswer<Record> answer;
    if (!read(bytes, message)) {
        answer.error = errc::dns_failed;
        return answer;
    }
    answer.error = message.error;
    answer.authenticated = message.authenticated;
    if (answer.error) return answer;
    const auto name = canonical_name(bytes, message);
    bool well_formed = name.has_value();
    for (const ResourceRecord& record : message.records) {
        if (!well_formed) break;
        if (record.type != type || record.owner != *name) continue;
        Reader reader{bytes, record.data};
        std::optional<Record> parsed = read_data(reader, record.size);
        well_formed = parsed && reader.ok() && reader.at() == record.data + record.size;
        if (well_formed) answer.records.push_back(std::move(*parsed));
    }
    if (!well_formed) answer = {errc::dns_failed, {}, false};
    return answer;
}

template <typename Address>
std::optional<asio::ip::address> read_address(Reader& reader, std::size_t size) {
    typename Address::bytes_type bytes;
    const std::string_view data = reader.bytes(size);
    if (data.size() != bytes.size()) return {};
    std::copy(data.begin(), data.end(), bytes.begin());
    return Address{bytes};
}

}   // namespace

DnsAnswer<SrvRecord> parse_srv(std::string_view message) {
    return parse<SrvRecord>(message, dns_type_srv, [](Reader& reader, std::size_t) -> std::optional<SrvRecord> {
        SrvRecord record;
        record.priority = reader.u16();
        record.weight = reader.u16();
        record.port = reader.u16();
        record.target = reader.name();
        return record;
    });
}

DnsAnswer<asio::ip::address> parse_addresses(std::string_view message, Family family) {
    return family == Family::v4 ? parse<asio::ip::address>(message, dns_type_a, read_address<asio::ip::address_v4>)
                                : parse<asio::ip::address>(message, dns_type_aaaa, read_address<asio::ip::address_v6>);
}

DnsAnswer<TlsaRecord> parse_tlsa(std::string_view message) {
    return parse<TlsaRecord>(message, dns_type_tlsa, [](Reader& reader, std::size_t size) -> std::optional<TlsaRecord> {
        if (size <= 3) return {};
        TlsaRecord record;
        record.usage = reader.u8();
        record.selector = reader.u8();
        record.matching = reader.u8();
        record.data = reader.bytes(size - 3);
        return record;
    });
}

}   // namespace wsxmpp::upstream
