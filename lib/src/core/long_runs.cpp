#include "core/long_runs.hpp"

#if defined(WSXMPP_AVX2)
#include <immintrin.h>

namespace wsxmpp::core::avx2 {

namespace {

constexpr std::ptrdiff_t half = 32;   // bytes
constexpr std::ptrdiff_t step = 2 * half;

[[gnu::target("avx2")]] inline __m256i load(const char* p) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

// In the highest bit of each byte.
[[gnu::target("avx2")]] inline __m256i plain_text(__m256i bytes) noexcept {
    const __m256i printable =
        _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(' ' - 1));   // signed: what is not ASCII is less
    const __m256i stops = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('<')),
                                          _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('&')),
                                                          _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(']'))));
    return _mm256_andnot_si256(stops, printable);
}

}   // namespace

[[gnu::target("avx2")]] const char* skip_text(const char* p, const char* end) noexcept {
    for (; end - p >= step; p += step) {
        const __m256i plain = _mm256_and_si256(plain_text(load(p)), plain_text(load(p + half)));
        if (_mm256_movemask_epi8(plain) != -1) break;
    }
    return p;
}

[[gnu::target("avx2")]] const char* skip_ascii(const char* p, const char* end) noexcept {
    for (; end - p >= step; p += step)
        if (_mm256_movemask_epi8(_mm256_or_si256(load(p), load(p + half))) != 0) break;
    return p;
}

[[gnu::target("avx2")]] Passed skip_other_than(const char* p, const char* end, char c) noexcept {
    const __m256i wanted = _mm256_set1_epi8(c);
    __m256i seen = _mm256_setzero_si256();
    for (; end - p >= step; p += step) {
        const __m256i a = load(p);
        const __m256i b = load(p + half);
        const __m256i found = _mm256_or_si256(_mm256_cmpeq_epi8(a, wanted), _mm256_cmpeq_epi8(b, wanted));
        if (_mm256_movemask_epi8(found) != 0) break;
        seen = _mm256_or_si256(seen, _mm256_or_si256(a, b));
    }
    return {p, _mm256_movemask_epi8(seen) == 0};
}

}   // namespace wsxmpp::core::avx2

#endif
