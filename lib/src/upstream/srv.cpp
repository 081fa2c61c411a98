#include "upstream/srv.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace wsxmpp::upstream {
namespace {

using Iterator = std::vector<SrvRecord>::iterator;

// Moves the record that is to be tried next to `first`, and keeps the order of the others (RFC 2782, "Weight").
void draw(Iterator first, Iterator last, const Random& random) {
    std::uint32_t sum =
        0;   // 65,535 a record: some 65,000 of them would be needed to overflow, more than an answer has
    for (auto it = first; it != last; ++it) sum += it->weight;
    if (sum == 0) return;
    const std::uint32_t number = random(sum);
    std::uint32_t running = 0;
    const auto chosen = std::find_if(first, last, [&](const SrvRecord& record) {
        running += record.weight;
        return running >= number;
    });
    if (chosen != last) std::rotate(first, chosen, std::next(chosen));
}

}   // namespace

std::vector<SrvRecord> in_order(std::vector<SrvRecord> records, const Random& random) {
    records.erase(
        std::remove_if(records.begin(), records.end(), [](const SrvRecord& record) { return record.target.empty(); }),
        records.end());
    // Records of weight 0 come first: only so do they have a chance, the smallest one, beside others (RFC 2782).
    std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
        return std::pair{a.priority, a.weight != 0} < std::pair{b.priority, b.weight != 0};
    });
    for (auto first = records.begin(); first != records.end();) {
        const auto last = std::find_if(first, records.end(),
                                       [&](const SrvRecord& record) { return record.priority != first->priority; });
        for (; std::distance(first, last) > 1; ++first) draw(first, last, random);
        first = last;
    }
    return records;
}

}   // namespace wsxmpp::upstream
