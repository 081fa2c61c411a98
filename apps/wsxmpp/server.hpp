// What the program runs: a bridge on each of its threads, all listening at the same endpoints. A connection lives on
// the thread that accepted it, and the threads share nothing.
//
// Used on one thread, that of `control`, which runs no bridge; every callback is made there. It keeps `control` running
// until that is stopped.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "options.hpp"
#include "wsxmpp/bridge.hpp"

namespace wsxmpp::app {

class Server {
public:
    // Listens; throws std::system_error, as WebSocketListener does. `threads` is 1 or more.
    Server(asio::io_context& control, const Options& options, std::size_t threads);
    ~Server();

    // Starts the threads; throws std::system_error. Should an exception leave one of them, `control` is stopped, and
    // join() throws it.
    void start();

    // As those of Bridge, for all of them. `begun` hears how many sessions were open, once no bridge accepts any more;
    // `done` is called after it, when all sessions have ended; that of a drain() not once stop() was called.
    using Begun = std::function<void(std::size_t sessions)>;
    void drain(std::chrono::milliseconds grace, Begun begun, std::function<void()> done);
    void stop(Begun begun, std::function<void()> done);

    // Ends the threads, and with them the sessions that are left.
    void join();

    std::vector<asio::ip::tcp::endpoint> endpoints() const { return endpoints_; }
    std::string upstream() const;
    BridgeStats stats() const;   // of all threads; after join()

private:
    struct Worker;
    struct Progress;
    void run(Worker& worker, const std::string& name);   // on its thread
    void on_each(const std::function<void(Bridge&, std::function<void()>)>& task, Begun begun,
                 std::function<void()> done);
    void end_threads() noexcept;

    asio::io_context& control_;
    const asio::executor_work_guard<asio::io_context::executor_type> work_{control_.get_executor()};
    std::vector<asio::ip::tcp::endpoint> endpoints_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::shared_ptr<Progress> latest_;   // of drain() or stop()
};

}   // namespace wsxmpp::app
