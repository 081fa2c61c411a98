// A file descriptor that is closed unless it is released.
#pragma once

#include <unistd.h>

#include <utility>

namespace wsxmpp::transports {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_{fd} {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }   // below 0: none
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

}   // namespace wsxmpp::transports
