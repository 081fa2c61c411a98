#include "upstream/proxy_header.hpp"

#include <asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "upstream/address_bytes.hpp"

namespace wsxmpp::upstream {

namespace {

struct Endpoint {
    asio::ip::address address;
    std::uint16_t port = 0;
};

std::optional<std::uint16_t> read_port(std::string_view text) {
    if (text.empty() || text.size() > 5) return {};
    unsigned port = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return {};
        port = port * 10 + static_cast<unsigned>(c - '0');
    }
    if (port > 0xFFFF) return {};
    return static_cast<std::uint16_t>(port);
}

// "192.0.2.1:52344", "[2001:db8::1]:52344"; without a port, as a proxy in front of this one may tell of clients, it is
// 0. A socket that takes both families gives IPv4 clients mapped addresses.
std::optional<Endpoint> read_endpoint(std::string_view text) {
    const std::size_t last = text.rfind(':');
    const bool whole = last == std::string_view::npos || (!text.empty() && text.back() == ']');
    const std::size_t colon = whole ? text.size() : last;
    const std::optional<std::uint16_t> port = whole ? 0 : read_port(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    asio::error_code ec;
    asio::ip::address address = asio::ip::make_address(std::string{host}, ec);
    if (ec || !port || address.is_v6() != brackets) return {};
    if (address.is_v4()) return Endpoint{address, *port};
    const asio::ip::address_v6 v6{address.to_v6().to_bytes()};   // its zone means nothing elsewhere
    if (v6.is_v4_mapped()) return Endpoint{asio::ip::make_address_v4(asio::ip::v4_mapped, v6), *port};
    return Endpoint{v6, *port};
}

struct Ends {
    Endpoint client;
    Endpoint local;
    bool v4() const { return client.address.is_v4(); }
};

asio::ip::address as_v6(const asio::ip::address& address) {
    return address.is_v6() ? address : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
}

// The client's address is what matters: where our own is not known, as that of a Unix-domain socket is not, it is the
// unspecified one; and where the two are of two families, because a proxy in front of this one told of the client, the
// IPv4 one is mapped.
std::optional<Ends> read_ends(const UpstreamRequest& request) {
    const std::optional<Endpoint> client = read_endpoint(request.client);
    if (!client) return {};
    Endpoint unknown;
    if (client->address.is_v6()) unknown.address = asio::ip::address_v6::any();
    Ends ends{*client, read_endpoint(request.local).value_or(unknown)};
    if (ends.client.address.is_v4() != ends.local.address.is_v4()) {
        ends.client.address = as_v6(ends.client.address);
        ends.local.address = as_v6(ends.local.address);
    }
    return ends;
}

// §2.1
std::string version_1(const std::optional<Ends>& ends) {
    if (!ends) return "PROXY UNKNOWN\r\n";
    return std::string{"PROXY "} + (ends->v4() ? "TCP4 " : "TCP6 ") + ends->client.address.to_string() + " " +
           ends->local.address.to_string() + " " + std::to_string(ends->client.port) + " " +
           std::to_string(ends->local.port) + "\r\n";
}

// §2.2

constexpr char tlv_alpn = 0x01;
constexpr char tlv_authority = 0x02;
constexpr char tlv_ssl = 0x20;
constexpr char tlv_ssl_version = 0x21;
constexpr char tlv_ssl_cipher = 0x23;

std::string uint16(std::size_t number) {
    return {static_cast<char>(number >> 8U & 0xFFU), static_cast<char>(number & 0xFFU)};
}

std::string tlv(char type, const std::string& value) { return type + uint16(value.size()) + value; }

// Names are of at most 255 bytes in TLS too; what is longer is left out, so that the header's own length holds.
std::string text_tlv(char type, const std::string& text) {
    return text.empty() || text.size() > 255 ? std::string{} : tlv(type, text);
}

std::string tls_tlvs(const TlsInfo& tls) {
    constexpr char client_ssl = 0x01;                      // it came over TLS, and sent no certificate …
    std::string ssl{client_ssl, '\0', '\0', '\0', '\1'};   // … so that none was verified: not zero
    ssl += text_tlv(tlv_ssl_version, tls.version) + text_tlv(tlv_ssl_cipher, tls.cipher);
    return text_tlv(tlv_alpn, tls.alpn) + text_tlv(tlv_authority, tls.server_name) + tlv(tlv_ssl, ssl);
}

std::string version_2(const std::optional<Ends>& ends, const TlsInfo* tls) {
    std::string out = "\r\n\r\n";
    out.append(1, '\0').append("\r\nQUIT\n");
    if (!ends) return out.append({0x20, 0x00, 0x00, 0x00});   // LOCAL, UNSPEC, nothing follows
    std::string content = bytes_of(ends->client.address) + bytes_of(ends->local.address) + uint16(ends->client.port) +
                          uint16(ends->local.port);
    if (tls != nullptr) content += tls_tlvs(*tls);
    out.append({0x21, ends->v4() ? '\x11' : '\x21'});   // PROXY, TCP over IPv4 or IPv6
    return out + uint16(content.size()) + content;
}

}   // namespace

std::string proxy_header(ProxyProtocol version, const UpstreamRequest& request) {
    switch (version) {
        case ProxyProtocol::none: break;
        case ProxyProtocol::v1: return version_1(read_ends(request));
        case ProxyProtocol::v2: return version_2(read_ends(request), request.client_tls);
    }
    return {};
}

}   // namespace wsxmpp::upstream
