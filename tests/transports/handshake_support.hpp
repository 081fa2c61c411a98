// A request that is fed to a Handshake at once, what is changed in it, and what is looked for in the answer.
#pragma once

#include <string>
#include <string_view>

#include "support.hpp"
#include "transports/websocket_handshake.hpp"

namespace test {

inline wsxmpp::transports::HandshakeAnswer answer_to(const std::string& bytes,
                                                     const wsxmpp::transports::HandshakePolicy& policy) {
    wsxmpp::transports::Handshake handshake{policy};
    auto answer = handshake.feed(bytes);
    REQUIRE(answer);
    return *answer;
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// With the first `what` replaced, which must be there.
inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

}   // namespace test
