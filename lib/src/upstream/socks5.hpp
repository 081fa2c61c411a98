// A SOCKS5 client's conversation (RFC 1928), without authentication, the name resolved by the proxy. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wsxmpp::upstream {

class Socks5 {
public:
    // `host`: a name of at most 255 bytes, or an address; anything else fails at once.
    Socks5(std::string host, std::uint16_t port);

    enum class State { negotiating, connected, failed };

    std::string begin() const;
    // What the proxy sent, cut anywhere; what is to be sent now is appended to `out`. Nothing may follow the reply: the
    // one behind the proxy never speaks first.
    State feed(std::string_view bytes, std::string& out);
    State state() const { return state_; }
    const std::string& detail() const { return detail_; }   // why it failed: "host unreachable"

private:
    bool step(std::string& out);
    std::string request() const;
    bool fail(std::string detail);

    std::string host_;
    std::uint16_t port_;
    std::string in_;   // the beginning of an answer: 262 bytes at most
    std::string detail_;
    State state_ = State::negotiating;
    bool asked_ = false;
};

}   // namespace wsxmpp::upstream
