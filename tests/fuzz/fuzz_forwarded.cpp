// What HTTP proxies say of a client: a Forwarded header, and the same text as X-Forwarded-For.
#include "fuzz.hpp"
#include "transports/forwarded.hpp"

using namespace wsxmpp::fuzz;
using namespace wsxmpp::transports;

namespace {

void check(const ForwardedHops& hops) {
    static const TrustedNetworks trusted{{{asio::ip::make_address("10.0.0.0"), 8, false, {}}}};
    static const ClientAddress peer = *ClientAddress::parse("10.0.0.1:5");
    const ClientAddress client = find_client(hops, peer, trusted).address;
    require(client.is_ip(), "a client without an address");
    require(ClientAddress::parse(client.to_text()) == client, "an address that does not read as it is written");
    // All that comes after the client is trusted, and the client is not, unless it is the first that is known.
    std::size_t known = 0;
    while (known < hops.size() && hops[hops.size() - 1 - known].from &&
           trusted.find(*hops[hops.size() - 1 - known].from) != nullptr)
        ++known;
    const bool all = known == hops.size() || !hops[hops.size() - 1 - known].from;
    require((trusted.find(client) == nullptr) == !all, "somebody else than the last that is not trusted");
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> copy(data, data + size);
    const std::string_view text{copy.data(), copy.size()};
    check(read_x_forwarded(text, text));
    const auto hops = read_forwarded(text);
    if (hops) check(*hops);
    // What a proxy appends is the last hop, whatever a client has put before it; or it is all malformed.
    const auto appended = read_forwarded(std::string{text} + ", for=203.0.113.7");
    require(appended.has_value() == hops.has_value() || !hops, "a header that is malformed by what follows it");
    if (hops && appended)
        require(appended->back().from == ClientAddress::parse("203.0.113.7"), "the last hop is not what was appended");
    return 0;
}
