#include "wsxmpp/memory.hpp"

#include <fmt/format.h>

#include <asio/post.hpp>
#include <deque>
#include <utility>

#include "transports/io_shared.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp {

namespace {

using transports::IoShared;
using transports::Registered;

class MemoryConnection final : public Connection,
                               public std::enable_shared_from_this<MemoryConnection>,
                               private Registered {
public:
    MemoryConnection(asio::io_context& io, MemoryPairOptions options)
        : Registered{IoShared::of(io)}, options_{std::move(options)} {}

    // As with a socket that nobody holds any more.
    ~MemoryConnection() override {
        if (!closed_ && shared()) tell_other(errc::connection_lost, "the peer dropped the connection");
    }

    void join(const std::shared_ptr<MemoryConnection>& other) { other_ = other; }

    void start(std::shared_ptr<Receiver> receiver, std::size_t max_message) override {
        receiver_ = std::move(receiver);
        max_message_ = max_message;
        schedule();
    }

    void set_max_message(std::size_t bytes) override { max_message_ = bytes; }

    void write(std::initializer_list<std::string_view> pieces) override {
        if (closed_) return;
        if (options_.unit == MemoryUnit::messages || unsent_.empty()) unsent_.emplace_back();
        for (const std::string_view piece : pieces) unsent_.back().append(piece);
    }

    bool flush() override {
        if (closed_) return true;
        const auto other = other_.lock();
        auto written = std::exchange(unsent_, {});
        if (!other || other->closed_) return true;   // as a socket takes what nobody will read
        for (std::string& data : written) {
            other->arrived_size_ += data.size();
            other->arrived_.push_back(std::move(data));
        }
        other->schedule();
        owes_writable_ = other->arrived_size_ > options_.capacity;
        return !owes_writable_;
    }

    void pause() override { paused_ = true; }
    void resume() override {
        paused_ = false;
        schedule();
    }

    void close(std::uint16_t, std::string_view reason) override {
        flush();
        shut(errc::peer_closed, reason);
    }
    void abort() override { shut(errc::connection_lost, "the peer aborted the connection"); }

    std::string_view subprotocol() const override { return options_.subprotocol; }
    std::string peer() const override { return "memory"; }

private:
    // Everything happens in the io_context, never inside a call: as with sockets.
    void schedule() {
        if (scheduled_ || !shared()) return;
        scheduled_ = true;
        asio::post(shared()->io(), [self = shared_from_this()] { self->run(); });
    }

    void run() {
        scheduled_ = false;
        if (!receiver_) return;
        if (closed_) return std::exchange(receiver_, nullptr)->on_closed();
        deliver();
        if (!closed_ && !ended_ && !paused_ && arrived_.empty() && end_) end(end_, end_detail_);
        if (!closed_ && owes_writable_ && !is_other_full()) {
            owes_writable_ = false;
            receiver_->on_writable();
        }
    }

    // A paused or closed receiver gets no more, even of what came together.
    void deliver() {
        bool delivered = false;
        std::deque<std::string> lent;   // until on_read_end()
        while (!closed_ && !ended_ && !paused_ && !arrived_.empty()) {
            if (options_.unit == MemoryUnit::messages && arrived_.front().size() > max_message_) {
                if (std::exchange(delivered, false)) receiver_->on_read_end();
                if (closed_) return;
                end(errc::element_too_large,
                    fmt::format("message of {} bytes, the limit is {}", arrived_.front().size(), max_message_));
                break;
            }
            lent.push_back(std::move(arrived_.front()));
            arrived_.pop_front();
            arrived_size_ -= lent.back().size();
            delivered = true;
            receiver_->on_data(lent.back());
        }
        if (delivered) receiver_->on_read_end();
        if (const auto other = other_.lock(); other && other->owes_writable_) other->schedule();
    }

    void end(std::error_code reason, std::string_view detail) {
        ended_ = true;
        receiver_->on_end(reason, detail);
    }

    bool is_other_full() const {
        const auto other = other_.lock();
        return other && !other->closed_ && other->arrived_size_ > options_.capacity;
    }

    void shut(std::error_code told, std::string_view detail) {
        if (std::exchange(closed_, true)) return;
        unsent_.clear();
        arrived_.clear();
        arrived_size_ = 0;
        tell_other(told, detail);
        schedule();
    }

    void tell_other(std::error_code told, std::string_view detail) {
        const auto other = other_.lock();
        if (!other || other->closed_) return;
        other->end_ = told;
        other->end_detail_ = detail;
        other->schedule();
    }

    void on_deadline() override {}
    void on_shutdown() noexcept override {
        const auto self = weak_from_this().lock();
        closed_ = true;
        receiver_.reset();
    }

    MemoryPairOptions options_;
    std::weak_ptr<MemoryConnection> other_;
    std::shared_ptr<Receiver> receiver_;
    std::size_t max_message_ = 0;
    std::deque<std::string> unsent_;    // written, not flushed
    std::deque<std::string> arrived_;   // flushed by the other end, not handed out
    std::size_t arrived_size_ = 0;
    std::error_code end_;   // what the other end's close() or abort() will say here
    std::string end_detail_;
    bool scheduled_ = false;
    bool paused_ = false;
    bool ended_ = false;
    bool owes_writable_ = false;
    bool closed_ = false;
};

std::pair<std::shared_ptr<MemoryConnection>, std::shared_ptr<MemoryConnection>> make_pair(asio::io_context& io,
                                                                                          MemoryPairOptions options) {
    auto one = std::make_shared<MemoryConnection>(io, options);
    auto other = std::make_shared<MemoryConnection>(io, std::move(options));
    one->join(other);
    other->join(one);
    return {one, other};
}

// Dropping it is how an attempt is cancelled.
struct MemoryAttempt {
    Upstream::ConnectHandler handler;
};

}   // namespace

