// The AdminSource of the program: asks the threads of a Server. A bridge may only be used on its own thread, so that a
// question is posted to each of them, and their answers are awaited for a bounded time.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "admin/source.hpp"
#include "server.hpp"
#include "wsxmpp/listener_counters.hpp"
#include "wsxmpp/metrics.hpp"

namespace wsxmpp::app {

class ServerAdminSource final : public AdminSource {
public:
    // Made before `server` runs; it outlives this. Then used on the thread that runs `io`.
    // `timeout`: for the threads; a server of XMPP may take some time to answer, too (ReadinessOptions).
    ServerAdminSource(std::shared_ptr<asio::io_context> io, Server& server,
                      std::chrono::milliseconds timeout = std::chrono::seconds{2},
                      std::chrono::milliseconds readiness_timeout = std::chrono::seconds{5});

    AdminAbout about() override;
    AdminSample sample() override;
    std::string prometheus() override;
    void update(std::function<void(bool)> done) override;
    void readiness(std::function<void(std::optional<std::string>)> done) override;
    void sessions(std::function<void(Sessions)> done) override;
    void close(std::uint64_t id, std::function<void(std::optional<bool>)> done) override;

private:
    template <typename T>
    std::function<void(T)> gather(std::size_t count, std::chrono::milliseconds timeout,
                                  std::function<void(std::optional<std::vector<T>>)> done);
    template <typename T>
    void ask_each(std::function<T(Bridge&)> question, std::function<void(std::optional<std::vector<T>>)> done);

    std::shared_ptr<asio::io_context> io_;   // shared with what is posted to the threads: it may run late
    Server& server_;
    std::chrono::milliseconds timeout_;
    std::chrono::milliseconds readiness_timeout_;
    std::string upstream_;
    std::vector<std::shared_ptr<const Metrics>> metrics_;             // of each thread
    std::vector<std::shared_ptr<const ListenerCounters>> counters_;   // likewise
    std::chrono::steady_clock::time_point started_;
    std::chrono::system_clock::time_point started_at_;
};

}   // namespace wsxmpp::app
