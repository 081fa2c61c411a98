#include "options/listen_values.hpp"

#include <sys/un.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace wsxmpp::app {
namespace {

using Kind = ListenAddress::Kind;
using Tells = TrustedProxy::Tells;

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;
constexpr unsigned everybody = 0666;
constexpr unsigned owner_and_group = 0660;

bool take(std::string_view& text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix) return false;
    text.remove_prefix(prefix.size());
    return true;
}

ListenAddress of_host(const ListenHost& parsed, std::uint16_t standard_port) {
    ListenAddress result;
    result.port = parsed.port.value_or(standard_port);
    if (parsed.host == "*") result.kind = Kind::every;
    if (parsed.host.empty()) {
        result.kind = Kind::address;
        result.address = parsed.address;
    }
    return result;
}

unsigned parse_mode(std::string_view text, std::string_view digits) {
    unsigned mode = 0;
    for (const char c : digits) {
        if (c < '0' || c > '7') mode = 01000;
        mode = mode * 8 + static_cast<unsigned>(c - '0');
        if (mode > 0777) break;
    }
    if (digits.empty() || mode > 0777) refuse(text, "has no valid mode: give octal digits, like mode=660");
    return mode;
}

ListenAddress of_unix_socket(std::string_view text, std::string_view rest, unsigned mode) {
    constexpr std::size_t max_path = sizeof(sockaddr_un::sun_path) - 1;
    ListenAddress result;
    result.kind = Kind::unix_socket;
    result.mode = mode;
    const auto semicolon = std::min(rest.find(';'), rest.size());
    result.name = rest.substr(0, semicolon);
    rest.remove_prefix(semicolon);
    if (result.name.size() < 2 || result.name.front() != '/')
        refuse(text, "has no absolute path: give unix:/PATH, like unix:/run/wsxmpp/wsxmpp.sock");
    if (result.name.size() > max_path)
        refuse(text, "is too long for a socket: its path may have " + std::to_string(max_path) + " bytes");
    if (rest.empty()) return result;
    if (!take(rest, ";mode="))
        refuse(text, "has an unknown setting: there is mode=, as in unix:/run/wsxmpp.sock;mode=660");
    result.mode = parse_mode(text, rest);
    return result;
}

ListenAddress of_descriptor(std::string_view text, std::string_view rest) {
    ListenAddress result;
    result.kind = Kind::descriptor;
    try {
        result.descriptor = static_cast<int>(parse_count(rest, 0, 1'048'576, "a descriptor"));
    } catch (const std::invalid_argument&) {
        refuse(text, "has no number of a descriptor behind fd:, like fd:3");
    }
    return result;
}

// What is no address.
std::optional<ListenAddress> of_another_kind(std::string_view text, std::string_view rest) {
    if (take(rest, "unix:")) return of_unix_socket(text, rest, everybody);
    if (take(rest, "fd:")) return of_descriptor(text, rest);
    if (!take(rest, "systemd") || (!rest.empty() && rest.front() != ':')) return std::nullopt;
    ListenAddress result;
    result.kind = Kind::systemd;
    if (rest == ":") refuse(text, "has no name behind the ':': give that of FileDescriptorName=, or systemd alone");
    if (!rest.empty()) result.name = rest.substr(1);
    return result;
}

unsigned parse_prefix(std::string_view text, std::string_view digits, unsigned most) {
    try {
        return static_cast<unsigned>(parse_count(digits, 0, most, "bits"));
    } catch (const std::invalid_argument&) {
        refuse(text, "has no valid prefix: a number of bits from 0 to " + std::to_string(most) + " follows the '/'");
    }
}

