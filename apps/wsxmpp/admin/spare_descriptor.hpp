// A descriptor that is held for when the process has no other left: who watches it needs to get in then, above all.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace wsxmpp::app {

class SpareDescriptor {
public:
    SpareDescriptor() { hold(); }
    ~SpareDescriptor() { release(); }
    SpareDescriptor(const SpareDescriptor&) = delete;
    SpareDescriptor& operator=(const SpareDescriptor&) = delete;

    bool is_held() const noexcept { return fd_ >= 0; }

    // Again, if there is one.
    void hold() noexcept {
        if (!is_held()) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    }

    // Another one can be opened now. False: none was held.
    bool release() noexcept { return is_held() && ::close(std::exchange(fd_, -1)) == 0; }

private:
    int fd_ = -1;
};

}   // namespace wsxmpp::app
