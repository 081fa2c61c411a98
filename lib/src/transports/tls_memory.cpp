// Where OpenSSL's buffers come from, once pool_tls_memory() was called.
//
// A handshake, and each record, takes buffers of 4 KiB and of 16 to 22 KiB, and gives them back; what an idle session
// keeps are some 60 blocks, nearly all of them smaller. From one heap the latter come to lie between the holes that the
// former leave: 2000 sessions that came at once cost 47 KiB each (glibc 2.36; 22 after malloc_trim), where 14.5 are in
// use. So the former have a place of their own, of slots as large as one another.
#include <openssl/crypto.h>
#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>

#include "transports/sanitized.hpp"
#include "wsxmpp/tls_server.hpp"

namespace wsxmpp {

namespace {

constexpr std::uint32_t none = UINT32_MAX;
constexpr std::uint32_t slots = 16'384;   // of each size; beyond them it is malloc()
constexpr std::uint32_t most_warm = 64;   // free slots that keep their pages
constexpr std::uint32_t at_once = 64;     // made usable together
constexpr int sizes = 2;

// Free slots that the thread keeps for itself, so that a record takes no lock. What a thread that ends has there is
// lost: it has no destructor, because OpenSSL frees to the very end.
thread_local std::array<std::uint32_t, sizes> mine{none, none};

class Slots {
public:
    Slots(int which, std::size_t least, std::size_t size) : which_{which}, least_{least}, size_{size} {}

    ~Slots() {
        if (begin_ != nullptr) ::munmap(begin_, slots * size_);
    }
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    bool reserve() {
        next_.reset(new (std::nothrow) std::uint32_t[slots]);
        // Address space alone: a strict kernel counts what may be written.
        void* const place =
            ::mmap(nullptr, slots * size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (!next_ || place == MAP_FAILED) return false;
        begin_ = static_cast<char*>(place);
        return true;
    }

    bool fits(std::size_t size) const { return size >= least_ && size <= size_; }
    std::size_t size() const { return size_; }
    bool has(const void* pointer) const {
        const auto at = reinterpret_cast<std::uintptr_t>(pointer);
        const auto begin = reinterpret_cast<std::uintptr_t>(begin_);
        return at >= begin && at - begin < slots * size_;
    }

    // Null: all are taken.
    void* take() {
        std::uint32_t& kept = mine[static_cast<std::size_t>(which_)];
        std::uint32_t slot = kept;
        kept = none;
        if (slot == none) slot = take_shared();
        return slot == none ? nullptr : begin_ + slot * size_;
    }

    void give(void* pointer) {
        const auto slot =
            static_cast<std::uint32_t>(static_cast<std::size_t>(static_cast<char*>(pointer) - begin_) / size_);
        std::uint32_t& kept = mine[static_cast<std::size_t>(which_)];
        if (kept == none)
            kept = slot;
        else
            give_shared(slot);
    }

private:
    std::uint32_t take_shared() {
        const std::lock_guard lock{mutex_};
        if (warm_ != none) --warm_count_;
        std::uint32_t& list = warm_ != none ? warm_ : cold_;
        if (list == none) return take_fresh();
        const std::uint32_t slot = list;
        list = next_[slot];
        return slot;
    }

    std::uint32_t take_fresh() {
        if (fresh_ == usable_) {
            if (usable_ == slots || ::mprotect(begin_ + usable_ * size_, at_once * size_, PROT_READ | PROT_WRITE) != 0)
                return none;
            usable_ += at_once;
        }
        return fresh_++;
    }

    void give_shared(std::uint32_t slot) {
        const std::lock_guard lock{mutex_};
        const bool stays_warm = warm_count_ < most_warm;
        if (stays_warm)
            ++warm_count_;
        else
            ::madvise(begin_ + slot * size_, size_, MADV_DONTNEED);
        std::uint32_t& list = stays_warm ? warm_ : cold_;
        next_[slot] = list;
        list = slot;
    }

    const int which_;
    const std::size_t least_;
    const std::size_t size_;   // whole pages
    char* begin_ = nullptr;
    std::mutex mutex_;
    std::unique_ptr<std::uint32_t[]> next_;   // NOLINT(*-avoid-c-arrays): made without an exception
    std::uint32_t fresh_ = 0;                 // those from here on were never used
    std::uint32_t usable_ = 0;                // those from here on must not even be touched
    std::uint32_t warm_ = none;
    std::uint32_t cold_ = none;
    std::uint32_t warm_count_ = 0;
};

// Never destroyed, for OpenSSL frees when the process ends. The sizes: a BIO's buffer; a record, and the messages of a
// handshake (21 848 bytes).
struct Pool {
    Slots small{0, 3'800, 4'096};
    Slots large{1, 12'000, 24'576};

    Slots* of(std::size_t size) {
        if (small.fits(size)) return &small;
        return large.fits(size) ? &large : nullptr;
    }
    Slots* of(const void* pointer) {
        if (small.has(pointer)) return &small;
        return large.has(pointer) ? &large : nullptr;
    }
};
Pool* pool = nullptr;

void* take(std::size_t size, const char*, int) {
    Slots* const from = pool->of(size);
    void* const slot = from == nullptr ? nullptr : from->take();
    return slot == nullptr ? std::malloc(size) : slot;
}

[[maybe_unused]] void give(void* block, const char*, int) {
    if (Slots* const to = pool->of(block))
        to->give(block);
    else
        std::free(block);
}

[[maybe_unused]] void* resize(void* block, std::size_t size, const char* file, int line) {
    if (block == nullptr) return take(size, file, line);
    Slots* const from = pool->of(block);
    if (from == nullptr) return std::realloc(block, size);
    if (size == 0) return from->give(block), nullptr;
    if (size <= from->size()) return block;
    void* const larger = take(size, file, line);
    if (larger == nullptr) return nullptr;
    std::memcpy(larger, block, from->size());
    from->give(block);
    return larger;
}

}   // namespace

bool pool_tls_memory() noexcept {
    constexpr bool each_block_is_looked_at = transports::memory_sanitized || transports::thread_sanitized;
    if (each_block_is_looked_at || pool != nullptr) return false;
    std::unique_ptr<Pool> made{new (std::nothrow) Pool};
    if (!made || !made->small.reserve() || !made->large.reserve()) return false;
    pool = made.get();
    if (CRYPTO_set_mem_functions(take, resize, give) == 1) {
        static_cast<void>(made.release());
        return true;
    }
    pool = nullptr;   // OpenSSL has allocated already
    return false;
}

}   // namespace wsxmpp
