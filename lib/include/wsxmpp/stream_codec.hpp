// The stream codec: bytes of an XML stream (RFC 6120 §4) to events and back.
//
// Pure: no socket, no clock, no thread. Work is linear in the size of the input however it is split, memory is
// bounded by Limits, and nothing is allocated for an element that arrives whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "wsxmpp/event.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp {

// Bytes from a server to events:
//
//     decoder.feed(bytes);
//     while (const Event* event = decoder.next()) …
//     if (decoder.error()) …
//
// A server is trusted more than a client: boundaries, prefixes, UTF-8 and restricted XML (RFC 6120 §11.1) are looked
// at; whether its tags match is its affair. Comments and processing instructions between elements are dropped, white
// space is swallowed; inside an element they are an error, and so is a DTD anywhere.
class StreamDecoder {
public:
    explicit StreamDecoder(Limits limits = {});
    ~StreamDecoder();
    StreamDecoder(StreamDecoder&&) noexcept;
    StreamDecoder& operator=(StreamDecoder&&) noexcept;

    // Gives the decoder the next bytes; borrowed until next() has returned nullptr. Call next() until it does before
    // the next feed().
    void feed(std::string_view bytes);

    // The next event, or nullptr: more bytes are needed, or error() is set. After an error no event comes.
    const Event* next();

    // not_well_formed, restricted_xml, bad_format, invalid_utf8, too_deep, too_many_attributes, and element_too_large:
    // also for an element that would need more than 512 bytes of the header's declarations to stand alone.
    std::error_code error() const noexcept;
    // What exactly was wrong, for a log: "a comment inside an element".
    std::string_view detail() const noexcept;

    // The last header that came; empty before the first.
    const StreamHeader& header() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// The header that opens a stream on TCP for what the client said in `header`: all attributes are kept; the default
// namespace is jabber:client, the prefix `stream` (RFC 6120 §4.8).
std::string encode_stream_open(const StreamHeader& header);

// The end tag of a stream opened so.
inline constexpr std::string_view stream_close = "</stream:stream>";

// What a WebSocket client is shown of a server's <stream:features/>, as a StreamDecoder gives them, so that they stand
// alone. Takes out what does not reach through a proxy: <starttls/> and <compression/> (RFC 7395 §3.9, XEP-0138), and
// what binds a login to the client's own TLS, which ends at the proxy: the mechanisms whose names end in -PLUS
// (RFC 5802 §6) and those of HT-… with a binding, of SASL (RFC 6120 §6), of SASL 2 (XEP-0388) and of FAST in it
// (XEP-0484), and the types of binding (XEP-0440). All else stays as it is, byte for byte. Linear.
//
// `keep_end_point`: the same certificate stands on both sides of the proxy, so that a binding to it, and to nothing
// else of TLS, holds (tls-server-end-point, RFC 5929 §4): -PLUS and HT-…-ENDP stay, and that type.
// As BridgeOptions::keep_tls_server_end_point.
std::string without_transport_features(std::string_view features, bool keep_end_point = false);

}   // namespace wsxmpp
