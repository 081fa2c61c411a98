// The payload of compressed messages (RFC 7692 §7.2), without frames.
#include "transports/deflate.hpp"

#include "zlib_peer.hpp"

using namespace test;
using wsxmpp::transports::DeflatePool;
using wsxmpp::transports::Deflater;
using wsxmpp::transports::Inflater;
using Status = Inflater::Status;

wsxmpp::transports::DeflateBuffer buffer;

namespace {

constexpr std::size_t plenty = 1'000'000;

// Status::ok and the message, or what went wrong.
struct Outcome {
    Status status;
    std::string message;
    bool operator==(const Outcome& other) const { return status == other.status && message == other.message; }
};

Outcome inflate(Inflater& inflater, const std::vector<std::string>& pieces, bool takes_over = false,
                std::size_t limit = plenty) {
    inflater.begin(takes_over);
    for (const std::string& piece : pieces)
        if (const Status status = inflater.add(piece, limit); status != Status::ok) return {status, {}};
    if (const Status status = inflater.end(limit); status != Status::ok) return {status, {}};
    return {Status::ok, std::string{inflater.message()}};
}

Outcome inflate(const std::string& payload, std::size_t limit = plenty) {
    Inflater inflater{15};
    const Outcome whole = inflate(inflater, {payload}, false, limit);
    std::vector<std::string> single;
    for (std::size_t i = 0; i < payload.size() && payload.size() < 1'000; ++i) {
        single.emplace_back(1, payload[i]);
        REQUIRE(inflate(inflater, {payload.substr(0, i), payload.substr(i)}, false, limit) == whole);
    }
    if (!single.empty()) REQUIRE(inflate(inflater, single, false, limit) == whole);
    return whole;
}

// 64 MiB of zeros in 64 KiB.
const std::string& bomb() {
    static const std::string payload = ZlibDeflater{}(std::string(std::size_t{64} << 20, '\0'));
    return payload;
}

}   // namespace

