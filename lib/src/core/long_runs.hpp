// Runs over what needs no look where there is much of it, an avatar's text mostly: sixty-four bytes at a step, on
// processors that have AVX2. Each stops where fewer than that are left, or where something is among the next: the
// caller looks closer. On other processors nothing is passed. WSXMPP_NO_AVX2 and WSXMPP_NO_SIMD build what those run.
#pragma once

#include <cstddef>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(WSXMPP_NO_SIMD) && !defined(WSXMPP_NO_AVX2)
#define WSXMPP_AVX2
#endif

namespace wsxmpp::core {

struct Passed {
    const char* end;
    bool only_ascii;   // what was passed; in registers, unlike what a reference is to
};

#if defined(WSXMPP_AVX2)

inline constexpr std::ptrdiff_t long_run = 512;   // bytes; where less is left, the call does not pay

namespace avx2 {
const char* skip_text(const char* p, const char* end) noexcept;
const char* skip_ascii(const char* p, const char* end) noexcept;
Passed skip_other_than(const char* p, const char* end, char c) noexcept;
}   // namespace avx2

inline bool is_long_run(const char* p, const char* end) noexcept {
    return __builtin_expect(static_cast<long>(end - p >= long_run), 0) != 0 && __builtin_cpu_supports("avx2") != 0;
}

// Over printable ASCII but '<', '&' and ']'.
inline const char* skip_long_text(const char* p, const char* end) noexcept {
    return is_long_run(p, end) ? avx2::skip_text(p, end) : p;
}

// Over ASCII.
inline const char* skip_long_ascii(const char* p, const char* end) noexcept {
    return is_long_run(p, end) ? avx2::skip_ascii(p, end) : p;
}

// Over all but `c`.
inline Passed skip_long_other_than(const char* p, const char* end, char c) noexcept {
    return is_long_run(p, end) ? avx2::skip_other_than(p, end, c) : Passed{p, true};
}

#else

inline const char* skip_long_text(const char* p, const char*) noexcept { return p; }
inline const char* skip_long_ascii(const char* p, const char*) noexcept { return p; }
inline Passed skip_long_other_than(const char* p, const char*, char) noexcept { return {p, true}; }

#endif

}   // namespace wsxmpp::core
