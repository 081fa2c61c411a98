#include "transports/websocket_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "transports/websocketpp_seam.hpp"
#include "wsxmpp/error.hpp"

#if defined(__SSE2__) && !defined(WSXMPP_NO_SIMD)
#include <emmintrin.h>
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(WSXMPP_NO_SIMD) && !defined(WSXMPP_NO_AVX2)
#define WSXMPP_AVX2
#include <immintrin.h>
#endif

namespace wsxmpp::transports {

namespace {

std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

using Mask = std::array<char, 4>;

constexpr std::size_t block = 16;   // bytes
#if defined(WSXMPP_AVX2)
constexpr std::size_t long_step = 128;
#endif

// Unmasks a block, and collects its bits in `seen`.
#if defined(__SSE2__) && !defined(WSXMPP_NO_SIMD)
class BlockUnmasker {
public:
    explicit BlockUnmasker(std::uint32_t key) : key_{_mm_set1_epi32(static_cast<int>(key))} {}
    void operator()(char* out, const char* in) {
        const __m128i bytes = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)), key_);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
        seen_ = _mm_or_si128(seen_, bytes);
    }
    bool ascii() const { return _mm_movemask_epi8(seen_) == 0; }

private:
    const __m128i key_;
    __m128i seen_ = _mm_setzero_si128();
};
#else
class BlockUnmasker {
public:
    explicit BlockUnmasker(std::uint32_t key) : key_{std::uint64_t{key} << 32U | key} {}
    void operator()(char* out, const char* in) {
        std::array<std::uint64_t, 2> words;
        std::memcpy(words.data(), in, block);
        for (std::uint64_t& word : words) seen_ |= word ^= key_;
        std::memcpy(out, words.data(), block);
    }
    bool ascii() const { return (seen_ & 0x8080808080808080U) == 0; }

private:
    const std::uint64_t key_;
    std::uint64_t seen_ = 0;
};
#endif

#if defined(WSXMPP_AVX2)
// Unmasks so many bytes, a multiple of 128. True: they are ASCII.
[[gnu::target("avx2")]] bool unmask_long(char* out, const char* in, std::size_t size, std::uint32_t key) {
    constexpr std::size_t half = 32;
    const __m256i keys = _mm256_set1_epi32(static_cast<int>(key));
    __m256i seen = _mm256_setzero_si256();
    for (const char* const end = in + size; in != end; in += long_step, out += long_step) {
        for (std::size_t at = 0; at != long_step; at += half) {
            const __m256i bytes = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + at)), keys);
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + at), bytes);
            seen = _mm256_or_si256(seen, bytes);
        }
    }
    return _mm256_movemask_epi8(seen) == 0;
}
#endif

// Unmasks what is less than a block (RFC 6455 §5.3). True: it is ASCII.
template <class Word>
bool unmask_word(char*& out, const char*& in, std::uint64_t key) {
    Word word;
    std::memcpy(&word, in, sizeof word);
    word = static_cast<Word>(word ^ key);
    std::memcpy(out, &word, sizeof word);
    in += sizeof word;
    out += sizeof word;
    return (word & static_cast<Word>(0x8080808080808080U)) == 0;
}

// Unmasks `size` bytes (RFC 6455 §5.3) while it moves them from `in` to `out`, which is not behind it. What is stored
// was loaded before, and nothing else is overwritten, so the two may overlap. True: all of them are ASCII.
bool unmask(char* out, const char* in, std::size_t size, const Mask& mask) {
    std::uint32_t key;
    std::memcpy(&key, mask.data(), sizeof key);
    bool ascii = true;
#if defined(WSXMPP_AVX2)
    constexpr std::size_t long_payload = 512;   // what is shorter does not pay the call
    if (__builtin_expect(static_cast<long>(size >= long_payload), 0) != 0 && __builtin_cpu_supports("avx2") != 0) {
        const std::size_t steps = size - size % long_step;
        ascii = unmask_long(out, in, steps, key);
        in += steps;
        out += steps;
        size -= steps;
    }
#endif
    BlockUnmasker unmask_block{key};
    constexpr std::size_t stride = 4 * block;
    for (; size >= stride; size -= stride, in += stride, out += stride)
        for (std::size_t at = 0; at != stride; at += block) unmask_block(out + at, in + at);
    for (; size >= block; size -= block, in += block, out += block) unmask_block(out, in);
    ascii &= unmask_block.ascii();
    if ((size & 8U) != 0) ascii &= unmask_word<std::uint64_t>(out, in, std::uint64_t{key} << 32U | key);
    if ((size & 4U) != 0) ascii &= unmask_word<std::uint32_t>(out, in, key);
    for (std::size_t i = 0; i < (size & 3U); ++i) {
        out[i] = static_cast<char>(byte(in[i]) ^ byte(mask[i]));
        ascii &= byte(out[i]) < 0x80;
    }
    return ascii;
}

Mask rotated(const Mask& mask, std::size_t by) {
    Mask out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = mask[(by + i) % mask.size()];
    return out;
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

    if (first & 0x70u) return violates("a reserved bit is set, and no extension was agreed on (RFC 6455 §5.2)");
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

    if (!in_message_) {
        is_text_ = opcode_ == Opcode::text;
        utf8_state_ = 0;
        message_size_ = 0;
        fragments_ = 0;
    }
    if (length > limits_.max_message - message_size_) {
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

// --- Payloads

void FrameReader::read_data() {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, static_cast<std::size_t>(end_ - in_)));
    char* const target = stashed_ || !out_ ? in_ : out_;
    const bool ascii = unmask(target, in_, size, rotated(mask_, mask_phase_));
    if (is_text_ && !check_text(target, size, ascii)) return;
    if (stashed_) {
        stash_.append(target, size);
    } else {
        if (!message_) message_ = target;
        out_ = target + size;
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
    if (is_text_ && !check_text_end()) return Event::violation;
    payload_ =
        stashed_ ? std::string_view{stash_} : std::string_view{message_, static_cast<std::size_t>(out_ - message_)};
    in_message_ = stashed_ = false;   // end_read() frees the stash: payload_ may point to it
    message_ = nullptr;
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
