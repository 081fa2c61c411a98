// Where the clients' connections come from.
#pragma once

#include <functional>
#include <memory>

#include "wsxmpp/connection.hpp"

namespace wsxmpp {

// Runs on the io_context it was made with. Owned by the Bridge it was given to.
class Listener {
public:
    // Called with each connection that is ready for messages, not yet started.
    using AcceptHandler = std::function<void(std::shared_ptr<Connection>)>;

    virtual ~Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Starts to accept. Called once.
    virtual void start(AcceptHandler on_accept) = 0;

    // Accepts no more, at once and for good; connections handed out live on. May be called again.
    virtual void stop() = 0;

protected:
    Listener() = default;
};

}   // namespace wsxmpp
