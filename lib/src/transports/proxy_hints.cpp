#include "transports/proxy_hints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/ip/address.hpp>

namespace wsxmpp::transports {

using namespace std::string_view_literals;

ProxyMark find_proxy_mark(std::string_view begin) {
    for (const std::string_view mark : {"PROXY "sv, "\r\n\r\n\0\r\nQUIT\n"sv}) {
        const std::size_t size = std::min(mark.size(), begin.size());
        if (begin.substr(0, size) == mark.substr(0, size))
            return size == mark.size() ? ProxyMark::whole : ProxyMark::partial;
    }
    return ProxyMark::none;
}

std::string network_name(const ClientAddress& peer) {
    if (!peer.is_ip()) return "unix:";
    if (peer.kind() == ClientAddress::Kind::v6) return asio::ip::address_v6{peer.bytes()}.to_string();
    asio::ip::address_v4::bytes_type bytes{};
    std::copy_n(peer.bytes().begin(), bytes.size(), bytes.begin());
    return asio::ip::address_v4{bytes}.to_string();
}

bool is_private(const ClientAddress& peer) {
    if (!peer.is_ip() || peer.is_loopback()) return true;
    const auto& b = peer.bytes();
    if (peer.kind() == ClientAddress::Kind::v6)
        return (b[0] & 0xFEU) == 0xFC || (b[0] == 0xFE && (b[1] & 0xC0U) == 0x80);
    return b[0] == 10 || (b[0] == 172 && (b[1] & 0xF0U) == 16) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 169 && b[1] == 254);
}

std::string untrusted_proxy_header(const ClientAddress& peer) {
    return fmt::format("PROXY header from {0}, which no --trusted-proxy {0}=proxy-protocol names", network_name(peer));
}

std::string ignored_header(std::string_view header, const ClientAddress& peer) {
    return fmt::format("{0} from {1} is ignored: --trusted-proxy {1}{2} would believe it", header, network_name(peer),
                       header == "Forwarded" ? "=forwarded" : "");
}

}   // namespace wsxmpp::transports
