#include "load/websocket.hpp"

#include <algorithm>
#include <cstring>

#include "load/net.hpp"

namespace bench {

std::string upgrade_request(std::string_view host, std::string_view path, std::string_view subprotocol) {
    std::string text = "GET ";
    text.append(path).append(" HTTP/1.1\r\nHost: ").append(host);
    text.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
    text.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    if (!subprotocol.empty()) text.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
    return text.append("\r\n");
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
    static std::uint32_t random = 0x9E3779B9;
    random = random * 1'664'525 + 1'013'904'223;
    out += static_cast<char>(0x80 | static_cast<unsigned>(opcode));
    const std::uint64_t size = payload.size();
    if (size < 126) {
        out += static_cast<char>(0x80 | size);
    } else {
        const int bytes = size < 65'536 ? 2 : 8;
        out += static_cast<char>(0x80 | (bytes == 2 ? 126 : 127));
        for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((size >> (8 * i)) & 0xFF);
    }
    char key[4];
    std::memcpy(key, &random, sizeof key);
    out.append(key, sizeof key);
    const std::size_t at = out.size();
    out.append(payload);
    std::uint64_t wide = (static_cast<std::uint64_t>(random) << 32) | random;
    char* p = out.data() + at;
    std::size_t i = 0;
    for (; i + 8 <= payload.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p + i, 8);
        word ^= wide;
        std::memcpy(p + i, &word, 8);
    }
    for (; i < payload.size(); ++i) p[i] = static_cast<char>(p[i] ^ key[i % 4]);
}

// True once the header is complete.
bool FrameReader::read_header(std::string_view& bytes) {
    std::size_t needed = 2;
    for (;;) {
        if (header_size_ >= 2) {
            const auto length = static_cast<unsigned char>(header_[1]);
            if (length >= 128) throw Failure{"the server sent a masked frame"};
            needed = length == 127 ? 10 : length == 126 ? 4 : 2;
        }
        if (header_size_ >= needed) break;
        if (bytes.empty()) return false;
        header_[header_size_++] = bytes.front();
        bytes.remove_prefix(1);
    }
    header_size_ = 0;
    const auto first = static_cast<unsigned char>(header_[0]);
    if ((first & 0x70) != 0) throw Failure{"the server sent a frame with reserved bits"};
    fin_ = (first & 0x80) != 0;
    opcode_ = static_cast<Opcode>(first & 0x0F);
    left_ = static_cast<unsigned char>(header_[1]);
    if (needed > 2) {
        left_ = 0;
        for (std::size_t i = 2; i < needed; ++i) left_ = left_ << 8 | static_cast<unsigned char>(header_[i]);
    }
    const bool control = opcode_ >= Opcode::close;
    begins_ = opcode_ != Opcode::continuation;
    if (!control && begins_ == in_message_) throw Failure{"the server sent fragments out of order"};
    if (!control) {
        if (begins_) message_ = opcode_;
        in_message_ = !fin_;
    }
    in_frame_ = true;
    return true;
}

bool FrameReader::next(std::string_view& bytes, Piece& piece) {
    const bool fresh = !in_frame_;
    if (fresh && !read_header(bytes)) return false;
    if (!fresh && bytes.empty()) return false;
    const std::size_t size = std::min<std::uint64_t>(left_, bytes.size());
    const bool control = opcode_ >= Opcode::close;
    piece = {control ? opcode_ : message_, bytes.substr(0, size), fresh && begins_, fin_ && size == left_};
    bytes.remove_prefix(size);
    left_ -= size;
    in_frame_ = left_ > 0;
    return true;
}

}   // namespace bench
