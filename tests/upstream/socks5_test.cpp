// The conversation with a SOCKS5 proxy, byte by byte.
#include "upstream/socks5.hpp"

#include <catch2/catch.hpp>

using wsxmpp::upstream::Socks5;
using State = Socks5::State;

namespace {

std::string bytes(std::initializer_list<int> list) {
    std::string text;
    for (const int b : list) text.push_back(static_cast<char>(b));
    return text;
}

const std::string accepted = bytes({5, 0});
const std::string connected = bytes({5, 0, 0, 1, 10, 0, 0, 1, 0x1F, 0x90});

std::string request(const std::string& host, std::uint16_t port = 5222) {
    Socks5 socks{host, port};
    std::string out;
    socks.feed(accepted, out);
    return out;
}

struct Result {
    State state;
    std::string detail;
    std::string out;
    bool operator==(const Result& o) const { return state == o.state && detail == o.detail && out == o.out; }
};

Result run(const std::string& text, std::size_t cut) {
    Socks5 socks{"a", 1};
    std::string out;
    socks.feed(text.substr(0, cut), out);
    socks.feed(text.substr(cut), out);
    return {socks.state(), socks.detail(), out};
}

Result run_split(const std::string& text) {
    const Result whole = run(text, 0);
    for (std::size_t cut = 1; cut < text.size(); ++cut) CHECK(run(text, cut) == whole);
    return whole;
}

}   // namespace

TEST_CASE("SOCKS5 begins with one method, no authentication") {
    CHECK(Socks5{"example.org", 5222}.begin() == bytes({5, 1, 0}));
}

TEST_CASE("names go to the SOCKS server as they are, addresses as addresses") {
    CHECK(request("example.org") == bytes({5, 1, 0, 3, 11}) + "example.org" + bytes({0x14, 0x66}));
    CHECK(request("192.0.2.1", 443) == bytes({5, 1, 0, 1, 192, 0, 2, 1, 1, 0xBB}));
    CHECK(request("2001:db8::1", 65535) ==
          bytes({5, 1, 0, 4, 0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF}));
    const std::string longest(255, 'a');
    CHECK(request(longest) == bytes({5, 1, 0, 3, 255}) + longest + bytes({0x14, 0x66}));
}

TEST_CASE("a name that SOCKS5 cannot carry fails at once") {
    const std::size_t size = GENERATE(0U, 256U);
    const Socks5 socks{std::string(size, 'a'), 1};
    CHECK(socks.state() == State::failed);
    CHECK(!socks.detail().empty());
    CHECK(socks.begin().empty());
}

TEST_CASE("a reply with any type of address connects") {
    const std::string reply = GENERATE_COPY(as<std::string>{}, connected, bytes({5, 0, 0, 3, 2, 'h', 'i', 0, 1}),
                                            bytes({5, 0, 0, 3, 0, 0, 1}), bytes({5, 0, 0, 4}) + std::string(18, 'x'));
    const Result r = run_split(accepted + reply);
    CHECK(r.state == State::connected);
    CHECK(r.detail.empty());
    CHECK(r.out == bytes({5, 1, 0, 3, 1, 'a', 0, 1}));
    CHECK(run(accepted + reply.substr(0, reply.size() - 1), 0).state == State::negotiating);
}

TEST_CASE("each reply code has its text") {
    struct Case {
        int code;
        const char* text;
    };
    const auto c = GENERATE(values<Case>({
        {1, "general failure of the SOCKS server"},
        {2, "connection not allowed by the SOCKS server's rules"},
        {3, "network unreachable"},
        {4, "host unreachable"},
        {5, "connection refused"},
        {6, "TTL expired"},
        {7, "the SOCKS server does not support CONNECT"},
        {8, "the SOCKS server does not support this type of address"},
        {9, "the SOCKS server's reply has the unknown code 9"},
        {255, "the SOCKS server's reply has the unknown code 255"},
    }));
    const Result r = run_split(accepted + bytes({5, c.code, 0, 1, 0, 0, 0, 0, 0, 0}));
    CHECK(r.state == State::failed);
    CHECK(r.detail == c.text);
}

TEST_CASE("what is no SOCKS5 fails, at its first wrong byte") {
    const std::string text = GENERATE(as<std::string>{}, "HTTP/1.1 400", bytes({4}), bytes({5, 0xFF}), bytes({5, 2}),
                                      bytes({5, 0, 4}), bytes({5, 0, 5, 0, 0, 2, 0}));
    const Result r = run_split(text);
    CHECK(r.state == State::failed);
    CHECK(!r.detail.empty());
}

TEST_CASE("a SOCKS server that wants a password is told of as that") {
    CHECK(run(bytes({5, 0xFF}), 0).detail == "the SOCKS server requires authentication");
}

TEST_CASE("bytes beyond the reply are a failure") {
    const std::string text = accepted + connected + "x";
    for (std::size_t cut = 0; cut + 1 < text.size(); ++cut) CHECK(run(text, cut).state == State::failed);
}

TEST_CASE("after the end nothing changes") {
    Socks5 socks{"a", 1};
    std::string out;
    socks.feed(accepted, out);
    socks.feed(connected, out);
    out.clear();
    CHECK(socks.feed("anything", out) == State::connected);
    CHECK(out.empty());
}
