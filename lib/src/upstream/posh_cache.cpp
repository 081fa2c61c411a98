#include "upstream/posh_cache.hpp"

#include <algorithm>
#include <utility>

namespace wsxmpp::upstream {

namespace {

constexpr std::chrono::hours longest{24};   // §6: a client may use less than "expires"
constexpr std::chrono::seconds ask_again{30};

}   // namespace

void PoshCache::put(const std::string& domain, PoshAnswer answer, Clock::time_point now) {
    entries_.erase(domain);
    if (entries_.size() >= most)
        entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& one, const auto& other) {
            return one.second.until < other.second.until;
        }));
    const auto kept = answer.fault.empty() ? std::min<Clock::duration>(answer.expires, longest) : ask_again;
    entries_.insert_or_assign(domain, Entry{std::move(answer), now, now + kept});
}

const PoshCache::Entry* PoshCache::entry(const std::string& domain, Clock::time_point now) const {
    const auto found = entries_.find(domain);
    return found == entries_.end() || now >= found->second.until ? nullptr : &found->second;
}

const PoshAnswer* PoshCache::find(const std::string& domain, Clock::time_point now) const {
    const Entry* const known = entry(domain, now);
    return known == nullptr ? nullptr : &known->answer;
}

bool PoshCache::may_ask(const std::string& domain, Clock::time_point now) const {
    const Entry* const known = entry(domain, now);
    return known == nullptr || now - known->asked >= ask_again;
}

}   // namespace wsxmpp::upstream
