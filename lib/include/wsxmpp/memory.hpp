// Transports without a network, for the tests of those who embed wsxmpp: what one end writes the other receives,
// through the io_context, in order, with real backpressure and nothing that depends on time.
#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "wsxmpp/listener.hpp"
#include "wsxmpp/upstream.hpp"

namespace wsxmpp {

enum class MemoryUnit { bytes, messages };

struct MemoryPairOptions {
    MemoryUnit unit = MemoryUnit::bytes;   // what a write is to the other end: some bytes, or one message
    std::size_t capacity = 65'536;         // bytes under way in one direction before flush() returns false
    std::string subprotocol;               // what Connection::subprotocol() says at both ends
};

// Two ends of one connection. close() at one end is on_end(errc::peer_closed) at the other, abort() is
// on_end(errc::connection_lost).
std::pair<std::shared_ptr<Connection>, std::shared_ptr<Connection>> memory_pair(asio::io_context& io,
                                                                                MemoryPairOptions options = {});

// A listener whose clients are made by calling connect().
class MemoryListener final : public Listener {
public:
    explicit MemoryListener(asio::io_context& io) : io_{io} {}

    void start(AcceptHandler on_accept) override;
    void stop() override;

    // The client's end of a new connection; the other one is accepted. Empty when stopped or not started.
    std::shared_ptr<Connection> connect(MemoryPairOptions options = {MemoryUnit::messages, 65'536, "xmpp"});

private:
    asio::io_context& io_;
    AcceptHandler on_accept_;
};

// An upstream whose server is a function: it gets the server's end of each new connection.
class MemoryUpstream final : public Upstream {
public:
    using Server = std::function<void(std::shared_ptr<Connection>, const UpstreamRequest&)>;

    MemoryUpstream(asio::io_context& io, Server server, MemoryPairOptions options = {});

    [[nodiscard]] std::shared_ptr<void> connect(const UpstreamRequest& request, ConnectHandler handler) override;
    std::string name() const override { return "memory"; }

    // From now on connect() fails so (an empty code: it succeeds again).
    void fail_with(std::error_code ec, std::string detail);

private:
    asio::io_context& io_;
    Server server_;
    MemoryPairOptions options_;
    std::error_code failure_;
    std::string failure_detail_;
};

}   // namespace wsxmpp
