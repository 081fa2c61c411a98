// How many threads of this process can run at once.
#pragma once

#include <cstddef>
#include <filesystem>

namespace wsxmpp::app {

inline constexpr std::size_t most_threads = 1'024;

// The cores it may run on (taskset, CPUAffinity=), or what its cgroup gives it of them where that is less (CPUQuota=,
// docker --cpus; cgroup 2), rounded up. From 1 to most_threads. `root` is where /proc and /sys are, for tests.
std::size_t usable_cores(const std::filesystem::path& root = "/");

}   // namespace wsxmpp::app
