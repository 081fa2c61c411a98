// A ServerUpstream and the scripted servers that it connects to, all in the thread of the test.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transports/support.hpp"
#include "wsxmpp/server_upstream.hpp"

namespace test {

struct ConnectResult {
    bool called = false;
    wsxmpp::UpstreamResult what;

    wsxmpp::Upstream::ConnectHandler handler() {
        return [this](wsxmpp::UpstreamResult result) {
            CHECK_FALSE(called);
            called = true;
            what = std::move(result);
        };
    }
};

// A port on which nobody listens; the acceptor that is returned keeps others from taking it.
inline std::pair<tcp::acceptor, std::uint16_t> closed_port(asio::io_context& io) {
    tcp::acceptor bound{io};
    bound.open(tcp::v4());
    bound.bind({asio::ip::address_v4::loopback(), 0});
    const auto port = bound.local_endpoint().port();
    return {std::move(bound), port};
}

// A full backlog drops what comes next: an address that does not answer, without a network.
struct BlackHole {
    explicit BlackHole(asio::io_context& io) : acceptor{io}, fills_it{io} {
        acceptor.open(tcp::v4());
        acceptor.bind({asio::ip::address_v4::loopback(), 0});
        acceptor.listen(0);
        fills_it.connect(acceptor.local_endpoint());
    }
    std::uint16_t port() const { return acceptor.local_endpoint().port(); }
    tcp::acceptor acceptor;
    tcp::socket fills_it;
};

struct ScriptedServer {
    explicit ScriptedServer(asio::io_context& io_under_test) : under_test{io_under_test}, peer{under_test} {
        acceptor.non_blocking(true);
    }
    std::uint16_t port() const { return acceptor.local_endpoint().port(); }
    wsxmpp::ServerTarget target(std::optional<wsxmpp::Security> security = wsxmpp::Security::none) const {
        return {"127.0.0.1", port(), security};
    }
    void accept() {
        peer.socket.close();
        run_until(under_test, [this] {
            std::error_code ec;
            acceptor.accept(peer.socket, ec);
            return !ec;
        });
        peer.ready();
        peer.eof = false;
        peer.received.clear();
    }

    asio::io_context& under_test;
    asio::io_context io;
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    Peer peer;
};

inline wsxmpp::ServerUpstreamOptions to(std::vector<wsxmpp::ServerTarget> targets) {
    wsxmpp::ServerUpstreamOptions options;
    options.otherwise.emplace().targets = std::move(targets);
    return options;
}

struct ConnectFixture {
    explicit ConnectFixture(wsxmpp::ServerUpstreamOptions o) : options{std::move(o)} {}

    const wsxmpp::UpstreamResult& connect(const wsxmpp::UpstreamRequest& request = {"example.org"}) {
        begin(request);
        return finish();
    }
    void begin(const wsxmpp::UpstreamRequest& request = {"example.org"}) {
        if (!upstream) upstream.emplace(io, options);
        result = {};
        handle = upstream->connect(request, result.handler());
        CHECK_FALSE(result.called);
    }
    const wsxmpp::UpstreamResult& finish() {
        run_until(io, [this] { return result.called; });
        CHECK(static_cast<bool>(result.what.connection) == !result.what.error);
        return result.what;
    }

    asio::io_context io{1};
    wsxmpp::ServerUpstreamOptions options;
    std::optional<wsxmpp::ServerUpstream> upstream;
    ConnectResult result;
    std::shared_ptr<void> handle;
};

inline std::string local(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

}   // namespace test
