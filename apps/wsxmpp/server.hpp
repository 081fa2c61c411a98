// What the program runs: a bridge on each of its threads, all listening at the same places. A connection lives on
// the thread that accepted it, and the threads share nothing.
//
// Used on the thread that calls run(), which is one of them; every callback is made there.
#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "listen.hpp"
#include "options/options.hpp"
#include "wsxmpp/bridge.hpp"
#include "wsxmpp/metrics.hpp"
#include "wsxmpp/readiness_probe.hpp"

namespace wsxmpp::app {

class Server {
public:
    // Listens; throws std::system_error, as WebSocketListener does, and as ListenPlan. `threads` is 1 or more.
    Server(const Options& options, std::size_t threads, const ListenMeans& means = {});
    ~Server();

    // Accepts, and returns after quit(). Starts the other threads, and ends them; throws std::system_error when one
    // can't be started, and what one of them has thrown, which ends them all.
    void run();
    void quit();

    // The end is near: /readyz says no from now on, and all else goes on.
    void retire();

    // As those of Bridge, for all of them. `begun` hears how many sessions were open, once no bridge accepts any more;
    // `done` is called after it, when all sessions have ended; that of a drain() not once stop() was called.
    using Begun = std::function<void(std::size_t sessions)>;
    void drain(std::chrono::milliseconds grace, Begun begun, std::function<void()> done);
    void stop(Begun begun, std::function<void()> done);

    // For the admin listener, on any thread. A task runs on that thread of the server, with its bridge; never, when the
    // server does not run (any more).
    std::size_t threads() const noexcept { return workers_.size(); }
    void post(std::size_t thread, std::function<void(Bridge&)> task);
    // What /readyz of the first thread says: its probe is asked there, and answers there; never, likewise.
    void check_readiness(ReadinessProbe::Handler done);
    std::vector<std::shared_ptr<const Metrics>> metrics() const;             // of each thread; before run()
    std::vector<std::shared_ptr<const ListenerCounters>> counters() const;   // likewise
    bool is_draining() const noexcept { return draining_; }                  // since retire(), drain() or stop()

    const TlsServer* tls() const noexcept { return tls_.get(); }   // null: no TLS to clients

    asio::io_context& io();   // of the thread that calls run()
    const std::vector<ListenPlace>& places() const { return places_; }
    std::string upstream() const;
    BridgeStats stats() const;   // of all threads; while they do not run

private:
    struct Worker;
    struct Progress;
    void start(std::size_t index);
    void serve(Worker& worker, const std::string& number);   // on its thread
    void end_threads() noexcept;
    void on_each(const std::function<void(Bridge&, std::function<void()>)>& task, Begun begun,
                 std::function<void()> done);

    std::vector<ListenPlace> places_;
    std::shared_ptr<const TlsServer> tls_;
    std::vector<std::unique_ptr<Worker>> workers_;   // the first runs on the thread that calls run()
    std::shared_ptr<Progress> latest_;               // of drain() or stop()
    std::atomic<bool> draining_{false};
};

}   // namespace wsxmpp::app
