#include "web/host_meta.hpp"

#include <algorithm>
#include <asio/ip/address_v6.hpp>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace wsxmpp::web {

namespace {

constexpr std::string_view relation = "urn:xmpp:alt-connections:websocket";   // XEP-0156 §2.1

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return ec == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
}

}   // namespace

// The element must have no prefix: Converse compares its whole name.
std::string host_meta_xml(std::string_view url) {
    std::string text =
        "<?xml version='1.0' encoding='UTF-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n";
    text.append("  <Link rel='").append(relation).append("' href='").append(escaped(url)).append("'/>\n</XRD>\n");
    return text;
}

// A URL has no character that JSON would want to be escaped.
std::string host_meta_json(std::string_view url) {
    std::string text = R"({"links":[{"rel":")";
    text.append(relation).append(R"(","href":")").append(url).append("\"}]}\n");
    return text;
}

bool is_websocket_url(std::string_view text) {
    std::string_view rest;
    for (const std::string_view scheme : {"ws://", "wss://"})
        if (text.substr(0, scheme.size()) == scheme) rest = text.substr(scheme.size());
    return is_host_and_port(rest.substr(0, rest.find_first_of("/?"))) &&
           std::all_of(rest.begin(), rest.end(), [](char c) {
               return c > ' ' && c < '\x7F' && std::string_view{"\"<>\\^`{|}#"}.find(c) == std::string_view::npos;
           });
}

bool is_host_and_port(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        std::error_code ec;
        asio::ip::make_address_v6(std::string{text.substr(1, end - 1)}, ec);
        if (ec || text.find('%') != std::string_view::npos) return false;   // a zone is no part of a URL's host
        text.remove_prefix(end + 1);
        return text.empty() || (text.front() == ':' && is_port(text.substr(1)));
    }
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    return !name.empty() && std::all_of(name.begin(), name.end(), is_name_char) &&
           (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            case '\'': result += "&#39;"; break;
            default: result += c;
        }
    }
    return result;
}

}   // namespace wsxmpp::web