std::pair<std::shared_ptr<Connection>, std::shared_ptr<Connection>> memory_pair(asio::io_context& io,
                                                                                MemoryPairOptions options) {
    return make_pair(io, std::move(options));
}

void MemoryListener::start(AcceptHandler on_accept) { on_accept_ = std::move(on_accept); }
void MemoryListener::stop() { on_accept_ = nullptr; }

std::shared_ptr<Connection> MemoryListener::connect(MemoryPairOptions options) {
    if (!on_accept_) return nullptr;
    auto [client, server] = make_pair(io_, std::move(options));
    const auto on_accept = on_accept_;   // it may stop the listener
    on_accept(server);
    return client;
}

MemoryUpstream::MemoryUpstream(asio::io_context& io, Server server, MemoryPairOptions options)
    : io_{io}, server_{std::move(server)}, options_{std::move(options)} {}

std::shared_ptr<void> MemoryUpstream::connect(const UpstreamRequest& request, ConnectHandler handler) {
    auto attempt = std::make_shared<MemoryAttempt>(MemoryAttempt{std::move(handler)});
    // Copies, so that nothing here depends on which of the two is destroyed first.
    asio::post(io_,
               [&io = io_, weak = std::weak_ptr{attempt}, server = server_, options = options_, ec = failure_,
                detail = failure_detail_, domain = std::string{request.domain}, client = std::string{request.client}] {
                   const auto waiting = weak.lock();
                   if (!waiting) return;
                   const auto answer = std::exchange(waiting->handler, nullptr);
                   if (ec) return answer({nullptr, ec, detail, {}});
                   auto [near, far] = make_pair(io, options);
                   server(far, UpstreamRequest{domain, client});
                   answer({near, {}, {}, {}});
               });
    return attempt;
}

void MemoryUpstream::fail_with(std::error_code ec, std::string detail) {
    failure_ = ec;
    failure_detail_ = std::move(detail);
}

}   // namespace wsxmpp
