#include "wsxmpp/tcp_upstream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/basic_resolver.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <utility>
#include <vector>

#include "transports/tcp_connection.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp {

namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;
using transports::Socket;
using Clock = std::chrono::steady_clock;

std::string name_of(const TcpUpstreamOptions& options) {
    return options.host.find(':') == std::string::npos ? fmt::format("{}:{}", options.host, options.port)
                                                       : fmt::format("[{}]:{}", options.host, options.port);
}

// One attempt to connect: resolve, then each address in turn. Owned by its pending operations, and by the handle.
class Attempt : public std::enable_shared_from_this<Attempt> {
public:
    Attempt(asio::io_context& io, const TcpUpstreamOptions& options, Upstream::ConnectHandler handler)
        : options_{options},
          handler_{std::move(handler)},
          resolver_{io.get_executor()},
          socket_{io.get_executor()},
          timer_{io},
          give_up_at_{Clock::now() + options.connect_timeout} {}

    void start() {
        std::error_code ec;
        const auto address = asio::ip::make_address(options_.host, ec);
        if (!ec) {   // no resolver, and so no thread of it, for what needs none
            addresses_.emplace_back(address, options_.port);
            asio::post(socket_.get_executor(), [self = shared_from_this()] { self->try_next(); });
            return;
        }
        expect_until(give_up_at_);
        resolver_.async_resolve(options_.host, std::to_string(options_.port), tcp::resolver::numeric_service,
                                [self = shared_from_this()](std::error_code failure, const auto& results) {
                                    self->on_resolved(failure, results);
                                });
    }

    void cancel() {
        handler_ = nullptr;
        stop();
    }

private:
    void on_resolved(std::error_code ec, const tcp::resolver::results_type& results) {
        if (!handler_) return;
        if (ec) return fail(ec, fmt::format("{}: {}", options_.host, ec.message()));
        for (const auto& result : results) addresses_.push_back(result.endpoint());
        try_next();
    }

    // The time left is shared by the addresses left, so that one that drops packets cannot take it all.
    void try_next() {
        if (!handler_) return;
        const auto now = Clock::now();
        if (next_ == addresses_.size() || now >= give_up_at_) return fail_for_good();
        const auto left = static_cast<Clock::rep>(addresses_.size() - next_);
        expect_until(now + (give_up_at_ - now) / left);
        const tcp::endpoint& address = addresses_[next_++];
        timed_out_ = false;
        std::error_code ec;
        socket_.close(ec);
        socket_.open(address.protocol(), ec);
        if (ec) return on_failed(ec);
        socket_.async_connect(address, [self = shared_from_this()](std::error_code failure) {
            if (!self->handler_) return;
            if (failure)
                self->on_failed(self->timed_out_ ? errc::connect_timeout : failure);
            else
                self->succeed();
        });
    }

    void expect_until(Clock::time_point time) {
        timer_.expires_at(time);
        timer_.async_wait([self = shared_from_this()](std::error_code ec) {
            // Also not for a handler that was under way when the timer was set anew, for the next address.
            if (ec || !self->handler_ || self->timer_.expiry() > Clock::now()) return;
            if (self->addresses_.empty()) return self->fail_for_good();
            // async_connect() ends with operation_aborted, and the next address is tried there.
            self->timed_out_ = true;
            std::error_code ignored;
            self->socket_.cancel(ignored);
        });
    }

    void on_failed(std::error_code ec) {
        // "Network is unreachable" is what a machine without IPv6 says of each IPv6 address; what another address
        // said tells more.
        const auto tells_little = [](std::error_code e) {
            return e == asio::error::network_unreachable || e == asio::error::address_family_not_supported ||
                   e.value() == EADDRNOTAVAIL;
        };
        if (!failure_ || !tells_little(ec)) failure_ = ec;
        // Not from here, as open() fails without having waited: connect() must return first.
        asio::post(socket_.get_executor(), [self = shared_from_this()] { self->try_next(); });
    }

    void fail_for_good() {
        if (!failure_ || failure_ == errc::connect_timeout)
            return fail(errc::connect_timeout,
                        fmt::format("{}: no answer within {} s", name_of(options_),
                                    std::chrono::duration<double>{options_.connect_timeout}.count()));
        fail(failure_, fmt::format("{}: {}", name_of(options_), failure_.message()));
    }

    void fail(std::error_code ec, const std::string& detail) {
        stop();
        std::exchange(handler_, nullptr)({nullptr, ec, detail, {}});
    }

    void succeed() {
        timer_.cancel();
        auto connection = std::make_shared<transports::TcpConnection>(transports::FreshSocket{std::move(socket_)},
                                                                      options_.close_timeout);
        std::exchange(handler_, nullptr)({std::move(connection), {}, {}, {}});
    }

    void stop() {
        resolver_.cancel();
        timer_.cancel();
        if (!socket_.is_open()) return;
        std::error_code ignored;
        socket_.close(ignored);
    }

    TcpUpstreamOptions options_;
    Upstream::ConnectHandler handler_;   // empty: called, or cancelled
    asio::ip::basic_resolver<tcp, asio::io_context::executor_type> resolver_;
    Socket socket_;
    asio::steady_timer timer_;
    Clock::time_point give_up_at_;
    std::vector<tcp::endpoint> addresses_;
    std::size_t next_ = 0;   // of addresses_
    std::error_code failure_;
    bool timed_out_ = false;   // the address that is tried now
};

struct Handle {
    explicit Handle(std::shared_ptr<Attempt> started) : attempt{std::move(started)} {}
    ~Handle() { attempt->cancel(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    std::shared_ptr<Attempt> attempt;
};

}   // namespace

TcpUpstream::TcpUpstream(asio::io_context& io, TcpUpstreamOptions options) : io_{io}, options_{std::move(options)} {}

std::shared_ptr<void> TcpUpstream::connect(const UpstreamRequest&, ConnectHandler handler) {
    auto attempt = std::make_shared<Attempt>(io_, options_, std::move(handler));
    attempt->start();
    return std::make_shared<Handle>(std::move(attempt));
}

std::string TcpUpstream::name() const { return name_of(options_); }

}   // namespace wsxmpp
