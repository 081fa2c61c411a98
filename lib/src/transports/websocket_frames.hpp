// Reads WebSocket frames, as a server does (RFC 6455 §5): bytes in, messages and control frames out. No socket.
//
// Works in place, in the buffer it is fed: payloads are unmasked, and those of successive messages moved together
// so that they lie one right after the other: what is made of them can be sent on without a copy. Only a message
// that is not complete in one read is copied, to a stash that lives as long as the message.
//
// For each read: feed(), next() until need_more, end_read(). Messages are valid until end_read(), the payload of a
// control frame until the next call.
//
// With permessage-deflate (RFC 7692) a compressed message is inflated as it comes, by an Inflater that is lent for the
// read, and the limits hold for what comes out; so does the check of UTF-8.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "transports/deflate.hpp"

namespace wsxmpp::transports {

struct FrameLimits {
    std::size_t max_message = 0;     // bytes
    std::size_t max_fragments = 0;   // frames of one message
    bool accept_binary = false;
};

class FrameReader {
public:
    enum class Event {
        need_more,
        message,     // payload(), a text
        binary,      // payload()
        inflated,    // payload(); a message that was compressed, of either kind: is_text()
        ping,        // payload()
        pong,        // payload()
        close,       // close_code(), payload() is the reason
        violation,   // violation(); the same from now on
    };
    struct Violation {
        std::error_code code;
        std::string text;
    };
    static constexpr std::uint16_t no_close_code = 1005;   // RFC 6455 §7.4.1: never sent, stands for none

    void set_limits(const FrameLimits& limits) { limits_ = limits; }

    // Before feed(), unless inflating(): compressed messages may come in this read. `window_bits`, `takes_over`: as
    // agreed on; `inflater`: of that size, or empty, to be made when it is needed.
    void lend_inflater(int window_bits, bool takes_over, std::unique_ptr<Inflater> inflater);
    // After end_read(), unless inflating().
    std::unique_ptr<Inflater> return_inflater();
    // A compressed message is incomplete.
    bool inflating() const { return compressed_ && in_message_; }
    // After a message: what has been inflated in this read takes so much that it should be done with before
    // next().
    bool crowded() const { return inflater_ && inflater_->crowded(); }
    // Gives up what has been inflated and handed out. After end_read(), too.
    void drop_inflated();

    void feed(char* data, std::size_t size);
    Event next();
    // After a message: the bytes not yet looked at. Fed again, they go on where this ends.
    std::string_view rest() const { return {in_, static_cast<std::size_t>(end_ - in_)}; }
    void end_read();
    // After end_read(): nothing of a frame or message is kept, so that another connection may use this reader.
    bool at_rest() const { return step_ == Step::start && header_size_ == 0 && !in_message_ && !violation_; }

    std::string_view payload() const { return payload_; }
    bool is_text() const { return is_text_; }
    std::uint16_t close_code() const { return close_code_; }
    const Violation& violation() const { return *violation_; }

private:
    enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
    enum class Step : std::uint8_t { start, length, mask, payload };

    Event read_plain_message();
    bool is_whole_text();
    bool read_header();
    bool take_header(std::size_t size);
    bool check_start();
    bool check_length();
    bool check_reserved_bits(unsigned first);
    void begin_message();
    void read_data();
    void read_compressed(std::size_t size);
    bool check_inflated(Inflater::Status status, std::size_t before);
    void read_control();
    bool check_text(const char* data, std::size_t size, bool ascii);
    bool check_text_end();
    Event end_data_frame();
    Event end_control_frame();
    Event end_close_frame();
    bool fail(std::error_code code, std::string text);

    std::size_t length_bytes() const;
    bool is_control() const { return (static_cast<std::uint8_t>(opcode_) & 8u) != 0; }

    FrameLimits limits_;

    // The read buffer, from feed() to end_read().
    char* in_ = nullptr;   // the next byte to look at
    char* end_ = nullptr;
    char* out_ = nullptr;       // where the next payload goes; null: before the first one
    char* message_ = nullptr;   // where the payload of the current message begins; null: nowhere yet

    // The frame.
    std::array<char, 14> header_{};
    std::uint8_t header_size_ = 0;
    Step step_ = Step::start;
    Opcode opcode_ = Opcode::text;
    bool fin_ = false;
    std::array<char, 4> mask_{};
    std::uint8_t mask_phase_ = 0;
    std::uint64_t remaining_ = 0;   // bytes of payload still to come

    // The message.
    bool in_message_ = false;   // a first fragment was seen and no last one
    bool is_text_ = false;
    bool stashed_ = false;   // its payload is in the stash
    bool compressed_ = false;
    std::uint32_t utf8_state_ = 0;
    std::uint64_t message_size_ = 0;   // as it comes
    std::size_t fragments_ = 0;

    std::unique_ptr<Inflater> inflater_;
    std::uint8_t inflater_bits_ = 0;   // 0: none was lent, and nothing may be compressed
    bool inflater_takes_over_ = false;

    std::string stash_;
    std::string control_;   // the payload of a control frame: at most 125 bytes
    std::string_view payload_;
    std::uint16_t close_code_ = no_close_code;
    std::unique_ptr<Violation> violation_;
};

// The header of a frame as a server sends it: unmasked, final (RFC 6455 §5.2).
class FrameHeader {
public:
    static constexpr unsigned char text_frame = 0x81;
    static constexpr unsigned char binary_frame = 0x82;
    static constexpr unsigned char rsv1 = 0x40;   // the message is compressed (RFC 7692 §6)

    FrameHeader(unsigned char first, std::size_t size);
    static FrameHeader text(std::size_t size) { return {text_frame, size}; }
    static FrameHeader close(std::size_t size) { return {0x88, size}; }
    static FrameHeader ping(std::size_t size) { return {0x89, size}; }
    static FrameHeader pong(std::size_t size) { return {0x8A, size}; }

    std::string_view bytes() const { return {bytes_.data(), size_}; }

private:
    std::array<char, 10> bytes_{};
    std::size_t size_ = 2;
};

}   // namespace wsxmpp::transports
