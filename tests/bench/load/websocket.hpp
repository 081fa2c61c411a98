// The client's half of RFC 6455: enough to talk to a server that keeps to it, and to notice one that does not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

std::string upgrade_request(std::string_view host, std::string_view path, std::string_view subprotocol);

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Appends one masked frame.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

// Frames of a server, whose payload is handed out piece by piece as it comes.
class FrameReader {
public:
    struct Piece {
        Opcode opcode;            // of the message: never `continuation`
        std::string_view bytes;   // may be empty
        bool begins;              // the message
        bool ends;                // the message
    };

    // Takes what it can from the front of `bytes`; false: all is taken, and there is no piece.
    bool next(std::string_view& bytes, Piece& piece);

private:
    bool read_header(std::string_view& bytes);

    char header_[10] = {};
    std::size_t header_size_ = 0;
    std::uint64_t left_ = 0;   // of the payload of this frame
    bool in_frame_ = false;
    bool fin_ = false;
    bool begins_ = false;
    bool in_message_ = false;   // between the fragments of one
    Opcode opcode_ = Opcode::text;
    Opcode message_ = Opcode::text;
};

}   // namespace bench
