// A DNS message as a server sends it.
#include <utility>

#include "fuzz.hpp"
#include "upstream/dns_answer.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::fuzz;
using namespace wsxmpp::upstream;

namespace {

template <typename Record>
std::vector<Record> check(DnsAnswer<Record> answer, std::size_t size) {
    require(!answer.error || answer.records.empty(), "an error and records");
    require(!answer.error || answer.error == errc::dns_failed || answer.error == errc::name_not_found, "another error");
    require(answer.records.size() <= size / 11, "more records than the message has room for");
    return std::move(answer.records);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> exact(data, data + size);   // so that a byte too far is seen
    const std::string_view message{exact.data(), exact.size()};
    for (const SrvRecord& record : check(parse_srv(message), size)) {
        require(record.target.size() <= 4 * 255, "a target that is no name", record.target);
        for (const char c : record.target)
            require(c >= ' ' && c < 0x7F, "a target that is not printable", record.target);
    }
    for (const auto& address : check(parse_addresses(message, Family::v4), size))
        require(address.is_v4(), "another family");
    for (const auto& address : check(parse_addresses(message, Family::v6), size))
        require(address.is_v6(), "another family");
    for (const TlsaRecord& record : check(parse_tlsa(message), size))
        require(!record.data.empty() && record.data.size() < size, "TLSA data from nowhere");
    return 0;
}
