// The client's side of permessage-deflate, by zlib itself and nothing of ours.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "support.hpp"

namespace test {

class ZlibDeflater {
public:
    explicit ZlibDeflater(int window_bits = 15, int level = 6) {
        REQUIRE(deflateInit2(&stream_, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    }
    ~ZlibDeflater() { deflateEnd(&stream_); }
    ZlibDeflater(const ZlibDeflater&) = delete;
    ZlibDeflater& operator=(const ZlibDeflater&) = delete;

    // The payload of a message (RFC 7692 §7.2.1).
    std::string operator()(std::string_view message, bool takes_over = false) {
        if (!takes_over) deflateReset(&stream_);
        std::string out(2 * message.size() + 1'000, '\0');
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
        stream_.avail_in = static_cast<uInt>(message.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        REQUIRE(::deflate(&stream_, Z_SYNC_FLUSH) == Z_OK);
        out.resize(out.size() - stream_.avail_out);
        REQUIRE(out.substr(out.size() - 4) == "\x00\x00\xFF\xFF"s);
        return out.substr(0, out.size() - 4);
    }

private:
    z_stream stream_{};
};

class ZlibInflater {
public:
    explicit ZlibInflater(int window_bits = 15) { REQUIRE(inflateInit2(&stream_, -window_bits) == Z_OK); }
    ~ZlibInflater() { inflateEnd(&stream_); }
    ZlibInflater(const ZlibInflater&) = delete;
    ZlibInflater& operator=(const ZlibInflater&) = delete;

    // What comes out goes through the window, some bytes at a time: zlib takes longer distances inside one output.
    std::string operator()(std::string payload, bool takes_over = false) {
        if (!takes_over) inflateReset(&stream_);
        payload += "\x00\x00\xFF\xFF"s;
        stream_.next_in = reinterpret_cast<Bytef*>(payload.data());
        stream_.avail_in = static_cast<uInt>(payload.size());
        std::string message;
        for (;;) {
            std::array<char, 64> out;
            stream_.next_out = reinterpret_cast<Bytef*>(out.data());
            stream_.avail_out = out.size();
            const int result = inflate(&stream_, Z_SYNC_FLUSH);
            REQUIRE((result == Z_OK || result == Z_BUF_ERROR));
            message.append(out.data(), out.size() - stream_.avail_out);
            if (stream_.avail_out > 0) return message;
        }
    }

private:
    z_stream stream_{};
};

// Stanzas that resemble one another.
inline std::string stanza(int number) {
    return "<message xmlns='jabber:client' to='romeo@example.org/orchard' from='juliet@example.com/balcony' "
           "type='chat' "
           "id='m" +
           std::to_string(number * 7919) + "'><body>Good night, good night! Parting is such sweet sorrow, number " +
           std::to_string(number) + "</body></message>";
}

// Text of `size` bytes that compresses a little, different at each place.
inline std::string prose(std::size_t size, std::uint32_t seed = 1) {
    std::string text;
    while (text.size() < size) {
        seed = seed * 1'664'525 + 1'013'904'223;
        text += seed >> 31 != 0 ? "word" : "other";
        text += static_cast<char>('a' + (seed >> 20) % 26);
        text += static_cast<char>(' ' + (seed >> 10) % 60);
    }
    text.resize(size);
    return text;
}

}   // namespace test
