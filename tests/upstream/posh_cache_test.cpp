// How long what a domain's website said is believed (RFC 7711 §6).
#include "upstream/posh_cache.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using wsxmpp::upstream::PoshAnswer;
using wsxmpp::upstream::PoshCache;

namespace {

const PoshCache::Clock::time_point start{};

PoshAnswer valid_for(std::chrono::seconds expires) { return {{}, {"fingerprint"}, expires}; }

}   // namespace

TEST_CASE("an answer is known until it expires, and then asked for anew") {
    PoshCache cache;
    CHECK(cache.find("a.example", start) == nullptr);
    CHECK(cache.may_ask("a.example", start));
    cache.put("a.example", valid_for(100s), start);
    REQUIRE(cache.find("a.example", start + 99s) != nullptr);
    CHECK(cache.find("a.example", start + 99s)->fingerprints == std::vector<std::string>{"fingerprint"});
    CHECK(cache.find("b.example", start) == nullptr);
    CHECK(cache.find("a.example", start + 100s) == nullptr);
    CHECK(cache.may_ask("a.example", start + 100s));
}

TEST_CASE("an answer that expires soon may be asked for as soon") {
    PoshCache cache;
    cache.put("a.example", valid_for(1s), start);
    CHECK_FALSE(cache.may_ask("a.example", start));
    CHECK(cache.may_ask("a.example", start + 1s));
}

TEST_CASE("no answer is kept for more than a day") {
    PoshCache cache;
    cache.put("a.example", valid_for(std::chrono::hours{24 * 3650}), start);
    CHECK(cache.find("a.example", start + 24h - 1s) != nullptr);
    CHECK(cache.find("a.example", start + 24h) == nullptr);
}

TEST_CASE("a domain is not asked again within half a minute, whatever it said") {
    PoshCache cache;
    cache.put("a.example", valid_for(1h), start);
    cache.put("b.example", {"HTTP status 404", {}, {}}, start);
    for (const char* domain : {"a.example", "b.example"}) {
        CHECK_FALSE(cache.may_ask(domain, start + 29s));
        CHECK(cache.may_ask(domain, start + 30s));
    }
    CHECK(cache.find("b.example", start + 29s)->fault == "HTTP status 404");
    CHECK(cache.find("b.example", start + 30s) == nullptr);
    CHECK(cache.find("a.example", start + 30s) != nullptr);
}

TEST_CASE("a later answer takes the place of the one before") {
    PoshCache cache;
    cache.put("a.example", valid_for(1h), start);
    cache.put("a.example", {"HTTP status 404", {}, {}}, start + 40s);
    CHECK(cache.find("a.example", start + 41s)->fault == "HTTP status 404");
}

TEST_CASE("the cache is bounded: what expires first goes first") {
    PoshCache cache;
    for (int i = 0; i < 257; ++i)
        cache.put(std::to_string(i) + ".example", valid_for(std::chrono::seconds{i == 100 ? 1 : 1000}), start);
    CHECK(cache.find("100.example", start) == nullptr);
    CHECK(cache.find("0.example", start) != nullptr);
    CHECK(cache.find("256.example", start) != nullptr);
}