TEST_CASE("the RFC's examples are inflated") {   // RFC 7692 §7.2.3
    CHECK(inflate("\xf2\x48\xcd\xc9\xc9\x07\x00"s).message == "Hello");
    CHECK(inflate("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s).message == "Hello");           // not compressed
    CHECK(inflate("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s).message == "Hello");                       // BFINAL set
    CHECK(inflate("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s).message == "Hello");   // two blocks
    CHECK(inflate("\x00"s).message.empty());                                                      // no bytes
    CHECK(inflate(""s) == Outcome{Status::ok, ""});   // what zlib makes of a second flush

    Inflater inflater{15};
    CHECK(inflate(inflater, {"\xf2\x48\xcd\xc9\xc9\x07\x00"s}).message == "Hello");
    CHECK(inflate(inflater, {"\xf2\x00\x11\x00\x00"s}, true).message == "Hello");   // refers to the one before
    CHECK(inflate(inflater, {"\xf2\x00\x11\x00\x00"s}, false).status == Status::corrupt);
}

TEST_CASE("blocks go on after one that says it is the last, and may refer to what is before it") {
    const std::string last = "\xf3\x48\xcd\xc9\xc9\x07\x00"s;
    CHECK(inflate(last + last + "\x00"s).message == "HelloHello");
    CHECK(inflate(last + "\xf2\x00\x11\x00\x00"s).message == "HelloHello");
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += "\x03\x00"s;   // empty blocks, each the last
    CHECK(inflate(many + "\x00"s) == Outcome{Status::ok, ""});
}

TEST_CASE("what is no DEFLATE, or ends too early, is corrupt") {
    CHECK(inflate("\x06"s).status == Status::corrupt);                   // BTYPE 11
    CHECK(inflate("\x00\x05\x00\xfa\xfe"s).status == Status::corrupt);   // a length that does not match
    CHECK(inflate("Hello").status == Status::corrupt);
    CHECK(inflate("\xff\xff\xff\xff"s).status == Status::corrupt);
    const std::string payload = ZlibDeflater{}(stanza(1));
    for (std::size_t size = 1; size < payload.size(); ++size) {
        INFO(size);
        REQUIRE(inflate(payload.substr(0, size)).status == Status::corrupt);
    }
    CHECK(inflate("\xf3\x48\xcd\xc9\xc9\x07\x00"s).status == Status::corrupt);   // after BFINAL a block is missing
}

TEST_CASE("the limit holds for what comes out, to the byte") {
    for (const std::size_t size : {1u, 500u, 511u, 512u, 16'384u, 100'000u}) {
        const std::string payload = ZlibDeflater{}(std::string(size, 'x'));
        INFO(size);
        CHECK(inflate(payload, size).message.size() == size);
        CHECK(inflate(payload, size - 1).status == Status::too_large);
    }
    CHECK(inflate("\x00"s, 0) == Outcome{Status::ok, ""});
}

TEST_CASE("no more is inflated than the limit and one byte") {
    Inflater inflater{15};
    inflater.begin(false);
    CHECK(inflater.add(bomb(), 262'144) == Status::too_large);
    CHECK(inflater.message().size() == 262'145);
}

TEST_CASE("the messages of one read stay where they are until its end, whatever their size") {
    Inflater inflater{15};
    ZlibDeflater deflate;
    std::vector<std::string> sent;
    std::vector<std::string_view> received;
    for (const std::size_t size : {300u, 20'000u, 5u, 15'000u, 40'000u, 1u, 16'000u}) {
        sent.push_back(prose(size, static_cast<std::uint32_t>(size)));
        inflater.begin(false);
        REQUIRE(inflater.add(deflate(sent.back()), plenty) == Status::ok);
        REQUIRE(inflater.end(plenty) == Status::ok);
        received.push_back(inflater.message());
    }
    CHECK(inflater.crowded());
    for (std::size_t i = 0; i < sent.size(); ++i) CHECK((received[i] == sent[i]));
    inflater.end_read();
    CHECK_FALSE(inflater.crowded());
}

TEST_CASE("a message that goes on after the end of a read keeps what it has") {
    Inflater inflater{15};
    ZlibDeflater deflate;
    const std::string message = prose(30'000);
    const std::string payload = deflate(message);
    REQUIRE(inflate(inflater, {deflate("first")}).message == "first");
    inflater.begin(false);
    for (std::size_t at = 0; at < payload.size(); at += 1'000) {
        REQUIRE(inflater.add(payload.substr(at, 1'000), plenty) == Status::ok);
        inflater.end_read();
    }
    REQUIRE(inflater.end(plenty) == Status::ok);
    CHECK((inflater.message() == message));
}

TEST_CASE("what is deflated is inflated by zlib, with every window and level") {
    for (int bits = 8; bits <= 15; ++bits) {
        for (const int level : {1, 6, 9}) {
            for (const bool takes_over : {false, true}) {
                Deflater deflater{bits, level};
                ZlibInflater inflater{bits};
                INFO(bits << " bits, level " << level << ", context takeover " << takes_over);
                for (const std::size_t size : {1'000u, 70'000u, 100u, 3'000u}) {
                    const std::string message = prose(size, static_cast<std::uint32_t>(bits)) + std::string(300, '=');
                    const std::string_view head = std::string_view{message}.substr(0, size / 3);
                    const auto payload = deflater.deflate({head, "", std::string_view{message}.substr(head.size())},
                                                          message.size(), takes_over, buffer);
                    REQUIRE(payload);
                    REQUIRE(payload->size() < message.size());
                    REQUIRE((inflater(std::string{*payload}, takes_over) == message));
                }
            }
        }
    }
}

TEST_CASE("context takeover pays, and lasts through messages that are sent as they are") {
    Deflater deflater{15, 6};
    ZlibInflater inflater;
    std::string noise;
    std::uint32_t seed = 7;
    for (int i = 0; i < 2'000; ++i) noise.push_back(static_cast<char>((seed = seed * 1'664'525 + 1'013'904'223) >> 24));
    std::size_t first = 0;
    std::size_t last = 0;
    for (int i = 1; i <= 20; ++i) {
        const std::string message = stanza(i);
        const auto payload = deflater.deflate({message}, message.size(), true, buffer);
        REQUIRE(payload);
        if (i == 1) first = payload->size();
        last = payload->size();
        REQUIRE(inflater(std::string{*payload}, true) == message);
        if (i == 10) REQUIRE_FALSE(deflater.deflate({noise}, noise.size(), true, buffer));
    }
    CHECK(last < first / 3);
}

TEST_CASE("what does not get smaller is not compressed") {
    Deflater deflater{15, 9};
    CHECK_FALSE(deflater.deflate({"x"}, 1, false, buffer));
    CHECK_FALSE(deflater.deflate({"<a/>"}, 4, false, buffer));
    CHECK(deflater.deflate({std::string(100, 'x')}, 100, false, buffer));
}

TEST_CASE("the pool takes the smallest window that holds the message, within what was agreed on") {
    DeflatePool pool;
    Deflater& small = pool.deflater(200, 15, 6);
    CHECK(&pool.deflater(250, 9, 6) == &small);
    CHECK(&pool.deflater(200, 8, 6) == &small);   // it cannot refer back further than 256 bytes
    CHECK(&pool.deflater(300, 8, 6) != &small);
    CHECK(&pool.deflater(100'000, 9, 6) == &small);
    CHECK(&pool.deflater(100'000, 15, 6) != &pool.deflater(1'000, 15, 6));
    CHECK(pool.deflater(200, 15, 1).level() == 1);
}

TEST_CASE("messages of every size around the windows come out as they went in") {
    DeflatePool pool;
    for (const int bits : {8, 9, 12, 15}) {
        ZlibInflater inflater{bits};
        for (std::size_t size : {64u, 249u, 250u, 251u, 255u, 256u, 257u, 512u, 700u, 4'000u, 40'000u}) {
            const std::string message = prose(size / 2) + prose(size - size / 2);   // its halves are alike
            const auto payload = pool.deflater(size, bits, 9).deflate({message}, size, false, pool.buffer());
            INFO(bits << " bits, " << size << " bytes");
            if (payload) REQUIRE((inflater(std::string{*payload}) == message));
        }
    }
}
