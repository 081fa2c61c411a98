// Which web pages may connect: an allow list for the Origin header, which browsers send with every WebSocket handshake
// and pages cannot change (RFC 6454, RFC 6455 §10.2). It protects the users of browsers from foreign pages; programs
// that are no browsers send what they like.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp {

class OriginList {
public:
    OriginList() = default;   // allows every origin

    // Each is an origin as browsers write it, SCHEME://HOST or SCHEME://HOST:PORT; or one with a wildcard in place of
    // the first labels, "https://*.example.org", which is every subdomain and never example.org itself; or "null",
    // which stands for pages without an origin: local files, sandboxed frames. Names in ASCII (xn--…), in any case; the
    // scheme's own port may be left out. None: every origin is allowed. Throws std::invalid_argument: what is wrong,
    // and what would be right.
    explicit OriginList(const std::vector<std::string>& origins);

    bool any() const noexcept { return entries_.empty(); }
    // Of an Origin header; a malformed one is not allowed, unless every one is.
    bool allows(std::string_view origin) const;

private:
    struct Origin {
        std::string scheme;
        std::string host;         // with the dot in front, for a wildcard: ".example.org"
        std::uint16_t port = 0;   // 0: none, and the scheme has none of its own
    };
    static bool read(std::string_view text, Origin& origin);
    static Origin entry(std::string_view text);

    std::vector<Origin> entries_;   // "null" has that as its host, and no scheme
};

}   // namespace wsxmpp
