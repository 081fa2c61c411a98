#include "handed_over.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "options/values.hpp"

namespace wsxmpp::app {
namespace {

constexpr int first_descriptor = 3;   // SD_LISTEN_FDS_START
constexpr std::size_t most_sockets = 10'000;

}   // namespace

std::vector<HandedSocket> read_handed_sockets(const char* listen_pid, const char* listen_fds,
                                              const char* listen_fdnames, long process) {
    if (listen_fds == nullptr) return {};
    // Another process of the same environment is meant: the shell that was asked to start this one, for example.
    if (listen_pid == nullptr || listen_pid != std::to_string(process)) return {};
    std::size_t count = 0;
    try {
        count = parse_count(listen_fds, 0, most_sockets, "sockets");
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument{std::string{"LISTEN_FDS: "} + error.what()};
    }
    std::string_view names = listen_fdnames == nullptr ? "" : listen_fdnames;
    std::vector<HandedSocket> sockets;
    for (std::size_t i = 0; i < count; ++i) {
        const auto colon = std::min(names.find(':'), names.size());
        const auto name = names.substr(0, colon);
        names.remove_prefix(std::min(colon + 1, names.size()));
        sockets.push_back({first_descriptor + static_cast<int>(i), name.empty() ? "unknown" : std::string{name}});
    }
    return sockets;
}

std::vector<HandedSocket> take_handed_sockets() {
    auto sockets = read_handed_sockets(std::getenv("LISTEN_PID"), std::getenv("LISTEN_FDS"),
                                       std::getenv("LISTEN_FDNAMES"), ::getpid());
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    for (const auto& socket : sockets) ::fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC);
    return sockets;
}

}   // namespace wsxmpp::app
