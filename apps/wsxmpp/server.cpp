#include "server.hpp"

#include <malloc.h>
#include <pthread.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "web_pages.hpp"

namespace wsxmpp::app {

// One thread, and what lives on it.
struct Server::Worker {
    // Only this thread uses the sockets: Asio need not lock each of them. Others post to it, which stays safe.
    asio::io_context io{ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};   // until it is stopped
    std::unique_ptr<WebSocketListener> listener;                                          // until it is the bridge's
    std::shared_ptr<ServerUpstream> upstream;
    std::shared_ptr<const ListenerCounters> counters;   // the listener's
    std::unique_ptr<WebPages> pages;
    std::unique_ptr<Bridge> bridge;
    std::exception_ptr failure;
    std::thread thread;
};

namespace {

// glibc keeps what was freed below something that lives on, however much it is: after 5000 sessions nearly as much as
// the program had at first (measured: exact.sh gone).
void give_back_memory() {
#if defined(__GLIBC__)
    ::malloc_trim(0);
#endif
}

}   // namespace

Server::Server(const Options& options, std::size_t threads, const ListenMeans& means) : tls_{means.tls} {
    asio::io_context io{1};   // of the plan alone
    const ListenPlan plan{io, options.listen, means, options.websocket.log};
    auto websocket = options.websocket;
    websocket.endpoints = plan.places();
    websocket.admission = std::make_shared<Admission>(options.admission);
    websocket.on_get = WebPages::handler();
    for (std::size_t i = 0; i < threads; ++i) {
        auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
        worker.listener = i == 0 ? std::make_unique<WebSocketListener>(worker.io, websocket)
                                 : std::make_unique<WebSocketListener>(worker.io, *workers_.front()->listener);
    }
    places_ = workers_.front()->listener->places();
    BridgeOptions bridge = options.bridge;
    bridge.on_many_gone = give_back_memory;
    for (const auto& worker : workers_) {
        worker->counters = worker->listener->counters();
        worker->upstream = std::make_shared<ServerUpstream>(worker->io, options.upstream);
        worker->pages = std::make_unique<WebPages>(worker->io, worker->upstream, options);
        worker->bridge = std::make_unique<Bridge>(worker->io, std::move(worker->listener), worker->upstream, bridge);
    }
}

Server::~Server() { end_threads(); }

// The caller's thread is one of them: with --threads 1, and an upstream that needs no resolver, the process has no
// other, and then glibc's system calls are no cancellation points (220 instructions a message less).
void Server::run() {
    for (const auto& worker : workers_) worker->bridge->start();
    for (std::size_t i = 1; i < workers_.size(); ++i) start(i);
    serve(*workers_.front(), "0");
    end_threads();
    for (const auto& worker : workers_)
        if (worker->failure) std::rethrow_exception(worker->failure);
}

void Server::start(std::size_t index) {
    auto& worker = *workers_[index];
    const auto number = std::to_string(index);
    try {
        worker.thread = std::thread{[this, &worker, number] {
            pthread_setname_np(pthread_self(), ("wsxmpp/" + number).c_str());   // as top -H shows it
            serve(worker, number);
        }};
    } catch (const std::system_error& e) {
        throw std::system_error{e.code(), "cannot start thread " + number};
    }
}

void Server::serve(Worker& worker, const std::string& number) {
    if (workers_.size() > 1) name_log_thread(number);
    worker.pages->serve_this_thread();
    try {
        worker.io.run();
    } catch (...) {
        worker.failure = std::current_exception();
        quit();
    }
}

void Server::quit() { io().stop(); }

void Server::end_threads() noexcept {
    for (const auto& worker : workers_) worker->io.stop();
    for (const auto& worker : workers_)
        if (worker->thread.joinable()) worker->thread.join();
}

void Server::retire() {
    draining_ = true;
    for (const auto& worker : workers_) asio::post(worker->io, [pages = worker->pages.get()] { pages->retire(); });
}

void Server::drain(std::chrono::milliseconds grace, Begun begun, std::function<void()> done) {
    on_each([grace](Bridge& bridge, std::function<void()> ended) { bridge.drain(grace, std::move(ended)); },
            std::move(begun), std::move(done));
}

void Server::stop(Begun begun, std::function<void()> done) {
    on_each([](Bridge& bridge, std::function<void()> ended) { bridge.stop(std::move(ended)); }, std::move(begun),
            std::move(done));
}

// How far the threads are with what they were asked for; counted on the first of them.
struct Server::Progress {
    std::size_t beginning;
    std::size_t running;
    std::size_t sessions;
    Begun begun;
    std::function<void()> done;
};

// A bridge is called on its own thread. What one thread posts arrives in order: when all have ended, all have begun.
void Server::on_each(const std::function<void(Bridge&, std::function<void()>)>& task, Begun begun,
                     std::function<void()> done) {
    draining_ = true;
    latest_ =
        std::make_shared<Progress>(Progress{workers_.size(), workers_.size(), 0, std::move(begun), std::move(done)});
    for (const auto& worker : workers_) {
        asio::post(worker->io, [this, task, progress = latest_, bridge = worker->bridge.get()] {
            const auto sessions = bridge->sessions();
            task(*bridge, [this, progress] {
                asio::post(io(), [this, progress] {
                    if (--progress->running == 0 && progress == latest_) progress->done();
                });
            });
            asio::post(io(), [progress, sessions] {
                progress->sessions += sessions;
                if (--progress->beginning == 0) progress->begun(progress->sessions);
            });
        });
    }
}

void Server::post(std::size_t thread, std::function<void(Bridge&)> task) {
    auto& worker = *workers_[thread];
    asio::post(worker.io, [task = std::move(task), bridge = worker.bridge.get()] { task(*bridge); });
}

void Server::check_readiness(ReadinessProbe::Handler done) {
    auto& worker = *workers_.front();
    asio::post(worker.io, [done = std::move(done), pages = worker.pages.get()] { pages->check_readiness(done); });
}

std::vector<std::shared_ptr<const Metrics>> Server::metrics() const {
    std::vector<std::shared_ptr<const Metrics>> result;
    for (const auto& worker : workers_) result.push_back(worker->bridge->metrics());
    return result;
}

std::vector<std::shared_ptr<const ListenerCounters>> Server::counters() const {
    std::vector<std::shared_ptr<const ListenerCounters>> result;
    for (const auto& worker : workers_) result.push_back(worker->counters);
    return result;
}

asio::io_context& Server::io() { return workers_.front()->io; }

std::string Server::upstream() const { return workers_.front()->upstream->name(); }

BridgeStats Server::stats() const {
    BridgeStats sum;
    for (const auto& worker : workers_) {
        const auto stats = worker->bridge->stats();
        sum.sessions_accepted += stats.sessions_accepted;
        sum.sessions_failed += stats.sessions_failed;
        sum.bytes_from_clients += stats.bytes_from_clients;
        sum.bytes_from_servers += stats.bytes_from_servers;
    }
    return sum;
}

}   // namespace wsxmpp::app
