// Runs a FrameDecoder over messages, and writes down what came of each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wsxmpp/error.hpp"
#include "wsxmpp/frame_codec.hpp"

namespace wsxmpp::test {

// "open to=example.org", "{jabber:client}message <message/>", "close </stream:stream>", "space", or the error.
// The message is copied to memory of its own, so that a sanitizer sees what is read behind it.
inline std::string decode_message(FrameDecoder& decoder, std::string_view message) {
    const std::vector<char> copy(message.begin(), message.end());
    const Event* event = decoder.decode({copy.data(), copy.size()});
    if (event == nullptr) return decoder.error().message();
    std::string text;
    switch (event->type) {
        case Event::Type::open:
            text = "open";
            for (const Attribute& a : event->header->attributes) text += " " + a.name + "=" + a.value;
            break;
        case Event::Type::element:
            text.append("{").append(event->element.ns).append("}").append(event->element.name).append(" ");
            text += event->element.str();
            break;
        case Event::Type::close: text.append("close ").append(event->raw); break;
        case Event::Type::space: text = "space"; break;
    }
    return text;
}

inline std::string message_of(errc code) { return make_error_code(code).message(); }

inline constexpr std::string_view framing_open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org'/>";
inline constexpr std::string_view legacy_open =
    "<stream:stream to='example.org' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0'>";

// What comes of a message in a stream that `open` has opened.
inline std::string after(std::string_view open, std::string_view message, Limits limits = {}) {
    FrameDecoder decoder{Framing::automatic, limits};
    const std::string opened = decode_message(decoder, open);
    return opened.substr(0, 4) == "open" ? decode_message(decoder, message) : "not opened: " + opened;
}

inline std::string first(std::string_view message, Framing framing = Framing::automatic) {
    FrameDecoder decoder{framing};
    return decode_message(decoder, message);
}

}   // namespace wsxmpp::test
