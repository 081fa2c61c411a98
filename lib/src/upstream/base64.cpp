#include "upstream/base64.hpp"

#include <cstdint>

namespace wsxmpp::upstream {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}   // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 == 0)
        for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
    if (text.size() % 4 == 1) return {};
    std::string bytes;
    std::uint32_t bits = 0;   // of which `count` are not yet written
    int count = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return {};
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xFFU);
        bits &= (1U << count) - 1;
    }
    if (bits != 0) return {};
    return bytes;
}

}   // namespace wsxmpp::upstream
