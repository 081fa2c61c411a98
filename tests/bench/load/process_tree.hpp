// What a relay costs: CPU time and memory of a process with all its threads and children.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace bench {

// Roots of process trees; the sum of all is reported.
class ProcessTree {
public:
    explicit ProcessTree(std::vector<pid_t> roots) : roots_{std::move(roots)} {}

    bool empty() const { return roots_.empty(); }
    // Of those that live, and of the children of theirs that have ended and were waited for.
    std::uint64_t cpu_ns() const;
    std::uint64_t pss_kib() const;

private:
    std::vector<pid_t> all() const;
    std::vector<pid_t> roots_;
};

}   // namespace bench
