#include "upstream/socks5.hpp"

#include <utility>

#include "upstream/address_bytes.hpp"
#include "upstream/literal_address.hpp"

namespace wsxmpp::upstream {

namespace {

constexpr char version = 5;

// RFC 1928 §4
constexpr char type_ipv4 = 1;
constexpr char type_name = 3;
constexpr char type_ipv6 = 4;

// RFC 1928 §6
std::string reply_text(unsigned code) {
    switch (code) {
        case 1: return "general failure of the SOCKS server";
        case 2: return "connection not allowed by the SOCKS server's rules";
        case 3: return "network unreachable";
        case 4: return "host unreachable";
        case 5: return "connection refused";
        case 6: return "TTL expired";
        case 7: return "the SOCKS server does not support CONNECT";
        case 8: return "the SOCKS server does not support this type of address";
        default: return "the SOCKS server's reply has the unknown code " + std::to_string(code);
    }
}

unsigned byte(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

}   // namespace

Socks5::Socks5(std::string host, std::uint16_t port) : host_{std::move(host)}, port_{port} {
    if (host_.empty() || host_.size() > 255) fail("a name of " + std::to_string(host_.size()) + " bytes (RFC 1928 §5)");
}

// One method: no authentication (RFC 1928 §3).
std::string Socks5::begin() const { return state_ == State::failed ? std::string{} : std::string{"\5\1\0", 3}; }

Socks5::State Socks5::feed(std::string_view bytes, std::string& out) {
    if (state_ != State::negotiating) return state_;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        in_ += bytes[i];
        if (!step(out)) return state_;
        if (state_ == State::connected && i + 1 < bytes.size()) {
            fail("the SOCKS server sent more than its reply");
            return state_;
        }
    }
    return state_;
}

// Looks at what one more byte has made of the answer. False: it failed.
bool Socks5::step(std::string& out) {
    if (byte(in_, 0) != version) return fail("it is no SOCKS5 server: its answer begins with another version");
    const std::size_t size = in_.size();
    if (!asked_) {
        if (size < 2) return true;
        if (byte(in_, 1) == 0xFF) return fail("the SOCKS server requires authentication");
        if (byte(in_, 1) != 0) return fail("the SOCKS server chose a method that was not offered");
        in_.clear();
        asked_ = true;
        out += request();
        return true;
    }
    if (size >= 2 && byte(in_, 1) != 0) return fail(reply_text(byte(in_, 1)));   // all that matters of it
    if (size < 5) return true;
    std::size_t address = 0;
    switch (in_[3]) {
        case type_ipv4: address = 4; break;
        case type_name: address = 1 + byte(in_, 4); break;
        case type_ipv6: address = 16; break;
        default: return fail("the SOCKS server's reply has an address of an unknown type");
    }
    if (size == 4 + address + 2) {
        in_.clear();
        state_ = State::connected;
    }
    return true;
}

// RFC 1928 §4
std::string Socks5::request() const {
    std::string text{version, 1, 0};
    const auto address = literal_address(host_);
    if (!address)
        text.append(1, type_name).append(1, static_cast<char>(host_.size())).append(host_);
    else
        text.append(1, address->is_v4() ? type_ipv4 : type_ipv6).append(bytes_of(*address));
    return text.append(1, static_cast<char>(port_ >> 8U)).append(1, static_cast<char>(port_ & 0xFFU));
}

bool Socks5::fail(std::string detail) {
    state_ = State::failed;
    detail_ = std::move(detail);
    return false;
}

}   // namespace wsxmpp::upstream
