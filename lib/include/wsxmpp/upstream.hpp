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
    std::string_view domain;   // the `to` of the client's stream header, as sent; empty: none was named
    std::string_view client;   // Connection::peer() of the client
};

// Runs on the io_context it was made with. May serve several Bridges of that io_context.
class Upstream {
public:
    // `connection` is not yet started; it is empty when `ec` is set, and then `detail` is a text that a person can
    // act on, for example "localhost:5222: Connection refused".
    using ConnectHandler =
        std::function<void(std::error_code ec, std::string_view detail, std::shared_ptr<Connection> connection)>;

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
