#include "cores.hpp"

#include <sched.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "temporary_files.hpp"

using wsxmpp::app::most_threads;
using wsxmpp::app::usable_cores;

namespace {

namespace fs = std::filesystem;

// A machine's /proc and /sys.
struct Machine {
    explicit Machine(const std::string& cgroup) { write("proc/self/cgroup", cgroup); }

    void write(const fs::path& path, const std::string& text) const {
        fs::create_directories((root / path).parent_path());
        std::ofstream{root / path} << text << '\n';
    }

    const test::TemporaryFolder folder;
    const fs::path root = folder.path("root");
};

// The thread that this is made on may use one core alone.
struct OnOneCore {
    OnOneCore() {
        REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (unsigned core = 0; CPU_COUNT(&one) == 0; ++core)
            if (CPU_ISSET(core, &before)) CPU_SET(core, &one);
        REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    }
    ~OnOneCore() { sched_setaffinity(0, sizeof before, &before); }

    cpu_set_t before{};
};

}   // namespace

TEST_CASE("there is at least one core, and never more than the machine has") {
    CHECK(usable_cores() >= 1);
    CHECK(usable_cores() <= std::min<std::size_t>(most_threads, std::thread::hardware_concurrency()));
}

TEST_CASE("cores that the process may not run on are not counted") {
    const OnOneCore pinned;
    CHECK(usable_cores() == 1);
}

TEST_CASE("a cgroup that gives less than the cores bounds them, rounded up") {
    const Machine machine{"1:cpu:/elsewhere\n0::/system.slice/wsxmpp.service"};
    const std::size_t all = usable_cores(machine.root);
    const auto [quota, cores] = GENERATE_COPY(table<std::string, std::size_t>({
        {"1000 100000", 1},
        {"100000 100000", 1},
        {"100001 100000", std::min<std::size_t>(all, 2)},
        {"100000000 100000", all},
        {"max 100000", all},
        {"", all},
    }));
    const auto* const path = GENERATE("system.slice/wsxmpp.service", "system.slice", "");
    machine.write(fs::path{"sys/fs/cgroup"} / path / "cpu.max", quota);
    CHECK(usable_cores(machine.root) == cores);
}
