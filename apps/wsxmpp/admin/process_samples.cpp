#include "admin/process_samples.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

namespace wsxmpp::app {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Without "." and "..", and what this opens itself. 0: nobody knows.
double open_descriptors(double most) {
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) return errno == EMFILE ? most : 0;
    double count = -3;
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
}

double resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    double size = 0;
    double resident = 0;
    file >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}   // namespace

std::vector<PrometheusSample> process_samples(std::chrono::system_clock::time_point started) {
    std::vector<PrometheusSample> samples;
    const auto add = [&samples](const char* name, const char* help, const char* type, double value) {
        if (value > 0) samples.push_back({name, help, type, {}, value});
    };
    add("process_start_time_seconds", "Start of the process, in seconds since 1970.", "gauge",
        std::chrono::duration<double>{started.time_since_epoch()}.count());
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0)
        add("process_cpu_seconds_total", "CPU time that the process has used, user and system.", "counter",
            seconds(usage.ru_utime) + seconds(usage.ru_stime));
    add("process_resident_memory_bytes", "Memory of the process that is in RAM.", "gauge", resident_bytes());
    rlimit limit{};
    const double most = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
    add("process_open_fds", "File descriptors that are open.", "gauge", open_descriptors(most));
    add("process_max_fds", "File descriptors that may be open.", "gauge", most);
    return samples;
}

}   // namespace wsxmpp::app
