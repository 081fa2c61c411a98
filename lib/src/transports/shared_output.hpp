// What the connections of one io_context have written and not yet sent. It belongs to one connection at a time; when
// another one begins to write before the first has flushed, the first takes its data along (SocketConnection::evict).
#pragma once

#include <asio/buffer.hpp>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::transports {

class SocketConnection;

class SharedOutput {
public:
    // Parts of one send; IOV_MAX is 1024, but a long list costs more in the kernel than a copy of short pieces.
    static constexpr std::size_t max_parts = 16;

    void claim(SocketConnection& owner) {
        if (owner_ != &owner) change_owner(owner);
    }
    bool owned_by(const SocketConnection& owner) const { return owner_ == &owner; }
    void release();

    // Room for `size` bytes at the end, to be filled by the caller before anything else is called.
    char* extend(std::size_t size) {
        if (parts_.empty() || parts_.back().borrowed != nullptr) add_part();
        if (capacity_ - used_ < size) grow(size);
        parts_.back().size += size;
        size_ += size;
        char* const room = bytes_.get() + used_;
        used_ += size;
        return room;
    }
    // Copies the piece.
    void append(std::string_view piece) {
        if (!piece.empty()) std::memcpy(extend(piece.size()), piece.data(), piece.size());
    }
    // Keeps the view, merged with the one before when they are adjacent in memory. With too many of them everything
    // is copied, from then on.
    void append_view(std::string_view piece);

    std::size_t size() const { return size_; }
    // What there is to send, in order: mostly one part.
    bool one_part() const { return parts_.size() == 1; }
    asio::const_buffer first_part() const { return asio::buffer(view(parts_.front())); }
    const std::vector<asio::const_buffer>& all_parts();
    // What is left after the first `taken` bytes, as one string.
    std::string rest(std::size_t taken) const;

private:
    struct Part {
        const char* borrowed;   // until flush() returns; null: at `offset` in bytes_
        std::size_t offset;
        std::size_t size;
    };
    std::string_view view(const Part& part) const {
        return {part.borrowed != nullptr ? part.borrowed : bytes_.get() + part.offset, part.size};
    }
    void change_owner(SocketConnection& owner);
    void grow(std::size_t size);
    void add_part();
    void copy_all();

    // More than a big message needs; a larger buffer is freed after use.
    static constexpr std::size_t keep_capacity = 1 << 20;

    SocketConnection* owner_ = nullptr;
    std::unique_ptr<char[]> bytes_;   // not a string: that would be filled with zeros before it is written
    std::size_t used_ = 0;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;                      // of all parts
    std::vector<Part> parts_;                   // in order, none of them empty
    bool copies_ = false;                       // there were too many parts
    std::vector<asio::const_buffer> buffers_;   // only to save an allocation for each send
};

}   // namespace wsxmpp::transports
