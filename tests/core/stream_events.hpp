// Runs a StreamDecoder over some bytes, cut where a test wants, and writes down what came out of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wsxmpp/stream_codec.hpp"

namespace wsxmpp::test {

struct StreamResult {
    std::vector<std::string> events;   // "open id=1", the element standing alone, "close"
    std::error_code error;
    std::string detail;

    bool operator==(const StreamResult& o) const {
        return events == o.events && error == o.error && detail == o.detail;
    }
};

inline void take_events(StreamDecoder& decoder, StreamResult& result) {
    while (const Event* event = decoder.next()) {
        switch (event->type) {
            case Event::Type::open: {
                std::string text = "open";
                for (const Attribute& a : event->header->attributes) text += " " + a.name + "=" + a.value;
                result.events.push_back(text);
                break;
            }
            case Event::Type::element: result.events.push_back(event->element.str()); break;
            case Event::Type::close: result.events.emplace_back("close"); break;
            case Event::Type::space: result.events.emplace_back("space"); break;
        }
    }
    result.error = decoder.error();
    result.detail = decoder.detail();
}

// The pieces are copied, each to memory of its own, so that a sanitizer sees any view that outlives its input.
inline StreamResult decode_pieces(const std::vector<std::string_view>& pieces, Limits limits = {}) {
    StreamDecoder decoder{limits};
    StreamResult result;
    for (const std::string_view piece : pieces) {
        const std::vector<char> copy(piece.begin(), piece.end());
        decoder.feed({copy.data(), copy.size()});
        take_events(decoder, result);
    }
    return result;
}

inline StreamResult decode(std::string_view bytes, Limits limits = {}) { return decode_pieces({bytes}, limits); }

inline StreamResult decode_split_at(std::string_view bytes, std::size_t at, Limits limits = {}) {
    return decode_pieces({bytes.substr(0, at), bytes.substr(at)}, limits);
}

inline StreamResult decode_byte_by_byte(std::string_view bytes, Limits limits = {}) {
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < bytes.size(); ++i) pieces.push_back(bytes.substr(i, 1));
    return decode_pieces(pieces, limits);
}

}   // namespace wsxmpp::test
