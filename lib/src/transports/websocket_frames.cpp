#include "transports/websocket_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "transports/unmask.hpp"
#include "transports/websocketpp_seam.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::transports {

namespace {

std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

bool is_ascii(std::string_view text) {
    std::uint8_t seen = 0;
    for (const char c : text) seen |= byte(c);
    return seen < 0x80;
}

}   // namespace

void FrameReader::feed(char* data, std::size_t size) {
    in_ = data;
    end_ = data + size;
    out_ = message_ = nullptr;
}

FrameReader::Event FrameReader::next() {
    if (violation_) return Event::violation;
    for (;;) {
        if (const Event event = read_plain_message(); event != Event::need_more) return event;
        if (step_ != Step::payload && !read_header()) return violation_ ? Event::violation : Event::need_more;
        if (is_control())
            read_control();
        else
            read_data();
        if (violation_) return Event::violation;
        if (remaining_ > 0) return Event::need_more;
        step_ = Step::start;
        header_size_ = 0;
        if (is_control()) return end_control_frame();
        const Event event = end_data_frame();
        if (event != Event::need_more) return event;
    }
}

// A text message in one frame that is here whole, as nearly all are. need_more: it is not as plain as that, or not
// right; nothing has changed, and the rest of this class takes it.
FrameReader::Event FrameReader::read_plain_message() {
    const auto left = static_cast<std::size_t>(end_ - in_);
    Mask mask;
    if (left < 2 + mask.size() || in_message_ || step_ != Step::start || header_size_ != 0) return Event::need_more;
    if (byte(in_[0]) != 0x81 || (byte(in_[1]) & 0x80U) == 0) return Event::need_more;   // final, text; masked
    std::size_t length = byte(in_[1]) & 0x7FU;
    std::size_t header = 2;
    if (length >= 126) {
        header = 4;
        if (length == 127 || left < header + mask.size()) return Event::need_more;
        length = std::size_t{byte(in_[2])} << 8U | byte(in_[3]);
        if (length < 126) return Event::need_more;   // not the shortest form
    }
    std::memcpy(mask.data(), in_ + header, mask.size());
    header += mask.size();
    if (left - header < length || length > limits_.max_message || limits_.max_fragments == 0) return Event::need_more;

    char* const target = out_ ? out_ : in_ + header;
    const bool ascii = unmask(target, in_ + header, length, mask);
    in_ += header + length;
    out_ = target + length;
    payload_ = {target, length};
    return ascii || is_whole_text() ? Event::message : Event::violation;
}

bool FrameReader::is_whole_text() {
    utf8_state_ = 0;
    return check_text(payload_.data(), payload_.size(), false) && check_text_end();
}

void FrameReader::end_read() {
    if (!stashed_) {
        std::string{}.swap(stash_);   // a message of this read, handed out
        if (message_ && out_ != message_) {
            stash_.assign(message_, out_);
            stashed_ = true;
        }
    }
    in_ = end_ = out_ = message_ = nullptr;
    payload_ = {};
}

bool FrameReader::fail(std::error_code code, std::string text) {
    violation_ = std::make_unique<Violation>(Violation{code, std::move(text)});
    return false;
}

// --- Headers (RFC 6455 §5.2). Each part is judged as soon as it is there: a frame that is too long is refused
// before its payload has come.

bool FrameReader::take_header(std::size_t size) {
    const std::size_t count = std::min(size - header_size_, static_cast<std::size_t>(end_ - in_));
    std::memcpy(header_.data() + header_size_, in_, count);
    in_ += count;
    header_size_ = static_cast<std::uint8_t>(header_size_ + count);
    return header_size_ == size;
}

std::size_t FrameReader::length_bytes() const {
    const auto length = byte(header_[1]) & 0x7Fu;
    return length < 126 ? 0 : length == 126 ? 2 : 8;
}

bool FrameReader::read_header() {
    if (violation_ || !in_) return false;
    if (step_ == Step::start) {
        if (!take_header(2) || !check_start()) return false;
        step_ = Step::length;
    }
    if (step_ == Step::length) {
        if (!take_header(2 + length_bytes()) || !check_length()) return false;
        step_ = Step::mask;
    }
    const std::size_t size = 2 + length_bytes() + mask_.size();
    if (!take_header(size)) return false;
    std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(size - mask_.size()), mask_.size(), mask_.begin());
    mask_phase_ = 0;
    step_ = Step::payload;
    return true;
}

