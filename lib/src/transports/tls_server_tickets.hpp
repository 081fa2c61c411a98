// The keys that seal session tickets (RFC 5077 §4), and how long each is used.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>

namespace wsxmpp::transports {

// Made by OpenSSL's random generator, held in memory alone. Used from any thread.
class TicketKeys {
public:
    using Clock = std::chrono::steady_clock;   // a wall clock that is set back would prolong a key's life
    using Now = std::function<Clock::time_point()>;

    TicketKeys(std::chrono::seconds rotation, std::chrono::seconds lifetime, Now now = Clock::now);
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    using Name = std::array<unsigned char, 16>;
    struct Key {
        Name name{};                              // goes with the ticket
        std::array<unsigned char, 32> cipher{};   // AES-256
        std::array<unsigned char, 32> mac{};      // HMAC-SHA-256
        Clock::time_point made;

        Key() = default;
        Key(const Key&) = default;
        Key& operator=(const Key&) = default;
        ~Key();   // forgets
    };

    // The key for new tickets. False: there are no random numbers.
    bool current(Key& into);
    // The key of that name: a ticket of an old one is good, but is to be replaced.
    enum class Found { none, current, old };
    Found find(const unsigned char* name, Key& into);

    std::chrono::seconds lifetime() const { return lifetime_; }

    // Before any other thread uses it; for tests.
    void set_clock(Now now) { now_ = std::move(now); }

private:
    void forget_old(Clock::time_point now);

    std::chrono::seconds rotation_;
    std::chrono::seconds lifetime_;
    Now now_;
    std::mutex mutex_;
    std::deque<Key> keys_;   // the newest first
};

}   // namespace wsxmpp::transports
