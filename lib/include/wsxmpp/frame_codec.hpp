// The frame codec: WebSocket messages (RFC 7395, and the framing before it) to events and back.
//
// Pure, like the stream codec. What a client sends is checked whole: well-formed, namespace-well-formed, exactly one
// element a message, nothing restricted (RFC 6120 §11.1), so that what the server parses is what the proxy parsed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "wsxmpp/event.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp {

enum class Framing {
    automatic,   // found out from the first message: rfc7395 or legacy
    rfc7395,     // <open/>, one element a message, <close/>
    legacy,      // draft-moffitt-xmpp-over-websocket: <stream:stream …>, one element a message, </stream:stream>
    raw,         // bytes as they are; the codec is not used
};

std::string_view to_string(Framing framing) noexcept;

// Messages from a client to events.
class FrameDecoder {
public:
    explicit FrameDecoder(Framing framing = Framing::automatic, Limits limits = {});
    ~FrameDecoder();
    FrameDecoder(FrameDecoder&&) noexcept;
    FrameDecoder& operator=(FrameDecoder&&) noexcept;

    // The event of one message, which is borrowed as long as the event; nullptr: error() says what is wrong with it.
    // An XML declaration before the element, and white space after it, are not part of the event.
    const Event* decode(std::string_view message);

    // not_well_formed, restricted_xml, invalid_namespace, bad_format, not_authorized, unsupported_encoding,
    // invalid_utf8, element_too_large, too_deep, too_many_attributes.
    std::error_code error() const noexcept;
    // What exactly was wrong, for the client's programmer: "the prefix 'foo' is not declared".
    std::string_view detail() const noexcept;

    // The framing in use; `automatic` until a message has told.
    Framing framing() const noexcept;

    // The last header that came; empty before the first.
    const StreamHeader& header() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// <open/> with the attributes of a stream header, all of them (RFC 7395 §3.3.1).
std::string encode_frame_open(const StreamHeader& header);

// <close/>, with see-other-uri when `see_other_uri` is not empty (RFC 7395 §3.6.1). The URI is escaped here.
std::string encode_frame_close(std::string_view see_other_uri = {});

// A complete stream error that stands alone: `condition` is a name of RFC 6120 §4.9.3, `text` is escaped here.
std::string encode_stream_error(std::string_view condition, std::string_view text);

}   // namespace wsxmpp
