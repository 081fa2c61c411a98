// What the admin listener shows: asked on its thread, answered there. In the program it is ServerAdminSource
// (admin/gather.hpp); in tests whatever they like.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wsxmpp/bridge.hpp"

namespace wsxmpp::app {

// How often something took how long: `counts[i]` times at most `bounds[i]` seconds and more than the bound before it;
// the last count, one more than bounds, is of those that took longer.
struct Durations {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
};

// What the counters of all threads said at one moment; all but the first two only grow.
struct AdminSample {
    std::uint64_t sessions = 0;    // open now
    std::uint64_t logged_in = 0;   // of these
    std::uint64_t accepted = 0;
    std::uint64_t failed = 0;
    std::uint64_t messages_from_clients = 0;
    std::uint64_t messages_from_servers = 0;
    std::uint64_t bytes_from_clients = 0;
    std::uint64_t bytes_from_servers = 0;
    Durations connect;   // to a server, DNS and TLS included
    Durations answer;    // from a client's first stream header to the server's answer
};

struct AdminAbout {
    std::string version;
    std::string upstream;
    std::size_t threads = 1;
    std::chrono::system_clock::time_point started;   // tells one run of the program from the next
    std::chrono::seconds uptime{0};
    bool draining = false;
};

class AdminSource {
public:
    AdminSource() = default;
    AdminSource(const AdminSource&) = delete;
    AdminSource& operator=(const AdminSource&) = delete;
    virtual ~AdminSource() = default;

    virtual AdminAbout about() = 0;
    virtual AdminSample sample() = 0;       // as of the latest update()
    virtual std::string prometheus() = 0;   // likewise

    // Each of these asks the threads of the program, and if nothing else is said, all of them. `done` is called once,
    // now or later; with false or nothing: a thread did not answer in time, or the program is about to end.
    virtual void update(std::function<void(bool)> done) = 0;   // brings the counters up to date
    // Why clients should not be sent here, as /readyz of the port says it; empty: they may be. One thread is asked.
    virtual void readiness(std::function<void(std::optional<std::string> why_not)> done) = 0;
    using Sessions = std::optional<std::vector<SessionView>>;
    virtual void sessions(std::function<void(Sessions)> done) = 0;
    virtual void close(std::uint64_t id, std::function<void(std::optional<bool> found)> done) = 0;
};

}   // namespace wsxmpp::app
