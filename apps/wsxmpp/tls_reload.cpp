#include "tls_reload.hpp"

#include <system_error>

namespace wsxmpp::app {

TlsReload::TlsReload(asio::io_context& io, TlsServer& server, std::chrono::milliseconds interval)
    : server_{server}, interval_{interval}, timer_{io} {
    if (interval_.count() > 0) wait();
}

void TlsReload::wait() {
    timer_.expires_after(interval_);
    timer_.async_wait([this](std::error_code ec) {
        if (ec) return;
        server_.reload_if_changed();
        wait();
    });
}

}   // namespace wsxmpp::app
