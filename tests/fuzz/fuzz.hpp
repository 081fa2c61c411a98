// What the fuzz targets share.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/xml_text.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::fuzz {

// Ends the run, so that libFuzzer keeps the input.
inline void require(bool condition, const char* what, std::string_view text = {}) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n%.*s\n", what, static_cast<int>(text.size()), text.data());
    std::abort();
}

// The first byte of an input: how the rest is to be read.
inline char take_byte(std::string_view& input) {
    const char c = input.empty() ? '\0' : input.front();
    if (!input.empty()) input.remove_prefix(1);
    return c;
}

// The input up to the next form feed, which no XML can hold.
inline std::string_view take_part(std::string_view& input) {
    const std::size_t end = input.find('\f');
    const std::string_view part = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return part;
}

inline Limits wide_limits() {
    Limits limits;
    limits.max_depth = limits.max_attributes = 100'000;
    return limits;
}

// Sizes of pieces, as `scheme` says: '1' to '9' bytes each, anything else makes them vary up to 64 bytes.
class Pieces {
public:
    explicit Pieces(char scheme) : scheme_{scheme}, state_{static_cast<unsigned char>(scheme)} {}
    std::size_t next() {
        if (scheme_ >= '1' && scheme_ <= '9') return static_cast<std::size_t>(scheme_ - '0');
        state_ = state_ * 1'664'525U + 1'013'904'223U;
        return 1 + (state_ >> 24U) % ((state_ & 0x100U) != 0 ? 4 : 64);
    }

private:
    char scheme_;
    std::uint32_t state_;
};

inline bool is_utf8(std::string_view text) {
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); p != end;) {
        char32_t c = 0;
        const std::size_t size = static_cast<unsigned char>(*p) < 0x80 ? 1 : core::decode_utf8(p, end, c);
        if (size == 0) return false;
        p += size;
    }
    return true;
}

// A sentence for a log line and a WebSocket close reason.
inline bool is_sentence(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20) return false;
    return !text.empty() && is_utf8(text);
}

}   // namespace wsxmpp::fuzz
