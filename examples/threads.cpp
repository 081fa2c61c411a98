// A bridge a thread. The listeners share a port, over which the kernel spreads the connections; the threads share
// nothing, and so need no locks.
//     threads [LISTEN-PORT [UPSTREAM-HOST]]
#include <array>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <wsxmpp/wsxmpp.hpp>

struct Worker {
    asio::io_context io{ASIO_CONCURRENCY_HINT_UNSAFE_IO};   // no locks in sockets; asio::post() to it stays safe
    std::optional<wsxmpp::Bridge> bridge;
    std::thread thread;
};

int main(int argc, char* argv[]) try {
    asio::io_context io;
    asio::signal_set signals{io, SIGINT, SIGTERM};   // before anybody can know that we run
    wsxmpp::WebSocketListenerOptions listen;
    const auto port = static_cast<unsigned short>(argc > 1 ? std::stoi(argv[1]) : 6222);
    listen.endpoints = {{asio::ip::address_v4::loopback(), port}};

    const wsxmpp::ServerTarget server{argc > 2 ? argv[2] : "localhost", 5222, {}};

    const auto serve = [&](Worker& worker, std::unique_ptr<wsxmpp::Listener> listener) {
        worker.bridge.emplace(worker.io, std::move(listener),
                              std::make_shared<wsxmpp::ServerUpstream>(worker.io, server));
        worker.bridge->start();
        worker.thread = std::thread{[&worker] { worker.io.run(); }};
    };
    std::array<Worker, 4> workers;
    auto first = std::make_unique<wsxmpp::WebSocketListener>(workers[0].io, listen);
    std::cout << "ws://" << first->endpoints().front() << "/" << std::endl;
    for (std::size_t i = 1; i < workers.size(); ++i)
        serve(workers[i], std::make_unique<wsxmpp::WebSocketListener>(workers[i].io, *first));   // where `first` does
    serve(workers[0], std::move(first));

    signals.async_wait([&](std::error_code, int) {   // a bridge is called on its own thread
        for (auto& worker : workers) asio::post(worker.io, [&worker] { worker.bridge->stop(); });
    });
    io.run();
    for (auto& worker : workers) worker.thread.join();
} catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
