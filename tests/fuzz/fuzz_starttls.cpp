// What a server sends until TLS begins, after a byte that says how it is cut.
#include "core/starttls.hpp"
#include "fuzz.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::fuzz;
using core::StartTls;

namespace {

constexpr std::string_view ask = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

struct Result {
    StartTls::State state;
    std::error_code error;
    std::string detail;
    bool asked;
};

template <class NextSize>
Result run(std::string_view bytes, NextSize next_size) {
    StartTls starttls{"example.org"};
    std::string out;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, next_size());
        bytes.remove_prefix(piece.size());
        const std::vector<char> copy(piece.begin(), piece.end());
        const StartTls::State before = starttls.state();
        const std::size_t said = out.size();
        const StartTls::State after = starttls.feed({copy.data(), copy.size()}, out);
        require(after == starttls.state(), "a state that is another");
        if (before != StartTls::State::negotiating)
            require(after == before && out.size() == said, "a change after the end");
        require(out.empty() || out == ask, "more than it may say", out);
    }
    const bool failed = starttls.state() == StartTls::State::failed;
    const std::error_code error = starttls.error();
    require(failed == bool{error} && failed == !starttls.detail().empty(),
            "a failure without a reason, or the reverse");
    require(!failed || error == errc::starttls_refused || error == errc::stream_refused ||
                error == errc::upstream_violation,
            "another error");
    require(!failed || is_sentence(starttls.detail()), "a detail that is no sentence", starttls.detail());
    require(starttls.state() != StartTls::State::proceed || !out.empty(), "an answer to what was not asked");
    return {starttls.state(), error, starttls.detail(), !out.empty()};
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes{reinterpret_cast<const char*>(data), size};
    Pieces pieces{take_byte(bytes)};
    const Result whole = run(bytes, [&] { return bytes.size(); });
    const Result split = run(bytes, [&] { return pieces.next(); });
    require(whole.state == split.state && whole.error == split.error, "split, the state differs", split.detail);
    require(whole.asked == split.asked, "split, the offer differs");
    return 0;
}
