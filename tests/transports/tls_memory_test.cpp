// OpenSSL's buffers in a place of their own. A program by itself, which sets it up before anything uses OpenSSL; the
// tests of TLS pass in it as well.
#include <openssl/crypto.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "transports/sanitized.hpp"
#include "wsxmpp/tls_server.hpp"

namespace {

const bool pooled = wsxmpp::pool_tls_memory();

constexpr bool sanitized = wsxmpp::transports::memory_sanitized || wsxmpp::transports::thread_sanitized;

constexpr std::size_t page = 4'096;
bool starts_page(const void* block) { return reinterpret_cast<std::uintptr_t>(block) % page == 0; }

// Writes all of it, and frees it at the end.
class Block {
public:
    explicit Block(std::size_t size, char fill = 'x') : size_{size}, fill_{fill}, data_{OPENSSL_malloc(size)} {
        std::memset(data_, fill, size);
    }
    Block(Block&& other) noexcept
        : size_{other.size_}, fill_{other.fill_}, data_{std::exchange(other.data_, nullptr)} {}
    Block& operator=(Block&& other) noexcept {
        std::swap(size_, other.size_), std::swap(intact_, other.intact_);
        std::swap(fill_, other.fill_), std::swap(data_, other.data_);
        return *this;
    }
    ~Block() { OPENSSL_free(data_); }

    void resize(std::size_t size) {
        data_ = OPENSSL_realloc(data_, size);
        intact_ = std::min(size_, size);
        size_ = size;
    }
    bool is_intact() const {
        const auto* const bytes = static_cast<const char*>(data_);
        return std::all_of(bytes, bytes + std::min(intact_, size_), [this](char c) { return c == fill_; });
    }
    void* data() const { return data_; }

private:
    std::size_t size_;
    std::size_t intact_ = size_;
    char fill_;
    void* data_;
};

}   // namespace

TEST_CASE("TLS memory: it is set up, once, unless a sanitizer is to see each block") {
    CHECK(pooled == !sanitized);
    CHECK_FALSE(wsxmpp::pool_tls_memory());
}

TEST_CASE("TLS memory: buffers begin on a page, other blocks are malloc's") {
    if (sanitized) return;
    for (const std::size_t size : {4'096u, 16'584u, 16'712u, 21'848u}) {
        const Block first{size}, second{size};
        CHECK((starts_page(first.data()) && starts_page(second.data())));
    }
    CHECK_FALSE((starts_page(Block{100}.data()) && starts_page(Block{7'632}.data())));
}

TEST_CASE("TLS memory: what is freed is used again") {
    if (sanitized) return;
    std::set<void*> seen;
    for (int i = 0; i < 1'000; ++i) {
        const Block first{16'584}, second{21'848};
        seen.insert({first.data(), second.data()});
    }
    CHECK(seen.size() <= 2);
}

TEST_CASE("TLS memory: a block keeps its bytes when it grows and shrinks, into and out of a slot") {
    for (const std::size_t from : {100u, 4'096u, 8'000u, 16'384u, 24'576u, 100'000u})
        for (const std::size_t to : {50u, 4'096u, 8'000u, 16'384u, 24'576u, 24'577u, 200'000u}) {
            Block block{from};
            block.resize(to);
            CHECK(block.is_intact());
        }
}

TEST_CASE("TLS memory: when all slots are taken it is malloc's, and slots come back") {
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < 17'000; ++i) blocks.emplace_back(4'000, static_cast<char>('a' + i % 26));
    CHECK(std::all_of(blocks.begin(), blocks.end(), [](const Block& block) { return block.is_intact(); }));
    blocks.clear();
    for (std::size_t i = 0; i < 17'000; ++i) blocks.emplace_back(4'000, static_cast<char>('A' + i % 26));
    CHECK(std::all_of(blocks.begin(), blocks.end(), [](const Block& block) { return block.is_intact(); }));
    if (!sanitized) CHECK(starts_page(blocks.front().data()));
}

TEST_CASE("TLS memory: threads do not share a slot, whoever frees it") {
    std::vector<std::vector<Block>> made(4);
    std::vector<int> broken(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < 2'000; ++round) {
                made[i].emplace_back(16'584, static_cast<char>('0' + i));
                if (round % 3 != 0) continue;
                for (const Block& block : made[i]) broken[i] += block.is_intact() ? 0 : 1;
                made[i].erase(made[i].begin(), made[i].begin() + static_cast<long>(made[i].size() / 2));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    made.clear();   // by this thread
    CHECK(broken == std::vector<int>(4));
}
