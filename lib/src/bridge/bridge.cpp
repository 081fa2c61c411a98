#include "wsxmpp/bridge.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <utility>
#include <vector>

#include "bridge/session.hpp"

namespace wsxmpp {

namespace {

// Ids tell sessions apart in the log, whatever bridge they belong to.
std::uint64_t next_session_id() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}   // namespace

class Bridge::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, std::unique_ptr<Listener> listener, std::shared_ptr<Upstream> upstream,
         BridgeOptions options)
        : context_{std::make_shared<SessionContext>(io, std::move(upstream), std::move(options))},
          listener_{std::move(listener)},
          drain_timer_{io} {}

    void start() {
        context_->on_session_closed = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->on_session_closed();
        };
        listener_->start([weak = weak_from_this()](std::shared_ptr<Connection> client) {
            if (const auto self = weak.lock())
                self->accept(std::move(client));
            else
                client->abort();
        });
    }

    void drain(std::chrono::milliseconds grace, std::function<void()> done) {
        close_door(std::move(done));
        drain_timer_.expires_after(grace);
        drain_timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
            const auto self = weak.lock();
            if (!ec && self) self->shut_down_sessions();
        });
        finish_if_empty();
    }

    void stop(std::function<void()> done) {
        close_door(std::move(done));
        drain_timer_.cancel();
        shut_down_sessions();
        finish_if_empty();
    }

    void abort() {
        listener_->stop();
        drain_timer_.cancel();
        context_->on_session_closed = nullptr;
        for (const auto& session : all_sessions()) session->abort();
    }

    std::size_t sessions() const { return context_->sessions.size(); }
    const SessionContext& context() const { return *context_; }

    bool close_session(std::uint64_t id) {
        const auto& all = context_->sessions;
        const auto found = std::find_if(all.begin(), all.end(), [id](const Session* s) { return s->id() == id; });
        const auto session = found == all.end() ? nullptr : (*found)->weak_from_this().lock();
        if (session) session->close_by_operator();
        return session != nullptr;
    }

private:
    void accept(std::shared_ptr<Connection> client) {
        const auto session = std::make_shared<Session>(context_, next_session_id(), std::move(client));
        most_sessions_ = std::max(most_sessions_, sessions());
        session->start();
        if (stopping_) session->shut_down();
    }

    // A session that ends takes itself out of the list.
    std::vector<std::shared_ptr<Session>> all_sessions() const {
        std::vector<std::shared_ptr<Session>> all;
        all.reserve(context_->sessions.size());
        for (Session* const session : context_->sessions)
            if (auto alive = session->weak_from_this().lock()) all.push_back(std::move(alive));
        return all;
    }

    void close_door(std::function<void()> done) {
        listener_->stop();
        if (done) done_.push_back(std::move(done));
        closing_ = true;
    }

    void shut_down_sessions() {
        stopping_ = true;
        for (const auto& session : all_sessions()) session->shut_down();
    }

    void on_session_closed() {
        finish_if_empty();
        constexpr std::size_t few = 16;
        if (most_sessions_ < few || sessions() > most_sessions_ / 4) return;
        most_sessions_ = sessions();
        // Posted: the session that ended still lives.
        if (const auto& hook = context_->options.on_many_gone) asio::post(context_->io, hook);
    }

    void finish_if_empty() {
        if (!closing_ || !context_->sessions.empty()) return;
        drain_timer_.cancel();
        for (auto& done : std::exchange(done_, {})) asio::post(context_->io, std::move(done));
    }

    const std::shared_ptr<SessionContext> context_;
    const std::unique_ptr<Listener> listener_;
    asio::steady_timer drain_timer_;
    std::vector<std::function<void()>> done_;
    std::size_t most_sessions_ = 0;   // at once, since many have gone
    bool closing_ = false;
    bool stopping_ = false;
};

Bridge::Bridge(asio::io_context& io, std::unique_ptr<Listener> listener, std::shared_ptr<Upstream> upstream,
               BridgeOptions options)
    : impl_{std::make_shared<Impl>(io, std::move(listener), std::move(upstream), std::move(options))} {}
Bridge::~Bridge() {
    if (impl_) impl_->abort();
}
Bridge::Bridge(Bridge&&) noexcept = default;
Bridge& Bridge::operator=(Bridge&& other) noexcept {
    if (this != &other) {
        if (impl_) impl_->abort();
        impl_ = std::move(other.impl_);
    }
    return *this;
}

void Bridge::start() { impl_->start(); }
void Bridge::drain(std::chrono::milliseconds grace, std::function<void()> done) {
    impl_->drain(grace, std::move(done));
}
void Bridge::stop(std::function<void()> done) { impl_->stop(std::move(done)); }
std::size_t Bridge::sessions() const noexcept { return impl_->sessions(); }

std::vector<SessionView> Bridge::session_views() const {
    impl_->context().update_metrics();
    const auto& sessions = impl_->context().sessions;
    std::vector<SessionView> views;
    views.reserve(sessions.size());
    for (const Session* const session : sessions) views.push_back(session->view());
    return views;
}

bool Bridge::close_session(std::uint64_t id) { return impl_->close_session(id); }

BridgeStats Bridge::stats() const noexcept {
    impl_->context().update_metrics();
    const Metrics& metrics = *impl_->context().metrics;
    return {metrics.sessions_accepted.value(), metrics.sessions_failed.value(),
            metrics.traffic.bytes_from_clients.value(), metrics.traffic.bytes_from_servers.value()};
}

std::shared_ptr<const Metrics> Bridge::metrics() const noexcept { return impl_->context().metrics; }
void Bridge::update_metrics() const noexcept { impl_->context().update_metrics(); }

}   // namespace wsxmpp
