// Runs over the characters that need no look, sixteen at a time where the processor can (SSE2: every x86-64).
#pragma once

#include <cstddef>

#include "core/xml_text.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wsxmpp::core {

// The first of `p` … `end` that is one of the three characters, a control character, or not ASCII.
template <char A, char B, char C>
const char* skip_until(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        // Signed: what is not ASCII is less than a blank, too.
        __m128i stops = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(A)));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(B)));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(C)));
        if (const int mask = _mm_movemask_epi8(stops); mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
    }
#endif
    while (p != end && static_cast<signed char>(*p) >= ' ' && *p != A && *p != B && *p != C) ++p;
    return p;
}

// To the next character of text that means something, or may not be there.
inline const char* skip_text(const char* p, const char* end) noexcept {
    for (;;) {
        p = skip_until<'<', '&', ']'>(p, end);
        if (p == end || !is_class(*p, char_space)) return p;
        ++p;   // a line end or a tab is text like any other
    }
}

// The same for an attribute value in these quotes.
inline const char* skip_value(const char* p, const char* end, char quote) noexcept {
    return quote == '\'' ? skip_until<'\'', '<', '&'>(p, end) : skip_until<'"', '<', '&'>(p, end);
}

// The first character that is not ASCII.
inline const char* skip_ascii(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        if (_mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) != 0) break;
    }
#endif
    while (p != end && static_cast<signed char>(*p) >= 0) ++p;
    return p;
}

// The first `c` of `p` … `end`, or `end`. For what is mostly near: calling memchr() costs more than looking.
inline const char* skip_to(const char* p, const char* end, char c) noexcept {
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi8(c);
    for (; end - p >= 16; p += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        if (const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)); mask != 0)
            return p + __builtin_ctz(static_cast<unsigned>(mask));
    }
#endif
    while (p != end && *p != c) ++p;
    return p;
}

}   // namespace wsxmpp::core
