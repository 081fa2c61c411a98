#include "options/values.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace wsxmpp::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds a_day = std::chrono::hours{24};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// Nothing when the text is no whole number, or too large for one.
std::optional<std::size_t> number(std::string_view text) {
    std::size_t value = 0;
    if (!all_digits(text)) return std::nullopt;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::uint16_t port_number(std::string_view text, std::string_view port, std::uint16_t least) {
    const auto value = number(port);
    if (!value || *value < least || *value > 65'535)
        refuse(text, "has no valid port: '" + std::string{port} + "' is not a number from " + std::to_string(least) +
                         " to 65535");
    return static_cast<std::uint16_t>(*value);
}

struct Split {
    std::string_view host;
    std::optional<std::string_view> port;
    bool bracketed = false;
};

// host, host:port, [v6], [v6]:port
Split split_port(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        if (end == std::string_view::npos) refuse(text, "lacks a ']'");
        const auto rest = text.substr(end + 1);
        if (rest.empty()) return {text.substr(1, end - 1), std::nullopt, true};
        if (rest.front() != ':') refuse(text, "has something other than ':PORT' after the ']'");
        return {text.substr(1, end - 1), rest.substr(1), true};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return {text, std::nullopt, false};
    if (text.find(':', colon + 1) != std::string_view::npos && text.find('/') == std::string_view::npos)
        refuse(text, "has several colons: write an IPv6 address in brackets, like [::1]:6222");
    return {text.substr(0, colon), text.substr(colon + 1), false};
}

void refuse_uri(std::string_view text, const std::string& form) {
    if (text.find("://") != std::string_view::npos) refuse(text, "is a URI: give " + form + " alone");
}

}   // namespace

void refuse(std::string_view text, const std::string& why) {
    throw std::invalid_argument{"'" + std::string{text} + "' " + why};
}

ListenHost parse_listen_host(std::string_view text) {
    if (all_digits(text)) return {"localhost", {}, port_number(text, text, 0)};
    const auto [host, port, bracketed] = split_port(text);
    ListenHost result;
    if (port) result.port = port_number(text, *port, 0);
    if (host.empty())
        refuse(text, "names no address: '*:6222' listens on every address, 'localhost:6222' on this machine alone");
    if (host == "localhost" || host == "*") {
        result.host = host;
        return result;
    }
    std::error_code ec;
    result.address = asio::ip::make_address(std::string{host}, ec);
    if (ec)
        refuse(text,
               "has no IP address before the port: give one of this machine's, or 'localhost', or '*' for all of them");
    if (bracketed && !result.address.is_v6()) refuse(text, "has brackets around what is not an IPv6 address");
    return result;
}

HostPort parse_upstream(std::string_view text, std::uint16_t standard) {
    refuse_uri(text, "HOST:PORT");
    const auto [host, port, bracketed] = split_port(text);
    const bool legible = std::all_of(host.begin(), host.end(), [](char c) {
        return c > ' ' && c != '/' && c != '@' && c != '\x7f' && c != '"' && c != '\'';
    });
    if (host.empty() || !legible) refuse(text, "names no host: give HOST or HOST:PORT, like localhost:5222");
    std::error_code ec;
    if (bracketed && !asio::ip::make_address(std::string{host}, ec).is_v6())
        refuse(text, "has brackets around what is not an IPv6 address");
    if (!bracketed && !port && all_digits(host))
        refuse(text, "is a number: give HOST:PORT, like localhost:" + std::string{host});
    return {std::string{host}, port ? port_number(text, *port, 1) : standard};
}

milliseconds parse_seconds(std::string_view text, milliseconds least) {
    const std::string range = std::string{"is not a number of seconds "} +
                              (least.count() == 0 ? "(0 or more" : "(more than 0") + ", at most 86400, like 10 or 0.5)";
    const auto point = text.find('.');
    const auto whole = number(text.substr(0, point));
    if (!whole) refuse(text, range);
    std::string digits{point == std::string_view::npos ? "0" : text.substr(point + 1)};
    if (!all_digits(digits)) refuse(text, range);
    digits.resize(3, '0');
    if (*whole > static_cast<std::size_t>(a_day.count())) refuse(text, range);   // so that the sum can't overflow
    const auto value = static_cast<milliseconds::rep>(*whole * 1'000 + *number(digits));
    if (value < least.count() || value > a_day.count()) refuse(text, range);
    return milliseconds{value};
}

std::size_t parse_count(std::string_view text, std::size_t least, std::size_t most, std::string_view unit) {
    const auto value = number(text);
    if (!value || *value < least || *value > most)
        refuse(text, "is not a number of " + std::string{unit} + " from " + std::to_string(least) + " to " +
                         std::to_string(most));
    return *value;
}

std::string parse_websocket_uri(std::string_view text) {
    std::string_view rest;
    if (text.substr(0, 5) == "ws://") rest = text.substr(5);
    if (text.substr(0, 6) == "wss://") rest = text.substr(6);
    // printable ASCII without what RFC 3986 does not allow; a fragment has no place here (RFC 6455 §3)
    const bool legal = std::all_of(rest.begin(), rest.end(), [](char c) {
        return c > ' ' && c < '\x7f' && std::string_view{"\"<>\\^`{|}#"}.find(c) == std::string_view::npos;
    });
    if (rest.empty() || rest.front() == '/' || rest.front() == ':' || !legal)
        refuse(text, "is not a WebSocket URI, like wss://chat.example.org/xmpp");
    return std::string{text};
}

}   // namespace wsxmpp::app
