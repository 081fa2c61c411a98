// Sockets that whoever started the program has opened for it, by systemd's protocol (sd_listen_fds(3)): three variables
// of the environment, and descriptors from 3 on.
#pragma once

#include <string>
#include <vector>

namespace wsxmpp::app {

struct HandedSocket {
    int descriptor;
    std::string name;   // FileDescriptorName=; "unknown" without one
};

// What the variables say to the process of this number; null: it is not set. Pure. Throws std::invalid_argument.
std::vector<HandedSocket> read_handed_sockets(const char* listen_pid, const char* listen_fds,
                                              const char* listen_fdnames, long process);

// Reads the variables and unsets them, and sees to it that children do not inherit the sockets. Throws as above.
std::vector<HandedSocket> take_handed_sockets();

}   // namespace wsxmpp::app
