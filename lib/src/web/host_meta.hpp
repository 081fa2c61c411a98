// Where the WebSocket of a domain is, as clients look it up over HTTP: XEP-0156 in the formats of RFC 6415. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wsxmpp::web {

std::string host_meta_xml(std::string_view url);    // an XRD document
std::string host_meta_json(std::string_view url);   // a JRD document

// "wss://host/path", whole, of the characters that a URL may have (RFC 6455 §3).
bool is_websocket_url(std::string_view text);

// "chat.example.org", "192.0.2.1:8080", "[::1]:8080": what may stand in a URL as it is.
bool is_host_and_port(std::string_view text);

// For an attribute value in either kind of quotes, in XML and in HTML.
std::string escaped(std::string_view text);

}   // namespace wsxmpp::web
