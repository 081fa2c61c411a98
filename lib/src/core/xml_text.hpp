// The characters of XML 1.0 (5th edition), references, and escaping. Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wsxmpp/event.hpp"

namespace wsxmpp::core {

inline constexpr std::string_view ns_client = "jabber:client";
inline constexpr std::string_view ns_streams = "http://etherx.jabber.org/streams";
inline constexpr std::string_view ns_framing = "urn:ietf:params:xml:ns:xmpp-framing";
inline constexpr std::string_view ns_stream_errors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr std::string_view ns_tls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr std::string_view ns_sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr std::string_view ns_sasl2 = "urn:xmpp:sasl:2";
inline constexpr std::string_view ns_compress_feature = "http://jabber.org/features/compress";
inline constexpr std::string_view ns_compress = "http://jabber.org/protocol/compress";
inline constexpr std::string_view ns_xml = "http://www.w3.org/XML/1998/namespace";
inline constexpr std::string_view ns_xmlns = "http://www.w3.org/2000/xmlns/";

// What a byte may be. A set of flags for each, so that the loops over names, text and values are one look-up a byte.
enum CharClass : std::uint8_t {
    char_name_start = 1,   // ASCII NameStartChar, without ':'
    char_name = 2,         // ASCII NameChar, without ':'
    char_space = 4,        // S
    char_plain_text = 8,   // nothing to look at in text: not '<', '&', ']', no control character, ASCII
    char_ends_name = 16,   // what ends a name in a tag: S, '>', '/', '='
    char_letter = 32,      // ASCII
};

extern const std::array<std::uint8_t, 256> char_classes;

inline bool is_class(char c, std::uint8_t classes) noexcept {
    return (char_classes[static_cast<unsigned char>(c)] & classes) != 0;
}
inline bool is_space(char c) noexcept { return is_class(c, char_space); }

// Reads one UTF-8 character that is not ASCII (RFC 3629). Returns its length, or 0 when it is not valid or not whole.
std::size_t decode_utf8(const char* p, const char* end, char32_t& code_point) noexcept;

bool is_utf8(std::string_view text) noexcept;

bool is_char(char32_t c) noexcept;         // Char
bool is_name_start(char32_t c) noexcept;   // NameStartChar, without ':'
bool is_name_char(char32_t c) noexcept;    // NameChar, without ':'

// The length of the longest prefix of `text` that does not end inside a UTF-8 character.
std::size_t complete_utf8(std::string_view text) noexcept;

enum class Reference { valid, malformed, undefined };

// Reads the reference at `p` (which points at '&'). If valid, `length` is that of the whole reference and `code_point`
// what it stands for.
Reference read_reference(const char* p, const char* end, std::size_t& length, char32_t& code_point) noexcept;

void append_utf8(std::string& out, char32_t code_point);

// The value of an attribute as XML reports it: references resolved, white space made blanks (XML 1.0 §3.3.3). The
// references must be valid.
std::string normalize_value(std::string_view raw);

// Whether normalize_value() would change anything.
bool needs_normalizing(std::string_view raw) noexcept;

// Escaped for both text and attribute values in either quotes; characters that XML forbids become '?'.
std::string escape(std::string_view text);

// A name from the input as part of a sentence: not longer than a sentence bears, and without characters that would
// break a line or a WebSocket close reason, which become '?'.
std::string shown(std::string_view name);

// The same in quotes.
std::string quoted(std::string_view name);

// ` name='raw'`, in the quotes that `raw` does not contain.
void append_attribute(std::string& out, std::string_view name, std::string_view raw);

// ` xmlns:prefix='uri'`, the URI escaped.
void append_namespace(std::string& out, std::string_view prefix, std::string_view uri);

// Puts an attribute of a stream header where it belongs: among the namespaces, or among the attributes.
void add_to_header(StreamHeader& header, std::string_view qname, std::string_view raw);

// The attributes of a stream header, and the declarations of the prefixes they use, but for `declared`.
void append_header_attributes(std::string& out, const StreamHeader& header, std::string_view declared);

inline std::string_view prefix_of(std::string_view qname) noexcept {
    const std::size_t colon = qname.find(':');
    return colon == std::string_view::npos ? std::string_view{} : qname.substr(0, colon);
}
inline std::string_view local_of(std::string_view qname) noexcept {
    return qname.substr(qname.find(':') + 1);   // npos + 1 is 0
}

}   // namespace wsxmpp::core
