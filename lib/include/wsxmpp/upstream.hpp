// Where the connections to XMPP servers come from.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "wsxmpp/connection.hpp"

namespace wsxmpp {

// Who asks for a connection, and for what. Borrowed for the call of connect().
struct UpstreamRequest {
    std::string_view domain;               // the `to` of the client's stream header, as sent; empty: none was named
    std::string_view client = {};          // Connection::peer() of the client: "192.0.2.1:52344"
    std::string_view local = {};           // Connection::local() of the client: where it connected to
    const TlsInfo* client_tls = nullptr;   // Connection::tls() of the client; null: without TLS
};

// What came of it.
struct UpstreamResult {
    std::shared_ptr<Connection> connection;   // not yet started; empty: it failed
    std::error_code error;
    // What failed, in words that a person can act on: "xmpp.example.org:5222 (10.0.0.7): Connection refused".
    std::string detail;
    // The same for the client, who need not know the addresses of the operator's network: "example.org: connection
    // refused". Empty: `detail`.
    std::string client_detail;
    // The server that was connected, for metrics and the log: "xmpp1.example.org:5222". Empty: Connection::peer(). Of a
    // failure: the server that failed; empty: none was found, or whoever asked has chosen it.
    std::string target = {};
    // Of a failure: the operator has named the domain, so that what is counted by domains may name it.
    bool domain_is_served = false;
};

// Runs on the io_context it was made with. May serve several Bridges of that io_context.
class Upstream {
public:
    using ConnectHandler = std::function<void(UpstreamResult)>;

    virtual ~Upstream() = default;
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    // Starts to connect; a bounded wait. The handler is called once, never from inside connect(), and not at all
    // once the returned handle is gone: dropping the handle cancels the attempt.
    [[nodiscard]] virtual std::shared_ptr<void> connect(const UpstreamRequest& request, ConnectHandler handler) = 0;

    // What is connected to, for logs: "localhost:5222".
    virtual std::string name() const = 0;

protected:
    Upstream() = default;
};

}   // namespace wsxmpp
