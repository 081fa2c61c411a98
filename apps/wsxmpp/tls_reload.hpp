// Has certificates loaded anew when their files change.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>

#include "wsxmpp/tls_server.hpp"

namespace wsxmpp::app {

// Looks every `interval`; 0: never. Lives on `io`, and no longer than `server`.
//
// By looking, and not by inotify: what certbot changes are links into folders of other names, network file systems tell
// nothing, and a look costs three stat() a certificate.
class TlsReload {
public:
    TlsReload(asio::io_context& io, TlsServer& server, std::chrono::milliseconds interval);

private:
    void wait();

    TlsServer& server_;
    std::chrono::milliseconds interval_;
    asio::steady_timer timer_;
};

}   // namespace wsxmpp::app
