// Runs over the characters that need no look, sixteen at a time where the processor can (SSE2: every x86-64).
// WSXMPP_NO_SIMD builds what other processors run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/long_runs.hpp"
#include "core/xml_text.hpp"

#if defined(__SSE2__) && !defined(WSXMPP_NO_SIMD)
#define WSXMPP_SSE2
#include <emmintrin.h>
#endif

namespace wsxmpp::core {

inline constexpr std::ptrdiff_t block_size = 16;   // bytes

#if defined(WSXMPP_SSE2)
inline __m128i load_block(const char* p) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

// How many bytes of a block there are before the first that `good` is zero for.
inline unsigned count_good(__m128i good) noexcept {
    return static_cast<unsigned>(__builtin_ctz(~static_cast<unsigned>(_mm_movemask_epi8(good))));   // bit 16 is one
}

template <char A, char B, char C>
__m128i plain_bytes(__m128i bytes) noexcept {
    const __m128i printable = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(' ' - 1));   // signed: what is not ASCII is less, too
    __m128i stops = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(C));
    if constexpr ((A ^ B) == 1) {   // both at once
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(1)), _mm_set1_epi8(A | B)));
    } else {
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(A)));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(B)));
    }
    return _mm_andnot_si128(stops, printable);
}
#endif

template <char A, char B, char C>
bool is_plain(char c) noexcept {
    return static_cast<signed char>(c) >= ' ' && c != A && c != B && c != C;
}

// How many of the sixteen bytes at `p` there are before the first that is one of the three characters, a control
// character, or not ASCII.
template <char A, char B, char C>
std::ptrdiff_t count_plain(const char* p) noexcept {
#if defined(WSXMPP_SSE2)
    return count_good(plain_bytes<A, B, C>(load_block(p)));
#else
    std::ptrdiff_t count = 0;
    while (count != block_size && is_plain<A, B, C>(p[count])) ++count;
    return count;
#endif
}

// Whether none of the thirty-two bytes at `p` is such a one.
template <char A, char B, char C>
bool are_plain(const char* p) noexcept {
#if defined(WSXMPP_SSE2)
    const __m128i first = plain_bytes<A, B, C>(load_block(p));
    const __m128i second = plain_bytes<A, B, C>(load_block(p + block_size));
    return _mm_movemask_epi8(_mm_and_si128(first, second)) == 0xFFFF;
#else
    return count_plain<A, B, C>(p) == block_size && count_plain<A, B, C>(p + block_size) == block_size;
#endif
}

// The same as skip_until() where less than a block is left.
template <char A, char B, char C>
[[gnu::noinline]] const char* skip_until_in_rest([[maybe_unused]] const char* begin, const char* p,
                                                 const char* end) noexcept {
#if defined(WSXMPP_SSE2)
    if (end - begin >= block_size) {   // the last block, of which the bytes before `p` do not count
        const auto good = static_cast<unsigned>(_mm_movemask_epi8(plain_bytes<A, B, C>(load_block(end - block_size))));
        return p + __builtin_ctz(~(good >> (block_size - (end - p))));   // zeros come in behind the last one
    }
#endif
    while (p != end && is_plain<A, B, C>(*p)) ++p;
    return p;
}

// The first of `p` … `end` that is one of the three characters, a control character, or not ASCII. What may be read
// begins at `begin`, which is `p` or before it.
template <char A, char B, char C>
const char* skip_until(const char* begin, const char* p, const char* end) noexcept {
    for (; end - p >= block_size; p += block_size)
        if (const std::ptrdiff_t plain = count_plain<A, B, C>(p); plain != block_size) return p + plain;
    return skip_until_in_rest<A, B, C>(begin, p, end);
}

// To the next character of text that means something, may not be there, or is white space but a blank.
inline const char* skip_text(const char* begin, const char* p, const char* end) noexcept {
    // Text is longer than values are.
    while (end - p >= 2 * block_size && are_plain<'<', '&', ']'>(p)) {
        p += 2 * block_size;
        p = skip_long_text(p, end);
    }
    return skip_until<'<', '&', ']'>(begin, p, end);
}

// The same for an attribute value in these quotes.
template <char quote>
const char* skip_value(const char* begin, const char* p, const char* end) noexcept {
    return skip_until<'&', quote, '<'>(begin, p, end);
}
inline const char* skip_value(const char* begin, const char* p, const char* end, char quote) noexcept {
    return quote == '\'' ? skip_value<'\''>(begin, p, end) : skip_value<'"'>(begin, p, end);
}

// How many of the sixteen bytes at `p` are ASCII letters, up to the first that is none.
inline std::size_t count_letters(const char* p) noexcept {
#if defined(WSXMPP_SSE2)
    const __m128i from_a = _mm_sub_epi8(_mm_or_si128(load_block(p), _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    return count_good(_mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8('z' - 'a')), from_a));
#else
    std::size_t count = 0;
    while (count != block_size && is_class(p[count], char_letter)) ++count;
    return count;
#endif
}

// Whether two runs of bytes are the same. They are mostly short: calling memcmp() costs more than looking.
inline bool same_bytes(const char* a, const char* b, std::size_t size) noexcept {
    const auto same_at = [&](auto word, std::size_t at) {
        auto other = word;
        std::memcpy(&word, a + at, sizeof word);
        std::memcpy(&other, b + at, sizeof other);
        return word == other;
    };
    // Two loads that may overlap.
    if (size >= 4 && size <= 8) return same_at(std::uint32_t{}, 0) && same_at(std::uint32_t{}, size - 4);
    if (size >= 8 && size <= 16) return same_at(std::uint64_t{}, 0) && same_at(std::uint64_t{}, size - 8);
    if (size > 16) return std::memcmp(a, b, size) == 0;
    return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

// The first character that is not ASCII.
inline const char* skip_ascii(const char* p, const char* end) noexcept {
    p = skip_long_ascii(p, end);
#if defined(WSXMPP_SSE2)
    for (; end - p >= block_size; p += block_size) {
        if (_mm_movemask_epi8(load_block(p)) != 0) break;
    }
#endif
    while (p != end && static_cast<signed char>(*p) >= 0) ++p;
    return p;
}

// The first `c` of `p` … `end`, or `end`. For what is mostly near: calling memchr() costs more than looking.
inline const char* skip_to(const char* p, const char* end, char c) noexcept {
#if defined(WSXMPP_SSE2)
    const __m128i wanted = _mm_set1_epi8(c);
    for (; end - p >= block_size; p += block_size) {
        if (const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(load_block(p), wanted)); mask != 0)
            return p + __builtin_ctz(static_cast<unsigned>(mask));
    }
#endif
    while (p != end && *p != c) ++p;
    return p;
}

}   // namespace wsxmpp::core
