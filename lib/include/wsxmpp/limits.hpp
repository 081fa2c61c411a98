// Limits of what a peer may send, so that the memory a session takes is known before it starts.
// A plain value, copied into whatever enforces it.
#pragma once

#include <cstddef>

namespace wsxmpp {

struct Limits {
    std::size_t max_element = 262'144;   // bytes of one element, tags included; more: element_too_large
    std::size_t max_depth = 256;         // elements open at once inside one element; more: too_deep
    std::size_t max_attributes = 256;    // attributes of one tag, xmlns included; more: too_many_attributes
};

}   // namespace wsxmpp
