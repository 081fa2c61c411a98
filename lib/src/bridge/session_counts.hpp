// What has passed in a session; and what its client may still send before it has to wait: a token bucket for messages,
// and one for bytes, by which what came from the client is counted too. Knows no clock: of each bucket a part is at
// hand, and when that is used up it is told the time. Each session has one, and each message comes this way: few bytes,
// and few instructions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "wsxmpp/limits.hpp"

namespace wsxmpp {

// What Traffic (metrics.hpp) has, as plain numbers.
struct TrafficSum {
    std::uint64_t messages_from_clients = 0;
    std::uint64_t messages_to_clients = 0;
    std::uint64_t bytes_from_clients = 0;
    std::uint64_t bytes_from_servers = 0;

    TrafficSum& operator+=(const TrafficSum& o) {
        messages_from_clients += o.messages_from_clients;
        messages_to_clients += o.messages_to_clients;
        bytes_from_clients += o.bytes_from_clients;
        bytes_from_servers += o.bytes_from_servers;
        return *this;
    }
};

class SessionCounts {
public:
    static constexpr std::int32_t most = 1 << 30;   // in a bucket, and to be taken at once

    explicit SessionCounts(const RateLimits& rate)
        : messages_{part(rate.messages, rate)}, bytes_{part(rate.bytes, rate)} {}

    // A message of so many bytes. At most 2^30 of them, and then used_up() is asked.
    void take(std::size_t bytes) {
        --messages_;
        bytes_ -= static_cast<std::int32_t>(bytes);
    }
    // True: the number has no more room, and carry() must follow.
    bool sent_to_client() { return ++messages_to_client_ == 0; }
    [[gnu::cold]] void carry(std::uint64_t messages, std::uint64_t bytes = 0);   // times 2^32
    void came_from_server(std::size_t bytes) {
        const std::uint64_t sum = std::uint64_t{bytes_from_server_} + bytes;
        bytes_from_server_ = static_cast<std::uint32_t>(sum);
        if (sum >> 32U != 0) carry(0, sum >> 32U);
    }

    // What is at hand is: refill() says whether there is more.
    bool used_up() const { return (messages_ | bytes_) < 0; }
    bool lacks_messages() const { return messages_ < 0; }   // after refill()

    // Fills up. `now`: since the allowance was made. How long it takes until nothing is owed any more; 0: nothing is.
    std::chrono::microseconds refill(const RateLimits& rate, std::chrono::microseconds now);

    TrafficSum traffic(const RateLimits& rate) const;

private:
    // Of one bucket: all that was ever at hand, how much of it since the last refill(), what is in the bucket besides,
    // and up to when tokens have been earned.
    struct Given {
        std::uint64_t tokens = 0;
        std::int64_t saved = 0;
        std::int32_t part = 0;   // negative: owed
        std::chrono::microseconds at{0};
    };
    // Made when a part is used up for the first time, or a number has no room, as is so in few sessions.
    struct More {
        Given messages;
        Given bytes;
        std::uint64_t messages_to_client = 0;   // times 2^32
        std::uint64_t bytes_from_server = 0;
        bool is_filled = false;
    };

    static std::int32_t capacity(std::size_t a_second, const RateLimits& rate);
    static std::int32_t part(std::size_t a_second, const RateLimits& rate);   // at hand at once
    static Given first_part(std::size_t a_second, const RateLimits& rate);
    static void fill(std::int32_t& left, Given& given, std::size_t a_second, const RateLimits& rate,
                     std::chrono::microseconds now);
    More& more();

    std::int32_t messages_;   // left at hand; negative: owed
    std::int32_t bytes_;
    std::uint32_t messages_to_client_ = 0;
    std::uint32_t bytes_from_server_ = 0;
    std::unique_ptr<More> more_;   // made by more()
};

}   // namespace wsxmpp
