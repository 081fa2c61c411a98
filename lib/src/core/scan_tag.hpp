// Looks for what ends a name, a value, a tag or a text, sixteen bytes at a time where the processor can (SSE2: every
// x86-64), and remembers whether all that it passed was ASCII. Nothing outside of the input is read: for its last bytes
// the sixteen that end with them are looked at again.
#pragma once

#include <cstddef>

#include "core/long_runs.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wsxmpp::core {

// A Stop says what is looked for: whether one character is, and, in the highest bit of each byte, which of sixteen are.

// What ends a run of letters: all that means something in a tag, and a few characters that a name may go on with.
struct NoLetter {
    static bool is(char c) noexcept { return static_cast<signed char>(c) < '?'; }   // signed: not ASCII is less, too
#if defined(__SSE2__)
    static __m128i in(__m128i bytes) noexcept { return _mm_subs_epi8(bytes, _mm_set1_epi8('?')); }
#endif
};

template <char C>
struct Only {
    static constexpr char character = C;
    static bool is(char c) noexcept { return c == C; }
#if defined(__SSE2__)
    static __m128i in(__m128i bytes) noexcept { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(C)); }
#endif
};

#if defined(__SSE2__)

class Seeker {
public:
    static constexpr std::ptrdiff_t least_input = 16;

    // What the input has at least before `end`.
    explicit Seeker(const char* end) noexcept : end_{end}, last_{end - 16} {}

    // Moves `p` to the first Stop; false: there is none up to the end.
    template <class Stop>
    bool to(const char*& p) noexcept {
        unsigned mask = 0;
        while (p <= last_ && (mask = stops<Stop>(p)) == 0) p += 16;
        if (mask == 0) mask = stops<Stop>(last_) >> static_cast<unsigned>(p - last_);
        p = mask != 0 ? p + first(mask) : end_;
        return mask != 0;
    }

    // The same for what is near, or very far: text is short, or an avatar.
    template <class Stop>
    bool to_far(const char*& p) noexcept {
        if (end_ - p < 80) return to<Stop>(p);
        if (const unsigned mask = stops<Stop>(p); mask != 0) {
            p += first(mask);
            return true;
        }
        const Passed passed = skip_long_other_than(p + 16, end_, Stop::character);
        if (!passed.only_ascii) seen_ = _mm_set1_epi8(-1);
        p = passed.end;
        for (; end_ - p >= 64; p += 64) {
            const __m128i a = load(p);
            const __m128i b = load(p + 16);
            const __m128i c = load(p + 32);
            const __m128i d = load(p + 48);
            const __m128i found =
                _mm_or_si128(_mm_or_si128(Stop::in(a), Stop::in(b)), _mm_or_si128(Stop::in(c), Stop::in(d)));
            if (_mm_movemask_epi8(found) != 0) break;
            seen_ = _mm_or_si128(seen_, _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d)));
        }
        return to<Stop>(p);
    }

    // False: there was, or may have been, a byte that is not. Some around what was passed are looked at, too.
    bool only_ascii() const noexcept { return _mm_movemask_epi8(seen_) == 0; }

private:
    static __m128i load(const char* p) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

    static unsigned first(unsigned mask) noexcept { return static_cast<unsigned>(__builtin_ctz(mask)); }

    // A bit for each of sixteen bytes.
    template <class Stop>
    unsigned stops(const char* p) noexcept {
        const __m128i bytes = load(p);
        seen_ = _mm_or_si128(seen_, bytes);
        return static_cast<unsigned>(_mm_movemask_epi8(Stop::in(bytes)));
    }

    const char* end_;
    const char* last_;   // the last sixteen
    __m128i seen_ = _mm_setzero_si128();
};

#else

class Seeker {
public:
    static constexpr std::ptrdiff_t least_input = 0;

    explicit Seeker(const char* end) noexcept : end_{end} {}

    template <class Stop>
    bool to(const char*& p) noexcept {
        for (; p != end_ && !Stop::is(*p); ++p) seen_ |= static_cast<unsigned char>(*p);
        return p != end_;
    }
    template <class Stop>
    bool to_far(const char*& p) noexcept {
        return to<Stop>(p);
    }

    bool only_ascii() const noexcept { return seen_ < 0x80; }

private:
    const char* end_;
    unsigned seen_ = 0;
};

#endif

}   // namespace wsxmpp::core
