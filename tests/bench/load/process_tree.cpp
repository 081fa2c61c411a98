#include "load/process_tree.hpp"

#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "load/net.hpp"

namespace bench {

namespace {

std::string proc(pid_t pid, const char* what) { return "/proc/" + std::to_string(pid) + "/" + what; }

// Time of children that have ended, in ns: fields 16 and 17 of stat, counted after the name, which may hold spaces.
std::uint64_t reaped_ns(pid_t pid) {
    std::ifstream file{proc(pid, "stat")};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto after_name = text.rfind(')');
    if (after_name == std::string::npos) return 0;
    std::istringstream fields{text.substr(after_name + 1)};
    std::string skipped;
    for (int i = 3; i < 16; ++i) fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    fields >> user >> system;
    return (user + system) * (1'000'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
}

// The clock of a process counts nanoseconds, threads that have ended included; stat counts ticks of 10 ms.
std::uint64_t own_ns(pid_t pid) {
    clockid_t clock{};
    timespec t{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

}   // namespace

std::vector<pid_t> ProcessTree::all() const {
    std::vector<pid_t> pids = roots_;
    for (std::size_t i = 0; i < pids.size(); ++i) {
        std::error_code gone;
        for (const auto& task : std::filesystem::directory_iterator{proc(pids[i], "task"), gone}) {
            std::ifstream children{task.path() / "children"};
            for (pid_t child = 0; children >> child;) pids.push_back(child);
        }
        if (gone && i < roots_.size()) throw Failure{"process " + std::to_string(pids[i]) + " has ended"};
    }
    return pids;
}

std::uint64_t ProcessTree::cpu_ns() const {
    std::uint64_t sum = 0;
    for (const pid_t pid : all()) sum += own_ns(pid) + reaped_ns(pid);
    return sum;
}

std::uint64_t ProcessTree::pss_kib() const {
    std::uint64_t sum = 0;
    for (const pid_t pid : all()) {
        std::ifstream file{proc(pid, "smaps_rollup")};
        for (std::string word; file >> word;) {
            if (word != "Pss:") continue;
            std::uint64_t kib = 0;
            file >> kib;
            sum += kib;
            break;
        }
    }
    return sum;
}

}   // namespace bench
