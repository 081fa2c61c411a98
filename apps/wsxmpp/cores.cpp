#include "cores.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

namespace wsxmpp::app {
namespace {

namespace fs = std::filesystem;

// Not hardware_concurrency() alone: with glibc 2.36 that is the number of cores of the machine, whatever the affinity.
std::size_t cores_of_affinity() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
    return std::thread::hardware_concurrency();   // more cores than a cpu_set_t has room for
}

// Where the process is in the hierarchy of cgroup 2; empty: nowhere.
fs::path cgroup(const fs::path& root) {
    std::ifstream file{root / "proc/self/cgroup"};
    for (std::string line; std::getline(file, line);)
        if (line.compare(0, 4, "0::/") == 0) return line.substr(4);
    return {};
}

}   // namespace

std::size_t usable_cores(const fs::path& root) {
    auto least = static_cast<double>(cores_of_affinity());
    const fs::path top = root / "sys/fs/cgroup";
    for (fs::path path = cgroup(root);; path = path.parent_path()) {   // each bounds those below it
        std::ifstream file{top / path / "cpu.max"};                    // "150000 100000", "max 100000"
        double quota = 0;
        double period = 0;
        if (file >> quota >> period && quota > 0 && period > 0) least = std::min(least, std::ceil(quota / period));
        if (path.empty()) break;
    }
    return std::clamp<std::size_t>(static_cast<std::size_t>(least), 1, most_threads);
}

}   // namespace wsxmpp::app
