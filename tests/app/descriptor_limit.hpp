// A process that has no file descriptor left.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <vector>

// What this process may open, until it goes.
class DescriptorLimit {
public:
    explicit DescriptorLimit(rlim_t most) {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        rlimit limit = before_;
        limit.rlim_cur = most;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    DescriptorLimit(const DescriptorLimit&) = delete;
    DescriptorLimit& operator=(const DescriptorLimit&) = delete;

private:
    rlimit before_{};
};

// All that it may open is open, until it goes.
class NoDescriptors {
public:
    static constexpr rlim_t most = 256;

    NoDescriptors() {
        const auto take = [] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); };
        for (int fd = take(); fd >= 0; fd = take()) taken_.push_back(fd);
    }
    ~NoDescriptors() {
        for (const int fd : taken_) ::close(fd);
    }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    DescriptorLimit limit_{most};
    std::vector<int> taken_;
};
