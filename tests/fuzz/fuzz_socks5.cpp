// What a SOCKS5 proxy answers, after a byte that says how it is cut.
#include "fuzz.hpp"
#include "upstream/socks5.hpp"

using namespace wsxmpp::fuzz;
using wsxmpp::upstream::Socks5;

namespace {

// Byte by byte nothing can be found beyond the reply; in pieces that may be all the difference.
template <class NextSize>
Socks5 run(std::string_view bytes, NextSize next_size) {
    Socks5 socks{"example.org", 5222};
    std::string out;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, next_size());
        bytes.remove_prefix(piece.size());
        const std::vector<char> copy(piece.begin(), piece.end());
        const Socks5::State before = socks.state();
        socks.feed({copy.data(), copy.size()}, out);
        require(before == Socks5::State::negotiating || socks.state() == before, "a change after the end");
        require(out.empty() || out.size() == 18, "something else than the one request", out);
        require((socks.state() == Socks5::State::failed) == !socks.detail().empty(), "a failure without a reason");
        require(socks.detail().empty() || is_sentence(socks.detail()), "a detail that is no sentence");
    }
    require(socks.state() != Socks5::State::connected || !out.empty(), "connected without a request");
    return socks;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes{reinterpret_cast<const char*>(data), size};
    Pieces pieces{take_byte(bytes)};
    const Socks5 single = run(bytes, [] { return 1U; });
    const Socks5 split = run(bytes, [&] { return pieces.next(); });
    const bool more_than_the_reply =
        single.state() == Socks5::State::connected && split.state() == Socks5::State::failed;
    require(more_than_the_reply || (single.state() == split.state() && single.detail() == split.detail()),
            "split, the state differs", split.detail());
    return 0;
}