bool FrameReader::check_start() {
    const auto violates = [this](std::string text) { return fail(errc::websocket_violation, std::move(text)); };
    const auto first = byte(header_[0]);
    const auto second = byte(header_[1]);
    const auto opcode = first & 0x0Fu;
    fin_ = (first & 0x80u) != 0;
    opcode_ = static_cast<Opcode>(opcode);

    if ((first & 0x70u) != 0 && !check_reserved_bits(first)) return false;
    if ((opcode > 2 && opcode < 8) || opcode > 10)
        return violates(fmt::format("unknown opcode {:#x} (RFC 6455 §5.2)", opcode));
    if (!(second & 0x80u)) return violates("a client's frame is not masked (RFC 6455 §5.1)");
    if (is_control()) {
        if (!fin_) return violates("a control frame is fragmented (RFC 6455 §5.5)");
        if ((second & 0x7Fu) > 125) return violates("a control frame has more than 125 bytes (RFC 6455 §5.5)");
        return true;
    }
    if (opcode_ == Opcode::continuation && !in_message_)
        return violates("a continuation frame continues nothing (RFC 6455 §5.4)");
    if (opcode_ != Opcode::continuation && in_message_)
        return violates("a new message begins inside a fragmented one (RFC 6455 §5.4)");
    if (opcode_ == Opcode::binary && !limits_.accept_binary)
        return fail(errc::binary_message, "a binary message; only text is taken here (RFC 7395 §3.2)");
    return true;
}

bool FrameReader::check_length() {
    const std::size_t extended = length_bytes();
    std::uint64_t length = byte(header_[1]) & 0x7Fu;
    if (extended > 0) {
        length = 0;
        for (std::size_t i = 0; i < extended; ++i) length = length << 8 | byte(header_[2 + i]);
        if (length >> 63) return fail(errc::websocket_violation, "a length of 2^63 or more (RFC 6455 §5.2)");
        if (length < (extended == 2 ? 126u : 65'536u))
            return fail(errc::websocket_violation, "a length that is not written in the shortest form (RFC 6455 §5.2)");
    }
    remaining_ = length;
    if (is_control()) {
        control_.clear();
        return true;
    }

    if (!in_message_) begin_message();
    // What does not compress gets larger: a byte in eight at most.
    const std::size_t room = std::numeric_limits<std::size_t>::max() - limits_.max_message;
    const std::size_t most = limits_.max_message + (compressed_ ? std::min(limits_.max_message / 8 + 64, room) : 0);
    if (length > most - message_size_) {
        return in_message_ || !fin_
                   ? fail(errc::element_too_large,
                          fmt::format("message of more than {} bytes, which is the limit", limits_.max_message))
                   : fail(errc::element_too_large,
                          fmt::format("message of {} bytes, the limit is {}", length, limits_.max_message));
    }
    message_size_ += length;
    in_message_ = true;
    if (++fragments_ > limits_.max_fragments)
        return fail(errc::too_many_fragments,
                    fmt::format("message of more than {} frames, which is the limit", limits_.max_fragments));
    return true;
}

// RSV1 on the first frame of a data message says that the message is compressed (RFC 7692 §6). Opcodes that are unknown
// are told as such.
bool FrameReader::check_reserved_bits(unsigned first) {
    if (inflater_bits_ == 0 || (first & 0x30u) != 0)
        return fail(errc::websocket_violation, "a reserved bit is set that no extension uses (RFC 6455 §5.2)");
    if (is_control() || opcode_ == Opcode::continuation)
        return fail(errc::websocket_violation, "RSV1 is set on a frame that begins no message (RFC 7692 §6)");
    return true;
}

void FrameReader::begin_message() {
    is_text_ = opcode_ == Opcode::text;
    compressed_ = (byte(header_[0]) & FrameHeader::rsv1) != 0;
    utf8_state_ = 0;
    message_size_ = 0;
    fragments_ = 0;
    if (!compressed_) return;
    if (!inflater_) inflater_ = std::make_unique<Inflater>(inflater_bits_);
    inflater_->begin(inflater_takes_over_);
}

// --- Compressed messages

void FrameReader::lend_inflater(int window_bits, bool takes_over, std::unique_ptr<Inflater> inflater) {
    inflater_bits_ = static_cast<std::uint8_t>(window_bits);
    inflater_takes_over_ = takes_over;
    inflater_ = std::move(inflater);
}

std::unique_ptr<Inflater> FrameReader::return_inflater() {
    inflater_bits_ = 0;
    return std::move(inflater_);
}

void FrameReader::drop_inflated() {
    if (inflater_) inflater_->end_read();
}

void FrameReader::read_compressed(std::size_t size) {
    unmask(in_, in_, size, rotated(mask_, mask_phase_));
    const std::size_t before = inflater_->message().size();
    check_inflated(inflater_->add({in_, size}, limits_.max_message), before);
}

// Of what came out, the first `before` bytes are known to be right.
bool FrameReader::check_inflated(Inflater::Status status, std::size_t before) {
    const std::string_view fresh = inflater_->message().substr(before);
    if (is_text_ && !check_text(fresh.data(), fresh.size(), is_ascii(fresh))) return false;
    switch (status) {
        case Inflater::Status::ok: return true;
        case Inflater::Status::too_large:
            return fail(errc::element_too_large,
                        fmt::format("message of more than {} bytes, which is the limit", limits_.max_message));
        case Inflater::Status::corrupt:
            return fail(errc::corrupt_compression, "a message cannot be decompressed (RFC 7692 §7.2.2)");
    }
    return false;
}

// --- Payloads

void FrameReader::read_data() {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, static_cast<std::size_t>(end_ - in_)));
    if (compressed_) {
        read_compressed(size);
    } else {
        char* const target = stashed_ || !out_ ? in_ : out_;
        const bool ascii = unmask(target, in_, size, rotated(mask_, mask_phase_));
        if (is_text_ && !check_text(target, size, ascii)) return;
        if (stashed_) {
            stash_.append(target, size);
        } else {
            if (!message_) message_ = target;
            out_ = target + size;
        }
    }
    in_ += size;
    remaining_ -= size;
    mask_phase_ = static_cast<std::uint8_t>((mask_phase_ + size) % 4);
}

