// Times as connections keep them, of which there are many: four bytes. Longer ones than twelve days are not told apart,
// so that two can be added.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace wsxmpp::transports {

using ShortTime = std::chrono::duration<std::int32_t, std::milli>;

inline ShortTime short_of(std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds longest{INT32_MAX / 2};
    return std::chrono::duration_cast<ShortTime>(std::min(time, longest));
}

}   // namespace wsxmpp::transports
