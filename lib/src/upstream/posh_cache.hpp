// What domains' websites have said of their servers' certificates (RFC 7711 §6): bounded, in memory. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace wsxmpp::upstream {

// What came of asking a domain.
struct PoshAnswer {
    std::string fault;                       // not empty: nothing is known; why
    std::vector<std::string> fingerprints;   // as in PoshDocument
    std::chrono::seconds expires{};
};

class PoshCache {
public:
    using Clock = std::chrono::steady_clock;

    // Kept for `expires`, and no longer than a day; a failure, for half a minute.
    void put(const std::string& domain, PoshAnswer answer, Clock::time_point now);
    // Null: nothing is known. Valid until the next put().
    const PoshAnswer* find(const std::string& domain, Clock::time_point now) const;
    // A certificate that does not fit may be newer than the answer. Not in the first half minute: who connects again
    // and again must not make us ask again and again.
    bool may_ask(const std::string& domain, Clock::time_point now) const;

private:
    struct Entry {
        PoshAnswer answer;
        Clock::time_point asked;
        Clock::time_point until;
    };
    const Entry* entry(const std::string& domain, Clock::time_point now) const;

    static constexpr std::size_t most = 256;
    std::unordered_map<std::string, Entry> entries_;
};

}   // namespace wsxmpp::upstream
