// Connects to an XMPP server over TCP (RFC 6120 §3): the Upstream of the wsxmpp program.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "wsxmpp/upstream.hpp"

namespace wsxmpp {

struct TcpUpstreamOptions {
    std::string host = "localhost";   // a name or an address (IPv6 without brackets)
    std::uint16_t port = 5222;
    std::chrono::milliseconds connect_timeout{15'000};   // name resolution and all addresses together
    std::chrono::milliseconds close_timeout{5'000};      // wait for the server's FIN after ours; then the socket closes
};

// Every address of the host is tried, one after the other, in the order the resolver gives them.
class TcpUpstream final : public Upstream {
public:
    TcpUpstream(asio::io_context& io, TcpUpstreamOptions options = {});

    [[nodiscard]] std::shared_ptr<void> connect(const UpstreamRequest& request, ConnectHandler handler) override;
    std::string name() const override;

private:
    asio::io_context& io_;
    TcpUpstreamOptions options_;
};

}   // namespace wsxmpp