// The network that an address is in.
asio::ip::address masked(const asio::ip::address& address, unsigned prefix) {
    const auto mask = [prefix](auto bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const std::size_t kept = prefix > i * 8 ? std::min<std::size_t>(prefix - i * 8, 8) : 0;
            bytes[i] = static_cast<unsigned char>(bytes[i] & (0xFF00U >> kept));
        }
        return bytes;
    };
    if (address.is_v4()) return asio::ip::address_v4{mask(address.to_v4().to_bytes())};
    return asio::ip::address_v6{mask(address.to_v6().to_bytes())};
}

Tells parse_tells(std::string_view text, std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, Tells>, 3> names{
        {{"x-forwarded-for", Tells::x_forwarded_for},
         {"forwarded", Tells::forwarded},
         {"proxy-protocol", Tells::proxy_protocol}}};
    for (const auto& [known, tells] : names)
        if (known == name) return tells;
    refuse(text, "has behind the '=' something else than x-forwarded-for, forwarded or proxy-protocol");
}

}   // namespace

ListenAddress parse_listen(std::string_view text) {
    std::string_view rest = text;
    const bool tls = take(rest, "wss://");
    const bool uri = tls || take(rest, "ws://");
    if (rest.find("://") != std::string_view::npos)
        refuse(text, "is a URI of something else: there are ws://ADDR:PORT and wss://ADDR:PORT");
    ListenAddress result;
    if (auto other = of_another_kind(text, rest)) {
        result = *std::move(other);
    } else {
        const auto slash = uri ? std::min(rest.find('/'), rest.size()) : rest.size();
        if (slash + 1 < rest.size()) refuse(text, "has a path: that is said with --path, for all places alike");
        result = of_host(parse_listen_host(rest.substr(0, slash)), tls   ? https_port
                                                                   : uri ? http_port
                                                                         : default_listen_port);
    }
    result.tls = tls;
    return result;
}

ListenAddress parse_admin(std::string_view text) {
    std::string_view rest = text;
    if (take(rest, "unix:")) return of_unix_socket(text, rest, owner_and_group);
    if (text.find("://") != std::string_view::npos) refuse(text, "is a URI: give ADDR:PORT alone");
    const std::string_view before_colon = text.substr(0, text.find(':'));
    if (before_colon == "systemd" || before_colon == "fd")
        refuse(text, "is no place for it: give ADDR:PORT or unix:/PATH");
    const ListenHost parsed = parse_listen_host(text);
    if (!parsed.port) refuse(text, "has no port: give ADDR:PORT, like localhost:9222, or the port alone");
    return of_host(parsed, *parsed.port);
}

TrustedProxy parse_trusted_proxy(std::string_view text) {
    TrustedProxy proxy;
    const auto equals = std::min(text.find('='), text.size());
    const std::string_view network = text.substr(0, equals);
    if (equals < text.size()) proxy.tells = parse_tells(text, text.substr(equals + 1));
    if (network == "unix:") {
        proxy.unix_socket = true;
        return proxy;
    }
    const auto slash = std::min(network.find('/'), network.size());
    std::error_code ec;
    proxy.network = asio::ip::make_address(std::string{network.substr(0, slash)}, ec);
    if (ec) refuse(text, "names no network: give an IP address, ADDR/BITS, or unix: for Unix-domain sockets");
    const unsigned most = proxy.network.is_v4() ? 32 : 128;
    proxy.prefix = slash < network.size() ? parse_prefix(text, network.substr(slash + 1), most) : most;
    if (const auto whole = masked(proxy.network, proxy.prefix); whole != proxy.network)
        refuse(text,
               "has bits behind its prefix: the network is " + whole.to_string() + "/" + std::to_string(proxy.prefix));
    return proxy;
}

void add(const TrustedProxy& proxy, std::string_view text, std::vector<TrustedProxy>& proxies) {
    for (const TrustedProxy& other : proxies) {
        const bool same =
            proxy.unix_socket == other.unix_socket && proxy.network == other.network && proxy.prefix == other.prefix;
        if (same && proxy.tells != other.tells)
            refuse(text, "tells in another way what was named before: give one way for each network");
    }
    proxies.push_back(proxy);
}

