// What all connections of one io_context share: the read buffer, the output buffer, the timer, and the list of
// connections, so that a connection that is idle holds none of these.
//
// A service of the io_context; made by the first connection, gone with the io_context. One thread uses it.
#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::transports {

class IoShared;

// A connection, or a handshake, as IoShared knows it: at most one deadline, and a place in the list of those that
// must let go of what they hold when the io_context is destroyed.
class Registered {
public:
    Registered(const Registered&) = delete;
    Registered& operator=(const Registered&) = delete;

protected:
    explicit Registered(IoShared& shared);
    virtual ~Registered();

    // Replaces the deadline that was set before.
    void set_deadline(std::chrono::milliseconds from_now);
    void clear_deadline();

    // From the io_context, never from inside another call. The callee keeps itself alive.
    virtual void on_deadline() = 0;
    // The io_context is being destroyed: close sockets, drop receivers without calling them. A connection and its
    // receiver own each other; nobody else would part them.
    virtual void on_shutdown() noexcept = 0;

    // Null once the io_context is being destroyed.
    IoShared* shared() const { return shared_; }

private:
    friend class IoShared;
    static constexpr std::uint32_t no_deadline = UINT32_MAX;

    IoShared* shared_;
    Registered* previous_ = nullptr;
    Registered* next_ = nullptr;
    std::uint32_t heap_index_ = no_deadline;
};

// What was written and not yet sent. It belongs to one connection at a time; when another one begins to write
// before the first has flushed, the first takes its data along (evict).
class SharedOutput {
public:
    class Owner {
    public:
        virtual void evict() = 0;   // take what there is, and call release()

    protected:
        ~Owner() = default;
    };

    // Parts of one send; IOV_MAX is 1024, but a long list costs more in the kernel than a copy of short pieces.
    static constexpr std::size_t max_parts = 16;

    void claim(Owner& owner) {
        if (owner_ == &owner) return;
        if (owner_) owner_->evict();
        owner_ = &owner;
    }
    bool owned_by(const Owner& owner) const { return owner_ == &owner; }
    void release();

    // Copies the piece.
    void append(std::string_view piece);
    // Keeps the view, merged with the one before when they are adjacent in memory. With too many of them everything
    // is copied, from then on.
    void append_view(std::string_view piece);

    std::size_t size() const;
    // What there is to send, in order.
    std::vector<asio::const_buffer>& buffers();
    // What is left after the first `taken` bytes, as one string.
    std::string rest(std::size_t taken) const;

private:
    void copy_views();

    // More than a big message needs; a larger buffer is freed after use.
    static constexpr std::size_t keep_capacity = 1 << 20;

    struct Part {
        const char* borrowed;   // until flush() returns; null: at `offset` in bytes_
        std::size_t offset;
        std::size_t size;
    };
    std::string_view view(const Part& part) const {
        return {part.borrowed ? part.borrowed : bytes_.data() + part.offset, part.size};
    }
    void copy_all();

    Owner* owner_ = nullptr;
    std::string bytes_;
    std::vector<Part> parts_;                   // in order
    bool copies_ = false;                       // there were too many parts
    std::vector<asio::const_buffer> buffers_;   // only to save an allocation for each send
};

class IoShared final : public asio::execution_context::service {
public:
    using Clock = std::chrono::steady_clock;
    static asio::execution_context::id id;
    static constexpr std::size_t read_size = 65'536;

    static IoShared& of(asio::io_context& io) { return asio::use_service<IoShared>(io); }
    explicit IoShared(asio::io_context& io);

    asio::io_context& io() { return io_; }
    std::array<char, read_size>& read_buffer() { return *read_buffer_; }
    SharedOutput& output() { return output_; }
    // `interval` less up to 10 %, so that the pings of clients that came together do not stay together.
    std::chrono::milliseconds jittered(std::chrono::milliseconds interval);

private:
    friend class Registered;
    struct Deadline {
        Clock::time_point at;
        Registered* who;
    };

    void shutdown() noexcept override;
    void add(Registered& who);
    void remove(Registered& who);

    void set_deadline(Registered& who, Clock::time_point at);
    void clear_deadline(Registered& who);
    void place(std::size_t index, Deadline deadline);
    void sift_up(std::size_t index);
    void sift_down(std::size_t index);
    void arm_timer();
    void on_timer();

    asio::io_context& io_;
    std::unique_ptr<std::array<char, read_size>> read_buffer_;
    SharedOutput output_;
    Registered* first_ = nullptr;

    // A binary heap, the earliest first. One timer for all: a steady_timer and its pending wait are some 200 bytes,
    // an entry here is 16.
    std::vector<Deadline> deadlines_;
    std::optional<asio::steady_timer> timer_;
    std::optional<Clock::time_point> armed_for_;

    std::minstd_rand random_{std::random_device{}()};
};

}   // namespace wsxmpp::transports
