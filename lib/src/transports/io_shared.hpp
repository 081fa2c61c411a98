// What all connections of one io_context share: the read buffer, the output buffer, readiness, the timer, and the
// registry of connections, so that a connection that is idle holds none of these.
//
// A service of the io_context; made by the first connection, gone with the io_context. One thread uses it.
#pragma once

#include <array>
#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "transports/deflate.hpp"
#include "transports/readiness.hpp"
#include "transports/registered.hpp"
#include "transports/shared_output.hpp"
#include "transports/websocket_frames.hpp"

namespace wsxmpp::transports {

class IoShared final : public asio::execution_context::service {
public:
    using Clock = std::chrono::steady_clock;
    static asio::execution_context::id id;
    static constexpr std::size_t read_size = 65'536;
    static constexpr std::size_t tls_read_size = 49'152;   // that, less a record that was begun before

    static IoShared& of(asio::io_context& io) { return asio::use_service<IoShared>(io); }
    explicit IoShared(asio::io_context& io);

    asio::io_context& io() { return io_; }
    std::array<char, read_size>& read_buffer() { return *read_buffer_; }
    // Where TLS receives what it decrypts into the read buffer.
    std::array<char, tls_read_size>& tls_buffer() {
        if (!tls_buffer_) tls_buffer_ = std::make_unique<std::array<char, tls_read_size>>();
        return *tls_buffer_;
    }
    SharedOutput& output() { return output_; }
    Readiness& readiness() { return *readiness_; }
    // For the next connection whose own one is not in use; empty while it is.
    std::unique_ptr<FrameReader>& spare_frame_reader() { return spare_frame_reader_; }
    DeflatePool& deflate() { return deflate_; }
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
    std::unique_ptr<std::array<char, tls_read_size>> tls_buffer_;   // null: there was no TLS yet
    SharedOutput output_;
    std::unique_ptr<FrameReader> spare_frame_reader_;
    DeflatePool deflate_;
    std::optional<Readiness> readiness_;
    // All there are. An entry owns what it points to from keep_alive() to let_go(), and is a mere pointer otherwise.
    std::vector<std::shared_ptr<Registered>> registry_;

    // A binary heap, the earliest first. One timer for all: a steady_timer and its pending wait are some 200 bytes,
    // an entry here is 16.
    std::vector<Deadline> deadlines_;
    std::optional<asio::steady_timer> timer_;
    std::optional<Clock::time_point> armed_for_;

    std::minstd_rand random_{std::random_device{}()};
};

}   // namespace wsxmpp::transports
