// The PROXY header that a trusted proxy begins with, after a byte that says how it is cut.
#include "fuzz.hpp"
#include "transports/proxy_protocol_in.hpp"

using namespace wsxmpp::fuzz;
using wsxmpp::transports::ProxyHeaderReader;
using State = ProxyHeaderReader::State;

namespace {

struct Result {
    ProxyHeaderReader reader;
    std::size_t taken = 0;
};

template <class NextSize>
Result run(std::string_view bytes, NextSize next_size) {
    Result result;
    while (result.taken < bytes.size() && result.reader.state() == State::more) {
        const std::string_view piece = bytes.substr(result.taken, next_size());
        const std::vector<char> copy(piece.begin(), piece.end());
        const std::size_t taken = result.reader.feed({copy.data(), copy.size()});
        require(taken <= copy.size(), "more was taken than there was");
        require(taken == copy.size() || result.reader.state() != State::more, "something was left, and more is needed");
        result.taken += taken;
    }
    require(result.reader.feed({}) == 0, "something was taken of nothing");
    require((result.reader.state() == State::failed) == !result.reader.fault().empty(), "a failure without a reason");
    require(result.reader.fault().empty() || is_sentence(result.reader.fault()), "a fault that is no sentence");
    require(result.taken <= ProxyHeaderReader::max_v2, "a header that is too long");
    return result;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes{reinterpret_cast<const char*>(data), size};
    Pieces pieces{take_byte(bytes)};
    const Result single = run(bytes, [] { return 1U; });
    const Result split = run(bytes, [&] { return pieces.next(); });
    const auto& header = single.reader.header();
    require(single.reader.state() == split.reader.state() && single.taken == split.taken &&
                single.reader.fault() == split.reader.fault(),
            "split, it is another", split.reader.fault());
    require(header.client == split.reader.header().client && header.tls == split.reader.header().tls,
            "split, it names another");
    if (single.reader.state() == State::done && header.names_client) {
        require(header.client.is_ip() && header.destination.is_ip(), "a client without an address");
        const auto again = wsxmpp::transports::ClientAddress::parse(header.client.to_text());
        require(again == header.client, "an address that does not read as it is written", header.client.to_text());
    }
    return 0;
}
