// The payload of compressed messages (RFC 7692 §7.2), by zlib: an inflater that stops at a limit as it is passed, and a
// deflater. No socket.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

struct z_stream_s;

namespace wsxmpp::transports {

// Inflates one message after another. Those of one read stay where they are until end_read(); what is allocated for
// them is freed then, but for a buffer of 64 KiB at most.
class Inflater {
public:
    enum class Status { ok, too_large, corrupt };

    explicit Inflater(int window_bits);   // 8 to 15: the largest window of what is inflated
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // A message begins. `takes_over`: it may refer to the one before.
    void begin(bool takes_over);
    // Some of its bytes. Of what comes out no more than `limit` + 1 bytes are made.
    Status add(std::string_view bytes, std::size_t limit);
    // There are no more; corrupt: it ends too early.
    Status end(std::size_t limit);
    // What has come out of the message so far.
    std::string_view message() const { return {buffer_.get() + begin_, used_ - begin_}; }

    // Messages that ended take so much that they should be done with before the next one: end_read().
    bool crowded() const { return begin_ > crowd || !retired_.empty(); }
    void end_read();
    // Between messages, after end_read(): keeps nothing but the window.
    void drop_buffer();

private:
    void grow();

    static constexpr std::size_t crowd = 32'768;
    static constexpr std::size_t keep_capacity = 65'536;

    std::unique_ptr<z_stream_s> stream_;
    std::unique_ptr<char[]> buffer_;   // not a string: that would be filled with zeros first
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;   // of the message, in the buffer
    std::size_t used_ = 0;
    bool whole_ = false;                             // what was added ends with the end of a block
    bool empty_ = true;                              // nothing was added to the message yet
    bool ended_ = true;                              // no message is under way
    std::vector<std::unique_ptr<char[]>> retired_;   // where ended messages lie, beside the buffer
};

// What a deflater writes to; shared, so that an idle connection has none.
class DeflateBuffer {
public:
    char* data(std::size_t size);   // valid until the next call

private:
    static constexpr std::size_t keep_capacity = 65'536;
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
};

class Deflater {
public:
    // 8 to 15. zlib has no window of 256 bytes (it takes 512 for it, and raw inflaters fail); with 8 only runs of one
    // byte are shortened, whose distance is 1 (Z_RLE).
    Deflater(int window_bits, int level);
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    // The message, of `size` bytes in all, more than 0, compressed, in `buffer`. Empty: that would not be
    // smaller. `takes_over`: it may refer to those before it that were compressed here.
    std::optional<std::string_view> deflate(std::initializer_list<std::string_view> pieces, std::size_t size,
                                            bool takes_over, DeflateBuffer& buffer);
    int level() const { return level_; }

private:
    std::unique_ptr<z_stream_s> stream_;
    const int level_;
};

// What the connections of an io_context share.
class DeflatePool {
public:
    DeflateBuffer& buffer() { return buffer_; }
    // The rest is for those without context takeover.

    // For the next connection that inflates; empty while one does.
    std::unique_ptr<Inflater>& spare_inflater() { return spare_inflater_; }
    // For a message of `size` bytes and windows of up to 2^window_bits. A small one: to begin anew costs what the
    // window has, not what the message has.
    Deflater& deflater(std::size_t size, int window_bits, int level);

private:
    static constexpr int least_bits = 8;
    DeflateBuffer buffer_;
    std::unique_ptr<Inflater> spare_inflater_;
    std::array<std::unique_ptr<Deflater>, 8> deflaters_;   // by the bits of their window
};

}   // namespace wsxmpp::transports
