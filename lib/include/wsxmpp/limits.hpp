// Limits of what a peer may send, so that the memory a session takes is known before it starts.
// A plain value, copied into whatever enforces it.
#pragma once

#include <chrono>
#include <cstddef>

namespace wsxmpp {

struct Limits {
    std::size_t max_element = 262'144;   // bytes of one element, tags included; more: element_too_large
    std::size_t max_depth = 256;         // elements open at once inside one element; more: too_deep
    std::size_t max_attributes = 256;    // attributes of one tag, xmlns included; more: too_many_attributes
};

// How much a peer may send in the long run. One that sends more is read more slowly, so that it comes to wait; nothing
// is refused or lost. Each is a token bucket: what was not used in the last `burst` may come at once; what one read
// brings beyond it (64 KiB) passes, and is waited for afterwards.
struct RateLimits {
    std::size_t messages = 1'000;              // a second; 0: any number
    std::size_t bytes = 1'048'576;             // of their payload, a second; 0: any number
    std::chrono::milliseconds burst{10'000};   // so much time's worth at once, 1 GiB at most
};

}   // namespace wsxmpp
