// Unmasks the payload of frames (RFC 6455 §5.3), with the processor's wide registers. In a header for
// websocket_frames.cpp alone, and static: a call that the compiler does not see into costs 8 instructions more
// (measured).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__) && !defined(WSXMPP_NO_SIMD)
#include <emmintrin.h>
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(WSXMPP_NO_SIMD) && !defined(WSXMPP_NO_AVX2)
#define WSXMPP_AVX2
#include <immintrin.h>
#endif

namespace wsxmpp::transports {

using Mask = std::array<char, 4>;

constexpr std::size_t block = 16;   // bytes
#if defined(WSXMPP_AVX2)
constexpr std::size_t long_step = 128;
#endif

// Unmasks a block, and collects its bits in `seen`.
#if defined(__SSE2__) && !defined(WSXMPP_NO_SIMD)
class BlockUnmasker {
public:
    explicit BlockUnmasker(std::uint32_t key) : key_{_mm_set1_epi32(static_cast<int>(key))} {}
    void operator()(char* out, const char* in) {
        const __m128i bytes = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)), key_);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
        seen_ = _mm_or_si128(seen_, bytes);
    }
    bool ascii() const { return _mm_movemask_epi8(seen_) == 0; }

private:
    const __m128i key_;
    __m128i seen_ = _mm_setzero_si128();
};
#else
class BlockUnmasker {
public:
    explicit BlockUnmasker(std::uint32_t key) : key_{std::uint64_t{key} << 32U | key} {}
    void operator()(char* out, const char* in) {
        std::array<std::uint64_t, 2> words;
        std::memcpy(words.data(), in, block);
        for (std::uint64_t& word : words) seen_ |= word ^= key_;
        std::memcpy(out, words.data(), block);
    }
    bool ascii() const { return (seen_ & 0x8080808080808080U) == 0; }

private:
    const std::uint64_t key_;
    std::uint64_t seen_ = 0;
};
#endif

#if defined(WSXMPP_AVX2)
// Unmasks so many bytes, a multiple of 128. True: they are ASCII.
[[gnu::target("avx2")]] static bool unmask_long(char* out, const char* in, std::size_t size, std::uint32_t key) {
    constexpr std::size_t half = 32;
    const __m256i keys = _mm256_set1_epi32(static_cast<int>(key));
    __m256i seen = _mm256_setzero_si256();
    for (const char* const end = in + size; in != end; in += long_step, out += long_step) {
        for (std::size_t at = 0; at != long_step; at += half) {
            const __m256i bytes = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + at)), keys);
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + at), bytes);
            seen = _mm256_or_si256(seen, bytes);
        }
    }
    return _mm256_movemask_epi8(seen) == 0;
}
#endif

// Unmasks what is less than a block (RFC 6455 §5.3). True: it is ASCII.
template <class Word>
static bool unmask_word(char*& out, const char*& in, std::uint64_t key) {
    Word word;
    std::memcpy(&word, in, sizeof word);
    word = static_cast<Word>(word ^ key);
    std::memcpy(out, &word, sizeof word);
    in += sizeof word;
    out += sizeof word;
    return (word & static_cast<Word>(0x8080808080808080U)) == 0;
}

// Unmasks `size` bytes (RFC 6455 §5.3) while it moves them from `in` to `out`, which is not behind it. What is stored
// was loaded before, and nothing else is overwritten, so the two may overlap. True: all of them are ASCII.
static bool unmask(char* out, const char* in, std::size_t size, const Mask& mask) {
    std::uint32_t key;
    std::memcpy(&key, mask.data(), sizeof key);
    bool ascii = true;
#if defined(WSXMPP_AVX2)
    constexpr std::size_t long_payload = 512;   // what is shorter does not pay the call
    if (__builtin_expect(static_cast<long>(size >= long_payload), 0) != 0 && __builtin_cpu_supports("avx2") != 0) {
        const std::size_t steps = size - size % long_step;
        ascii = unmask_long(out, in, steps, key);
        in += steps;
        out += steps;
        size -= steps;
    }
#endif
    BlockUnmasker unmask_block{key};
    constexpr std::size_t stride = 4 * block;
    for (; size >= stride; size -= stride, in += stride, out += stride)
        for (std::size_t at = 0; at != stride; at += block) unmask_block(out + at, in + at);
    for (; size >= block; size -= block, in += block, out += block) unmask_block(out, in);
    ascii &= unmask_block.ascii();
    if ((size & 8U) != 0) ascii &= unmask_word<std::uint64_t>(out, in, std::uint64_t{key} << 32U | key);
    if ((size & 4U) != 0) ascii &= unmask_word<std::uint32_t>(out, in, key);
    for (std::size_t i = 0; i < (size & 3U); ++i) {
        out[i] = static_cast<char>(static_cast<unsigned char>(in[i]) ^ static_cast<unsigned char>(mask[i]));
        ascii &= static_cast<unsigned char>(out[i]) < 0x80;
    }
    return ascii;
}

static Mask rotated(const Mask& mask, std::size_t by) {
    Mask out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = mask[(by + i) % mask.size()];
    return out;
}

}   // namespace wsxmpp::transports
