// What a domain's website says of the certificate of its XMPP server: the JSON documents of POSH (RFC 7711 §3). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::upstream {

// https://HOST/…, port 443: the only address that is ever asked.
struct HttpsUrl {
    std::string host;     // ASCII, a name
    std::string target;   // "/.well-known/posh/xmpp-client.json": printable ASCII
};
std::string to_text(const HttpsUrl& url);
// Without a value: another scheme or port, a user, an address in place of a name, or no URL at all.
std::optional<HttpsUrl> parse_https_url(std::string_view text);

// A fingerprints document, or a reference document: then `url` is there, and no fingerprint.
struct PoshDocument {
    std::string fault;                       // not empty: it is no such document; what is wrong with it
    std::vector<std::string> fingerprints;   // SHA-256 (32 bytes) or SHA-512 (64) of a certificate; any of them fits
    std::optional<HttpsUrl> url;
    std::chrono::seconds expires{};   // more than none
};
PoshDocument parse_posh(std::string_view json);

}   // namespace wsxmpp::upstream
