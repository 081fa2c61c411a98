// The smallest embedding: WebSocket clients on one side, an XMPP server on the other, your io_context between them.
//     embed [LISTEN-PORT [UPSTREAM-HOST [UPSTREAM-PORT]]]
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <string>
#include <wsxmpp/wsxmpp.hpp>

int main(int argc, char* argv[]) try {
    asio::io_context io;   // yours: whatever else runs on it goes on

    wsxmpp::WebSocketListenerOptions listen;
    const auto port = static_cast<unsigned short>(argc > 1 ? std::stoi(argv[1]) : 6222);
    listen.endpoints = {{asio::ip::address_v4::loopback(), port}};

    wsxmpp::ServerTarget server;
    if (argc > 2) server.host = argv[2];
    if (argc > 3) server.port = static_cast<unsigned short>(std::stoi(argv[3]));

    auto listener = std::make_unique<wsxmpp::WebSocketListener>(io, listen);
    std::cout << "ws://" << listener->endpoints().front() << "/" << std::endl;

    wsxmpp::Bridge bridge{io, std::move(listener), std::make_shared<wsxmpp::ServerUpstream>(io, server)};
    bridge.start();

    asio::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&](std::error_code, int) { bridge.stop(); });   // then nothing is left to do: run() returns
    io.run();
} catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
