#include "wsxmpp/websocket_listener.hpp"

#include <asio/steady_timer.hpp>
#include <cerrno>
#include <list>
#include <system_error>
#include <utility>

#include "transports/accepting.hpp"
#include "transports/client_address.hpp"
#include "transports/listen_socket.hpp"
#include "transports/websocket_accepting.hpp"

namespace wsxmpp {

namespace {

using asio::ip::tcp;
using transports::Accepting;
using transports::AcceptingConnection;
using transports::Acceptor;
using transports::ClientAddress;
using transports::FreshSocket;
using transports::ListenSocket;

// Connections accepted for one event; then the others have their turn. From a queue that threads share fewer, so that
// they share what is in it.
constexpr int max_accepts = 64;
constexpr int max_accepts_of_shared = 4;
// Long enough to let connections end, short enough not to be noticed by who waits in the backlog.
constexpr std::chrono::milliseconds accept_pause{100};

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
    Impl(asio::io_context& io, WebSocketListenerOptions options)
        : shared_{std::make_shared<Accepting>(std::move(options))}, pause_{io}, left_out_{io} {
        for (const ListenPlace& place : shared_->options.endpoints) sockets_.emplace_back(io, place);
    }

    Impl(asio::io_context& io, Impl& first)
        : shared_{std::make_shared<Accepting>(first.shared_->options, first.shared_->refusals)},
          pause_{io},
          left_out_{io} {
        for (ListenSocket& socket : first.sockets_) sockets_.emplace_back(io, socket);
    }

    void start(AcceptHandler on_accept) {
        shared_->on_accept = std::move(on_accept);
        shared_->on_left_out = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->tell_later();
        };
        wait_all();
    }

    void stop() {
        stopped_ = true;
        shared_->on_accept = nullptr;
        for (ListenSocket& socket : sockets_) socket.stop();
        pause_.cancel();
        for (auto* const list : {&shared_->counted, &shared_->uncounted})
            while (!list->empty()) list->front()->refuse_unavailable();   // which takes it from there
        shared_->on_left_out = nullptr;
        left_out_.cancel();
        shared_->tell_left_out();
    }

    std::vector<ListenPlace> places() const {
        std::vector<ListenPlace> places;
        for (const ListenSocket& socket : sockets_) places.push_back(socket.place());
        return places;
    }

    const std::shared_ptr<Accepting>& shared() const { return shared_; }

private:
    void wait_all() {
        for (ListenSocket& socket : sockets_) wait(socket);
    }

    void wait(ListenSocket& socket) {
        socket.acceptor().async_wait(Acceptor::wait_read, [self = shared_from_this(), &socket](std::error_code) {
            if (!self->stopped_) self->accept(socket);
        });
    }

    void accept(ListenSocket& from) {
        const int most = from.shares_queue() ? max_accepts_of_shared : max_accepts;
        for (int i = 0; i < most && !stopped_; ++i) {
            std::error_code ec;
            tcp::endpoint remote;
            FreshSocket socket = FreshSocket::accept(from.acceptor(), remote, ec);
            if (ec == asio::error::would_block || ec == asio::error::try_again) break;
            if (ec && is_about_one_client(ec)) continue;
            if (ec) return pause(from, ec);
            if (std::exchange(short_of_, {})) shared_->options.log(LogLevel::info, "accepting connections again");
            const ClientAddress peer = from.is_unix() ? ClientAddress::of_unix_socket() : ClientAddress{remote};
            std::make_shared<AcceptingConnection>(std::move(socket), peer, from.place().tls, shared_)->start();
        }
        if (!stopped_) wait(from);
    }

    // Without a pause the same error would come at once, and again, for as long as a client waits in the backlog.
    void pause(ListenSocket& socket, std::error_code ec) {
        shared_->counters.accept_pauses.add();
        if (!std::exchange(short_of_, ec))
            shared_->options.log(LogLevel::warning, "cannot accept connections; trying again until it works",
                                 {{"error", ec.message()}});
        waiting_.push_back(&socket);
        if (waiting_.size() > 1) return;
        pause_.expires_after(accept_pause);
        pause_.async_wait([self = shared_from_this()](std::error_code) {
            for (ListenSocket* waiting : std::exchange(self->waiting_, {}))
                if (!self->stopped_) self->wait(*waiting);
        });
    }

    void tell_later() {
        left_out_.expires_after(transports::LineThrottle::until_told);
        left_out_.async_wait([shared = shared_](std::error_code ec) {
            if (!ec) shared->tell_left_out();
        });
    }

    std::shared_ptr<Accepting> shared_;
    std::list<ListenSocket> sockets_;   // their addresses are kept by waits
    asio::steady_timer pause_;
    std::vector<ListenSocket*> waiting_;   // for the pause to pass
    asio::steady_timer left_out_;          // until it is told which lines were not
    std::error_code short_of_;             // why the last accept failed
    bool stopped_ = false;
};

WebSocketListener::WebSocketListener(asio::io_context& io, WebSocketListenerOptions options)
    : impl_{std::make_shared<Impl>(io, std::move(options))} {}

WebSocketListener::WebSocketListener(asio::io_context& io, WebSocketListener& first)
    : impl_{std::make_shared<Impl>(io, *first.impl_)} {}

WebSocketListener::~WebSocketListener() { impl_->stop(); }

void WebSocketListener::start(AcceptHandler on_accept) { impl_->start(std::move(on_accept)); }
void WebSocketListener::stop() { impl_->stop(); }

std::vector<ListenPlace> WebSocketListener::places() const { return impl_->places(); }

std::vector<asio::ip::tcp::endpoint> WebSocketListener::endpoints() const {
    std::vector<asio::ip::tcp::endpoint> endpoints;
    for (const ListenPlace& place : impl_->places())
        if (const auto* endpoint = std::get_if<tcp::endpoint>(&place.at)) endpoints.push_back(*endpoint);
    return endpoints;
}

std::shared_ptr<const ListenerCounters> WebSocketListener::counters() const {
    return {impl_->shared(), &impl_->shared()->counters};
}

const std::shared_ptr<Admission>& WebSocketListener::admission() const { return impl_->shared()->options.admission; }

}   // namespace wsxmpp
