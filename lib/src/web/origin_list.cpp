#include "wsxmpp/origin_list.hpp"

#include <algorithm>
#include <asio/ip/address_v6.hpp>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include "ascii.hpp"

namespace wsxmpp {

namespace {

using ascii::is_digit;
using ascii::is_letter;
using ascii::lowered;

// RFC 3986 §3.1
bool is_scheme(std::string_view text) {
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

// A name or an IPv4 address; extensions of browsers have names of their own.
bool is_name(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.find("..") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; });
}

std::uint16_t own_port(std::string_view scheme) {
    if (scheme == "http" || scheme == "ws") return 80;
    if (scheme == "https" || scheme == "wss") return 443;
    return 0;
}

bool read_port(std::string_view text, std::uint16_t& port) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return ec == std::errc{} && end == text.data() + text.size() && port != 0;
}

// "[::1]", as browsers write it: the shortest form (RFC 5952).
bool read_ipv6(std::string_view text, std::string& host) {
    std::error_code ec;
    const auto address = asio::ip::make_address_v6(std::string{text}, ec);
    if (ec || address.scope_id() != 0) return false;
    host = '[' + address.to_string() + ']';
    return true;
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw std::invalid_argument{"'" + std::string{text} + "' " + why};
}

constexpr const char* form = "give SCHEME://HOST or SCHEME://HOST:PORT, like https://example.org";

}   // namespace

OriginList::OriginList(const std::vector<std::string>& origins) {
    for (const std::string& text : origins) entries_.push_back(entry(text));
}

// Of a header: no wildcard is one here, because '*' is no character of a name.
bool OriginList::read(std::string_view text, Origin& origin) {
    if (text == "null") {
        origin.host = text;
        return true;
    }
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return false;
    origin.scheme = lowered(text.substr(0, colon));
    if (!is_scheme(origin.scheme)) return false;
    origin.port = own_port(origin.scheme);

    std::string_view rest = text.substr(colon + 3);
    if (rest.empty()) return origin.scheme == "file";   // what the web views of some phones send
    std::string_view port;
    if (rest.front() == '[') {
        const auto end = rest.find(']');
        if (end == std::string_view::npos || !read_ipv6(rest.substr(1, end - 1), origin.host)) return false;
        rest.remove_prefix(end + 1);
        if (rest.empty()) return true;
        if (rest.front() != ':') return false;
        port = rest.substr(1);
    } else {
        const auto end = rest.find(':');
        origin.host = lowered(rest.substr(0, end));
        if (!is_name(origin.host)) return false;
        if (end == std::string_view::npos) return true;
        port = rest.substr(end + 1);
    }
    return read_port(port, origin.port);
}

OriginList::Origin OriginList::entry(std::string_view text) {
    if (text == "*") refuse(text, "would be every page: that is so when no origin is given at all");
    const bool ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii) refuse(text, "has letters that are not ASCII: give the name as browsers send it, with xn--");
    const auto begin = text.find("://");
    if (text == "null") return {{}, "null", 0};
    if (begin == std::string_view::npos) refuse(text, std::string{"is no origin: "} + form);
    if (const auto end = text.find_first_of("/?#", begin + 3); end != std::string_view::npos)
        refuse(text, "has a path, and an origin has none: give '" + std::string{text.substr(0, end)} + "'");

    Origin origin;
    std::string plain{text};
    const bool wildcard = text.substr(begin + 3, 2) == "*.";
    if (wildcard) plain.erase(begin + 3, 2);
    if (plain.find('*') != std::string::npos)
        refuse(text, "has a '*' where none can be: it stands for whole labels at the front, as https://*.example.org");
    if (!read(plain, origin)) refuse(text, std::string{"is no origin: "} + form);
    if (wildcard) {
        if (origin.host.empty() || origin.host.front() == '[')
            refuse(text, "has a '*' where none can be: an address has no subdomains");
        origin.host.insert(0, 1, '.');
    }
    return origin;
}

bool OriginList::allows(std::string_view text) const {
    if (any()) return true;
    Origin origin;
    if (!read(text, origin)) return false;
    return std::any_of(entries_.begin(), entries_.end(), [&origin](const Origin& entry) {
        if (entry.scheme != origin.scheme || entry.port != origin.port) return false;
        if (entry.host.empty() || entry.host.front() != '.') return entry.host == origin.host;
        return origin.host.size() > entry.host.size() &&
               std::string_view{origin.host}.substr(origin.host.size() - entry.host.size()) == entry.host;
    });
}

}   // namespace wsxmpp