bool FrameReader::check_text(const char* data, std::size_t size, bool ascii) {
    if (ascii && utf8_state_ == 0) return true;
    if (check_utf8(utf8_state_, {data, size})) return true;
    return fail(errc::invalid_utf8, "a text message is not UTF-8 (RFC 6455 §8.1)");
}

// Frames may split a character, so only the last one can leave it incomplete.
bool FrameReader::check_text_end() {
    return utf8_state_ == 0 || fail(errc::invalid_utf8, "a text message ends inside a character (RFC 6455 §8.1)");
}

FrameReader::Event FrameReader::end_data_frame() {
    if (!fin_) return Event::need_more;
    if (compressed_) {
        const std::size_t before = inflater_->message().size();
        if (!check_inflated(inflater_->end(limits_.max_message), before)) return Event::violation;
        payload_ = inflater_->message();
    } else {
        payload_ =
            stashed_ ? std::string_view{stash_} : std::string_view{message_, static_cast<std::size_t>(out_ - message_)};
    }
    if (is_text_ && !check_text_end()) return Event::violation;
    in_message_ = stashed_ = false;   // end_read() frees the stash: payload_ may point to it
    message_ = nullptr;
    if (compressed_) return Event::inflated;
    return is_text_ ? Event::message : Event::binary;
}

void FrameReader::read_control() {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, static_cast<std::size_t>(end_ - in_)));
    unmask(in_, in_, size, rotated(mask_, mask_phase_));
    control_.append(in_, size);
    in_ += size;
    remaining_ -= size;
    mask_phase_ = static_cast<std::uint8_t>((mask_phase_ + size) % 4);
}

FrameReader::Event FrameReader::end_control_frame() {
    payload_ = control_;
    if (opcode_ == Opcode::close) return end_close_frame();
    return opcode_ == Opcode::ping ? Event::ping : Event::pong;
}

// RFC 6455 §5.5.1: nothing, or a code and a reason in UTF-8.
FrameReader::Event FrameReader::end_close_frame() {
    close_code_ = no_close_code;
    if (payload_.empty()) return Event::close;
    if (payload_.size() == 1) {
        fail(errc::websocket_violation, "a close frame with half a code (RFC 6455 §5.5.1)");
        return Event::violation;
    }
    close_code_ = static_cast<std::uint16_t>(byte(payload_[0]) << 8 | byte(payload_[1]));
    payload_.remove_prefix(2);
    std::uint32_t state = 0;
    if (!is_close_code_allowed(close_code_))
        fail(errc::websocket_violation, fmt::format("close code {} must not be sent (RFC 6455 §7.4)", close_code_));
    else if (!check_utf8(state, payload_) || state != 0)
        fail(errc::invalid_utf8, "a close reason is not UTF-8 (RFC 6455 §5.5.1)");
    return violation_ ? Event::violation : Event::close;
}

// --- Writing

FrameHeader::FrameHeader(unsigned char first, std::size_t size) {
    bytes_[0] = static_cast<char>(first);
    if (size < 126) {
        bytes_[1] = static_cast<char>(size);
        return;
    }
    const std::size_t extended = size < 65'536 ? 2 : 8;
    bytes_[1] = extended == 2 ? 126 : 127;
    for (std::size_t i = 0; i < extended; ++i)
        bytes_[2 + i] = static_cast<char>(size >> (8 * (extended - 1 - i)) & 0xFFu);
    size_ = 2 + extended;
}

}   // namespace wsxmpp::transports
