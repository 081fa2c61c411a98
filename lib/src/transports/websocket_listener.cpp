#include "wsxmpp/websocket_listener.hpp"

#include <sys/socket.h>

#include <asio/ip/v6_only.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <list>
#include <system_error>
#include <utility>

#include "transports/websocket_accepting.hpp"

namespace wsxmpp {

namespace {

using asio::ip::tcp;
using transports::Accepting;
using transports::AcceptingConnection;
using transports::Acceptor;
using transports::FreshSocket;
using transports::to_text;

// Connections accepted for one event; then the others have their turn.
constexpr int max_accepts = 64;
// Long enough to let connections end, short enough not to be noticed by who waits in the backlog.
constexpr std::chrono::milliseconds accept_pause{100};

// Lets sockets that have the option too, of the same user, listen at the same endpoint.
void share(Acceptor& acceptor) {
    const int on = 1;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        throw std::system_error{errno, std::system_category(), "SO_REUSEPORT"};
}

enum class Claim { exclusive, shared };

Acceptor listen_at(asio::io_context& io, const tcp::endpoint& endpoint, Claim claim) try {
    Acceptor acceptor{io.get_executor()};
    acceptor.open(endpoint.protocol());
    // A restart must not wait for the old connections' TIME_WAIT to pass.
    acceptor.set_option(Acceptor::reuse_address{true});
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only{!endpoint.address().is_unspecified()});
    if (claim == Claim::shared) share(acceptor);
    acceptor.bind(endpoint);
    FreshSocket::prepare(acceptor);
    acceptor.listen(Acceptor::max_listen_connections);
    return acceptor;
} catch (const std::system_error& error) {
    throw std::system_error{error.code(), "cannot listen on " + to_text(endpoint)};
}

// What concerns one client only (accept(2): errors that were pending on the new socket). Anything else, such as the
// want of file descriptors, would come again at once.
bool is_about_one_client(std::error_code ec) {
    switch (ec.value()) {
        case ECONNABORTED:
        case EPROTO:
        case EPERM:
        case EINTR:
        case ETIMEDOUT:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTUNREACH: return true;
        default: return false;
    }
}

}   // namespace

class WebSocketListener::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, WebSocketListenerOptions options) : shared_{std::make_shared<Accepting>()}, pause_{io} {
        shared_->policy = {options.subprotocol, options.require_subprotocol, options.deflate};
        shared_->options = std::move(options);
        for (const tcp::endpoint& endpoint : shared_->options.endpoints) {
            acceptors_.push_back(listen_at(io, endpoint, Claim::exclusive));
            endpoints_.push_back(acceptors_.back().local_endpoint());
        }
    }

    // Only a socket that listens already is shared. With the option from the start, two processes that are started at
    // once would both bind; with it between bind() and listen(), both would listen.
    Impl(asio::io_context& io, Impl& first)
        : shared_{std::make_shared<Accepting>()}, endpoints_{first.endpoints_}, pause_{io} {
        shared_->policy = first.shared_->policy;
        shared_->options = first.shared_->options;
        for (Acceptor& acceptor : first.acceptors_) share(acceptor);
        for (const tcp::endpoint& endpoint : endpoints_) acceptors_.push_back(listen_at(io, endpoint, Claim::shared));
    }

    void start(AcceptHandler on_accept) {
        shared_->on_accept = std::move(on_accept);
        wait_all();
    }

    void stop() {
        stopped_ = true;
        shared_->on_accept = nullptr;
        for (Acceptor& acceptor : acceptors_) {
            std::error_code ignored;
            acceptor.close(ignored);
        }
        pause_.cancel();
        for (AcceptingConnection* connection : std::exchange(shared_->in_handshake, {}))
            connection->refuse_unavailable();
    }

    const std::vector<tcp::endpoint>& endpoints() const { return endpoints_; }

private:
    void wait_all() {
        for (Acceptor& acceptor : acceptors_) wait(acceptor);
    }

    void wait(Acceptor& acceptor) {
        acceptor.async_wait(Acceptor::wait_read, [self = shared_from_this(), &acceptor](std::error_code) {
            if (!self->stopped_) self->accept(acceptor);
        });
    }

    void accept(Acceptor& acceptor) {
        for (int i = 0; i < max_accepts && !stopped_; ++i) {
            std::error_code ec;
            tcp::endpoint remote;
            FreshSocket socket = FreshSocket::accept(acceptor, remote, ec);
            if (ec == asio::error::would_block || ec == asio::error::try_again) break;
            if (ec && is_about_one_client(ec)) continue;
            if (ec) return pause(acceptor, ec);
            if (std::exchange(short_of_, {})) shared_->options.log(LogLevel::info, "accepting connections again");
            std::make_shared<AcceptingConnection>(std::move(socket), remote, shared_)->start();
        }
        if (!stopped_) wait(acceptor);
    }

    // Without a pause the same error would come at once, and again, for as long as a client waits in the backlog.
    void pause(Acceptor& acceptor, std::error_code ec) {
        if (!std::exchange(short_of_, ec))
            shared_->options.log(LogLevel::warning, "cannot accept connections; trying again until it works",
                                 {{"error", ec.message()}});
        waiting_.push_back(&acceptor);
        if (waiting_.size() > 1) return;
        pause_.expires_after(accept_pause);
        pause_.async_wait([self = shared_from_this()](std::error_code) {
            for (Acceptor* waiting : std::exchange(self->waiting_, {}))
                if (!self->stopped_) self->wait(*waiting);
        });
    }

    std::shared_ptr<Accepting> shared_;
    std::list<Acceptor> acceptors_;   // their addresses are kept by waits
    std::vector<tcp::endpoint> endpoints_;
    asio::steady_timer pause_;
    std::vector<Acceptor*> waiting_;   // for the pause to pass
    std::error_code short_of_;         // why the last accept failed
    bool stopped_ = false;
};

WebSocketListener::WebSocketListener(asio::io_context& io, WebSocketListenerOptions options)
    : impl_{std::make_shared<Impl>(io, std::move(options))} {}

WebSocketListener::WebSocketListener(asio::io_context& io, WebSocketListener& first)
    : impl_{std::make_shared<Impl>(io, *first.impl_)} {}

WebSocketListener::~WebSocketListener() { impl_->stop(); }

void WebSocketListener::start(AcceptHandler on_accept) { impl_->start(std::move(on_accept)); }
void WebSocketListener::stop() { impl_->stop(); }
std::vector<asio::ip::tcp::endpoint> WebSocketListener::endpoints() const { return impl_->endpoints(); }

}   // namespace wsxmpp
