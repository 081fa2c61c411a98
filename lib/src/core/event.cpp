#include "wsxmpp/event.hpp"

namespace wsxmpp {

std::string_view StreamHeader::get(std::string_view attribute) const noexcept {
    for (const Attribute& a : attributes)
        if (a.name == attribute) return a.value;
    return {};
}

std::string Element::str() const {
    std::string text;
    text.reserve(size());
    text.append(head).append(declarations).append(tail);
    return text;
}

}   // namespace wsxmpp
