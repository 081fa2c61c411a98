#include "transports/admission.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <utility>

namespace wsxmpp {

namespace {

// Each session takes two descriptors: the client's and the server's.
std::size_t sessions_of_descriptor_limit() {
    constexpr std::size_t unlimited = 1'000'000;
    constexpr std::size_t most_reserved = 256;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
    const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
    return std::max<std::size_t>((descriptors - std::min(descriptors / 4, most_reserved)) / 2, 1);
}

std::uint64_t random_seed() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32U | device();
}

// Of splitmix64.
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

// Adds one unless there are `most`.
bool add_below(std::atomic<std::size_t>& count, std::size_t most) {
    std::size_t now = count.load(std::memory_order_relaxed);
    while (now < most)
        if (count.compare_exchange_weak(now, now + 1, std::memory_order_relaxed)) return true;
    return false;
}

}   // namespace

// --- Admission

Admission::Admission(AdmissionLimits limits) : impl_{std::make_unique<Impl>(limits)} {}
Admission::~Admission() = default;

const AdmissionLimits& Admission::limits() const noexcept { return impl_->limits(); }
std::size_t Admission::sessions() const noexcept { return impl_->sessions(); }
std::size_t Admission::handshakes() const noexcept { return impl_->handshakes(); }

// --- Impl

std::size_t Admission::Impl::Hash::operator()(const Key& key) const {
    static const std::uint64_t seed = random_seed();
    return static_cast<std::size_t>(mixed(mixed(key.high ^ seed) + key.low));
}

Admission::Impl::Impl(AdmissionLimits limits) : limits_{limits} {
    if (limits_.max_sessions == 0) limits_.max_sessions = sessions_of_descriptor_limit();
    if (limits_.connection_rate > 0) {
        interval_ = std::max<Clock::duration>(
            Clock::duration{std::chrono::seconds{1}} / static_cast<Clock::rep>(limits_.connection_rate),
            Clock::duration{1});
        constexpr std::size_t longest = 1'000'000;   // so that nothing can overflow
        allowance_ = interval_ * static_cast<Clock::rep>(std::min(limits_.connection_burst, longest));
    }
}

bool Admission::Impl::limits_address(const ClientAddress& address, bool trusted) const {
    return address.is_ip() && !trusted && (limits_.limit_loopback || !address.is_loopback());
}

Admission::Impl::Verdict Admission::Impl::begin_handshake() {
    return add_below(handshakes_, limits_.max_handshakes) ? Verdict::admitted : Verdict::too_many_handshakes;
}

void Admission::Impl::end_handshake() { handshakes_.fetch_sub(1, std::memory_order_relaxed); }

Admission::Impl::Verdict Admission::Impl::take_from_rate(const ClientAddress& address, Clock::time_point now) {
    if (limits_.connection_rate == 0) return Verdict::admitted;
    const Key key = key_of(address);
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    if (shard.entries.size() >= shard.prune_at) prune(shard, now);
    Entry& entry = shard.entries[key];
    const auto full_at = std::max(entry.full_at, now) + interval_;
    // The first connection after a pause is always let in.
    if (full_at - now > allowance_ + interval_) return Verdict::too_fast;
    entry.full_at = full_at;
    return Verdict::admitted;
}

// Forgets those of whom there is nothing to know. When too many are left, which takes very many addresses at once, the
// rates are forgotten, too: memory is bounded first.
void Admission::Impl::prune(Shard& shard, Clock::time_point now) {
    const auto forget = [&shard](auto may_go) {
        for (auto entry = shard.entries.begin(); entry != shard.entries.end();)
            entry = may_go(entry->second) ? shard.entries.erase(entry) : std::next(entry);
    };
    forget([now](const Entry& entry) { return entry.sessions == 0 && entry.full_at <= now; });
    const auto busy = static_cast<std::size_t>(
        std::count_if(shard.entries.begin(), shard.entries.end(), [](const auto& e) { return e.second.sessions > 0; }));
    if (shard.entries.size() - busy > most_idle / 2) forget([](const Entry& entry) { return entry.sessions == 0; });
    shard.prune_at = busy + most_idle;
}

Admission::Impl::Verdict Admission::Impl::begin_session(const ClientAddress& address, bool by_address) {
    if (!add_below(sessions_, limits_.max_sessions)) return Verdict::too_many_sessions;
    if (!by_address || limits_.max_sessions_per_address == 0) return Verdict::admitted;
    const Key key = key_of(address);
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    Entry& entry = shard.entries[key];
    if (entry.sessions < limits_.max_sessions_per_address) {
        ++entry.sessions;
        return Verdict::admitted;
    }
    sessions_.fetch_sub(1, std::memory_order_relaxed);
    return Verdict::too_many_of_address;
}

void Admission::Impl::end_session(const ClientAddress& address, bool by_address) {
    sessions_.fetch_sub(1, std::memory_order_relaxed);
    if (!by_address || limits_.max_sessions_per_address == 0) return;
    const Key key = key_of(address);
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    const auto entry = shard.entries.find(key);
    if (entry == shard.entries.end() || entry->second.sessions == 0) return;
    --entry->second.sessions;
    // Most have been there for longer than their connection counts for the rate.
    if (entry->second.sessions == 0 && entry->second.full_at <= Clock::now()) shard.entries.erase(entry);
}

std::size_t Admission::Impl::known_addresses() const {
    std::size_t count = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        count += shard.entries.size();
    }
    return count;
}

Admission::Impl::Key Admission::Impl::key_of(const ClientAddress& address) {
    const auto& bytes = address.bytes();
    Key key;
    for (std::size_t i = 0; i < 8; ++i) key.high = key.high << 8U | bytes[i];
    key.low = static_cast<std::uint64_t>(address.kind());
    return key;
}

}   // namespace wsxmpp
