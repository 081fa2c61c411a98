// Runs over what needs no look where there is much of it, an avatar's text mostly: sixty-four bytes at a step, on
// processors that have AVX2. Each stops where fewer than that are left, or where something is among the next: the
// caller looks closer. On other processors nothing is passed. WSXMPP_NO_AVX2 and WSXMPP_NO_SIMD build what those run.
#pragma once

#include <cstddef>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(WSXMPP_NO_SIMD) && !defined(WSXMPP_NO_AVX2)
#define WSXMPP_AVX2
#endif

namespace wsxmpp::core {

#if defined(WSXMPP_AVX2)

inline constexpr std::ptrdiff_t long_run = 128;   // what is shorter does not pay the call

namespace avx2 {
const char* skip_text(const char* p, const char* end) noexcept;
const char* skip_ascii(const char* p, const char* end) noexcept;
const char* skip_other_than(const char* p, const char* end, char c, bool& only_ascii) noexcept;
}   // namespace avx2

inline bool is_long_run(const char* p, const char* end) noexcept {
    return end - p >= long_run && __builtin_cpu_supports("avx2") != 0;
}

// Over printable ASCII but '<', '&' and ']'.
inline const char* skip_long_text(const char* p, const char* end) noexcept {
    return is_long_run(p, end) ? avx2::skip_text(p, end) : p;
}

// Over ASCII.
inline const char* skip_long_ascii(const char* p, const char* end) noexcept {
    return is_long_run(p, end) ? avx2::skip_ascii(p, end) : p;
}

// Over all but `c`. Clears `only_ascii` if a byte that was passed is not.
inline const char* skip_long_other_than(const char* p, const char* end, char c, bool& only_ascii) noexcept {
    return is_long_run(p, end) ? avx2::skip_other_than(p, end, c, only_ascii) : p;
}

#else

inline const char* skip_long_text(const char* p, const char*) noexcept { return p; }
inline const char* skip_long_ascii(const char* p, const char*) noexcept { return p; }
inline const char* skip_long_other_than(const char* p, const char*, char, bool&) noexcept { return p; }

#endif

}   // namespace wsxmpp::core
