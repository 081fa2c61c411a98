// What an Admission (wsxmpp/admission.hpp) does: counts by address, in shards that have a lock each.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "transports/client_address.hpp"
#include "wsxmpp/admission.hpp"

namespace wsxmpp {

class Admission::Impl {
public:
    using Clock = std::chrono::steady_clock;
    using ClientAddress = transports::ClientAddress;
    enum class Verdict { admitted, too_many_sessions, too_many_of_address, too_fast, too_many_handshakes };

    explicit Impl(AdmissionLimits limits);

    const AdmissionLimits& limits() const { return limits_; }
    std::size_t sessions() const { return sessions_.load(std::memory_order_relaxed); }
    std::size_t handshakes() const { return handshakes_.load(std::memory_order_relaxed); }

    // Whether connections from there are limited by address. `trusted`: by a proxy, which names no client.
    bool limits_address(const ClientAddress& address, bool trusted) const;

    // A connection that was admitted ends its handshake, once.
    Verdict begin_handshake();
    void end_handshake();
    // A connection of this address has come.
    Verdict take_from_rate(const ClientAddress& address, Clock::time_point now = Clock::now());
    // A session that was admitted is ended, once, with the same arguments.
    Verdict begin_session(const ClientAddress& address, bool by_address);
    void end_session(const ClientAddress& address, bool by_address);

    std::size_t known_addresses() const;   // for tests

private:
    // One address, or /64; the kind of it is in the bytes.
    struct Key {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        friend bool operator==(const Key& a, const Key& b) { return a.high == b.high && a.low == b.low; }
    };
    // Seeded: who chooses addresses must not choose collisions.
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };
    struct Entry {
        std::uint32_t sessions = 0;
        // The rate, as a virtual schedule (GCRA): when the bucket will be full again.
        Clock::time_point full_at{};
    };
    static constexpr std::size_t shard_count = 16;
    // Addresses without a session, of each shard, before those that may be forgotten are: a quarter of a million in
    // all, at 64 bytes.
    static constexpr std::size_t most_idle = 16'384;
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<Key, Entry, Hash> entries;
        std::size_t prune_at = most_idle;
    };
    static Key key_of(const ClientAddress& address);
    Shard& shard_of(const Key& key) { return shards_[Hash{}(key) >> 32U & (shard_count - 1)]; }
    static void prune(Shard& shard, Clock::time_point now);

    AdmissionLimits limits_;
    Clock::duration interval_{0};    // between connections, at the rate
    Clock::duration allowance_{0};   // how far full_at may be ahead
    std::atomic<std::size_t> sessions_{0};
    std::atomic<std::size_t> handshakes_{0};
    std::array<Shard, shard_count> shards_;
};

}   // namespace wsxmpp
