// A WebSocket server that sends back what it gets, for conformance suites: echo [PORT [deflate]]
// A listener of the library and a receiver of our own; no Bridge, no XMPP.
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string_view>
#include <wsxmpp/wsxmpp.hpp>

struct Echo final : wsxmpp::Receiver {
    explicit Echo(std::shared_ptr<wsxmpp::Connection> c) : connection{std::move(c)} {}
    void on_data(std::string_view text) override { connection->write({text}); }
    void on_binary(std::string_view data) override { connection->write_binary({data}); }
    void on_read_end() override {
        if (!connection->flush()) connection->pause();   // it does not read: nor do we
    }
    void on_writable() override { connection->resume(); }
    void on_end(std::error_code ec, std::string_view what) override { connection->close(wsxmpp::close_code(ec), what); }
    void on_closed() override {}
    std::shared_ptr<wsxmpp::Connection> connection;
};

static std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return ec == std::errc{} && end == text.data() + text.size() ? std::optional{port} : std::nullopt;
}

int main(int argc, char* argv[]) try {
    asio::io_context io;
    wsxmpp::WebSocketListenerOptions options;
    const auto port = port_of(argc > 1 ? argv[1] : "9001");
    if (!port || argc > 3 || (argc == 3 && argv[2] != std::string_view{"deflate"})) {
        std::cerr << "usage: echo [PORT [deflate]]\n";
        return 2;
    }
    options.endpoints = {{asio::ip::address_v4::loopback(), *port}};
    options.accept_binary = true;
    options.deflate.enabled = argc == 3;
    options.max_fragments = 1'000'000;   // the suites send 4 MB in frames of 64 bytes
    wsxmpp::WebSocketListener listener{io, options};
    std::cout << "ws://" << listener.endpoints().front() << "/" << std::endl;
    listener.start([](const std::shared_ptr<wsxmpp::Connection>& connection) {
        connection->start(std::make_shared<Echo>(connection), 67'108'864);   // bytes of a message
    });
    asio::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&](std::error_code, int) { io.stop(); });
    io.run();
} catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
