#include "transports/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace wsxmpp::transports {

namespace {

// What ends each message, and is not sent (§7.2.1): a block without bytes.
constexpr std::string_view tail{"\x00\x00\xFF\xFF", 4};

constexpr std::size_t least_room = 512;   // zlib is slow with less than 258 bytes

Bytef* bytes_of(const char* data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data)); }

// zlib counts in unsigned int.
uInt count(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

void require_ok(int result) {
    if (result != Z_OK) throw std::bad_alloc{};   // the parameters are right
}

}   // namespace

// --- Inflater

Inflater::Inflater(int window_bits) : stream_{std::make_unique<z_stream>()} {
    require_ok(inflateInit2(stream_.get(), -window_bits));   // negative: without zlib's header
}

Inflater::~Inflater() { inflateEnd(stream_.get()); }

void Inflater::begin(bool takes_over) {
    if (!takes_over) inflateReset(stream_.get());
    begin_ = used_;
    empty_ = true;
    ended_ = false;
}

Inflater::Status Inflater::add(std::string_view bytes, std::size_t limit) {
    if (bytes.empty()) return Status::ok;
    empty_ = false;
    z_stream& stream = *stream_;
    stream.next_in = bytes_of(bytes.data());
    stream.avail_in = count(bytes.size());   // a read has far less than 4 GiB
    for (;;) {
        const std::size_t left = limit - (used_ - begin_);
        if (capacity_ - used_ < least_room) grow();
        const std::size_t room = std::min(capacity_ - used_, left < capacity_ ? left + 1 : left);
        stream.next_out = bytes_of(buffer_.get() + used_);
        stream.avail_out = count(room);
        const uInt offered = stream.avail_out;
        const int result = ::inflate(&stream, Z_SYNC_FLUSH);
        used_ += offered - stream.avail_out;
        // See inflate() in zlib.h: data_type.
        constexpr int between_blocks = 128;
        constexpr int bits_not_used = 7;
        whole_ = result == Z_STREAM_END || (stream.data_type & (between_blocks | bits_not_used)) == between_blocks;
        if (used_ - begin_ > limit) return Status::too_large;
        switch (result) {
            case Z_OK: break;
            case Z_STREAM_END:   // a last block need not be the last one (§7.2.3.4); it does not end the window
                inflateResetKeep(&stream);
                break;
            case Z_BUF_ERROR: return Status::ok;   // nothing more comes out of what there is
            case Z_MEM_ERROR: throw std::bad_alloc{};
            default: return Status::corrupt;
        }
        if (stream.avail_in == 0 && stream.avail_out > 0) return Status::ok;
    }
}

// Some send an empty message as nothing at all: zlib makes nothing of a second flush.
Inflater::Status Inflater::end(std::size_t limit) {
    if (!empty_) {
        const Status status = add(tail, limit);
        if (status != Status::ok) return status;
        if (!whole_) return Status::corrupt;
    }
    ended_ = true;
    return Status::ok;
}

// Messages that have ended stay where they are.
void Inflater::grow() {
    constexpr std::size_t least_capacity = 16'384;
    const std::size_t message = used_ - begin_;
    const std::size_t capacity = std::max(least_capacity, 2 * message);
    std::unique_ptr<char[]> buffer{new char[capacity]};
    if (message > 0) std::memcpy(buffer.get(), buffer_.get() + begin_, message);
    std::swap(buffer, buffer_);
    if (begin_ > 0) retired_.push_back(std::move(buffer));
    capacity_ = capacity;
    begin_ = 0;
    used_ = message;
}

void Inflater::end_read() {
    retired_.clear();
    if (ended_) {
        begin_ = used_ = 0;
        if (capacity_ <= keep_capacity) return;
        buffer_.reset();
        capacity_ = 0;
    } else if (begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, used_ - begin_);
        used_ -= begin_;
        begin_ = 0;
    }
}

void Inflater::drop_buffer() {
    buffer_.reset();
    capacity_ = begin_ = used_ = 0;
}

// --- Deflater

char* DeflateBuffer::data(std::size_t size) {
    if (capacity_ < size || (capacity_ > keep_capacity && size <= keep_capacity)) {
        capacity_ = std::max<std::size_t>(size, 4'096);
        bytes_.reset(new char[capacity_]);
    }
    return bytes_.get();
}

Deflater::Deflater(int window_bits, int level) : stream_{std::make_unique<z_stream>()}, level_{level} {
    const int bits = std::max(window_bits, 9);
    require_ok(deflateInit2(stream_.get(), std::clamp(level, 1, 9), Z_DEFLATED, -bits, bits - 7,
                            window_bits < bits ? Z_RLE : Z_DEFAULT_STRATEGY));
}

Deflater::~Deflater() { deflateEnd(stream_.get()); }

std::optional<std::string_view> Deflater::deflate(std::initializer_list<std::string_view> pieces, std::size_t size,
                                                  bool takes_over, DeflateBuffer& buffer) {
    z_stream& stream = *stream_;
    if (!takes_over) deflateReset(&stream);
    const std::size_t room = size + tail.size();   // filled: it did not get smaller
    char* const out = buffer.data(room);
    stream.next_out = bytes_of(out);
    stream.avail_out = count(room);
    for (const std::string_view piece : pieces) {
        stream.next_in = bytes_of(piece.data());
        stream.avail_in = count(piece.size());
        if (!piece.empty()) ::deflate(&stream, Z_NO_FLUSH);
    }
    if (stream.avail_in == 0 && stream.avail_out > 0) ::deflate(&stream, Z_SYNC_FLUSH);
    if (stream.avail_in > 0 || stream.avail_out == 0) {
        deflateReset(&stream);   // the client will not have seen what it would refer to
        return std::nullopt;
    }
    return std::string_view{out, room - stream.avail_out - tail.size()};
}

// --- DeflatePool

Deflater& DeflatePool::deflater(std::size_t size, int window_bits, int level) {
    constexpr std::size_t lookahead = 262;   // of zlib: what of its window is not looked back into
    int bits = 9;                            // a message of 256 bytes can refer no further back than that
    if (window_bits > least_bits)
        while (bits < window_bits && (std::size_t{1} << static_cast<unsigned>(bits)) < size + lookahead) ++bits;
    else if (size > 256)
        bits = least_bits;
    auto& deflater = deflaters_[static_cast<std::size_t>(bits - least_bits)];
    if (!deflater || deflater->level() != level) deflater = std::make_unique<Deflater>(bits, level);
    return *deflater;
}

}   // namespace wsxmpp::transports