namespace {

// Without what does not change it: "/run/./x", "//run/x". A ".." may, behind a link.
std::string one_path(const std::string& path) {
    std::string plain;
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto slash = std::min(rest.find('/'), rest.size());
        const std::string_view name = rest.substr(0, slash);
        if (!name.empty() && name != ".") plain.append("/").append(name);
        rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    return plain;
}

bool is_tcp(const ListenAddress& a) {
    return a.kind == Kind::loopback || a.kind == Kind::every || a.kind == Kind::address;
}

// Whether a connection could come to both, as far as that shows without a socket.
bool overlap(const ListenAddress& a, const ListenAddress& b) {
    if (a.kind == Kind::unix_socket && b.kind == Kind::unix_socket) return one_path(a.name) == one_path(b.name);
    if (a.kind == Kind::descriptor && b.kind == Kind::descriptor) return a.descriptor == b.descriptor;
    if (a.kind == Kind::systemd && b.kind == Kind::systemd) return a.name == b.name;
    if (!is_tcp(a) || !is_tcp(b) || a.port != b.port || a.port == 0) return false;
    if (a.kind == Kind::every || b.kind == Kind::every) return true;
    if (a.kind == Kind::loopback && b.kind == Kind::loopback) return true;
    if (b.kind == Kind::loopback) return a.address.is_unspecified() || a.address.is_loopback();
    if (a.kind == Kind::loopback) return b.address.is_unspecified() || b.address.is_loopback();
    if (a.address.is_v4() != b.address.is_v4()) return false;
    return a.address == b.address || a.address.is_unspecified() || b.address.is_unspecified();
}

// What only one of them can have, and the word for it.
std::pair<std::string, std::string_view> what_is_shared(const ListenAddress& a) {
    if (a.kind == Kind::unix_socket) return {"unix:" + a.name, "path"};
    if (a.kind == Kind::descriptor) return {"fd:" + std::to_string(a.descriptor), "descriptor"};
    if (a.kind == Kind::systemd) return {a.name.empty() ? "systemd" : "systemd:" + a.name, "name"};
    return {"port " + std::to_string(a.port), "port"};
}

void check_one_scheme(const ListenAddress& a, const ListenAddress& b) {
    if (!a.tls || b.tls || !overlap(a, b)) return;
    const auto [place, word] = what_is_shared(b);
    throw std::invalid_argument{"--listen: " + place + " cannot be for ws and wss both: give one of them another " +
                                std::string{word}};
}

// Ports may be named twice, as in "localhost:80" and "127.0.0.1:80": one socket serves both.
void check_named_once(const ListenAddress& a, const ListenAddress& b) {
    if (is_tcp(a) || a.tls != b.tls || !overlap(a, b)) return;
    throw std::invalid_argument{"--listen: " + what_is_shared(b).first + " is named twice"};
}

}   // namespace

void check_listen(const std::vector<ListenAddress>& addresses, bool has_certificates,
                  const std::optional<ListenAddress>& admin) {
    const bool tls = std::any_of(addresses.begin(), addresses.end(), [](const ListenAddress& a) { return a.tls; });
    if (tls && !has_certificates)
        throw std::invalid_argument{"--listen: wss needs a certificate: name its file with --tls-cert"};
    if (!tls && has_certificates)
        throw std::invalid_argument{
            "--tls-cert: nothing is listened on with TLS: --listen 'wss://*:443', for example, would be"};
    for (auto one = addresses.begin(); one != addresses.end(); ++one) {
        for (const auto& other : addresses) check_one_scheme(*one, other);
        for (auto other = std::next(one); other != addresses.end(); ++other) check_named_once(*one, *other);
        if (!admin || !overlap(*one, *admin)) continue;
        const auto [place, word] = what_is_shared(*admin);
        throw std::invalid_argument{"--admin: " + place + " is that of --listen: give it another " + std::string{word}};
    }
}

}   // namespace wsxmpp::app
