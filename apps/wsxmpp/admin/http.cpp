#include "admin/http.hpp"

#include <algorithm>
#include <array>
#include <asio/generic/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "admin/spare_descriptor.hpp"

namespace wsxmpp::app {
namespace {

using Stream = asio::generic::stream_protocol;
constexpr auto accept_pause = std::chrono::milliseconds{100};
using Strings = std::array<std::pair<int, std::string_view>, 13>;

constexpr Strings reasons{{{200, "OK"},
                           {400, "Bad Request"},
                           {403, "Forbidden"},
                           {404, "Not Found"},
                           {405, "Method Not Allowed"},
                           {408, "Request Timeout"},
                           {413, "Content Too Large"},
                           {414, "URI Too Long"},
                           {415, "Unsupported Media Type"},
                           {431, "Request Header Fields Too Large"},
                           {500, "Internal Server Error"},
                           {501, "Not Implemented"},
                           {503, "Service Unavailable"}}};

std::string_view reason_of(int status) {
    for (const auto& [known, reason] : reasons)
        if (known == status) return reason;
    return "";
}

HttpPage line_page(int status, const std::string& line) {
    HttpPage page;
    page.status = status;
    page.body = line + '\n';
    return page;
}

}   // namespace

std::string http_response(const HttpPage& page, bool head_only, bool keep_alive) {
    std::string text = "HTTP/1.1 " + std::to_string(page.status) + ' ';
    text.append(reason_of(page.status)).append("\r\nContent-Type: ").append(page.type);
    text += "\r\nContent-Length: " + std::to_string(page.body.size()) + "\r\n";
    text.append("Date: ").append(http_date(std::chrono::system_clock::now())).append("\r\n");
    for (const auto& [name, value] : page.headers) text.append(name).append(": ").append(value).append("\r\n");
    if (!keep_alive) text += "Connection: close\r\n";
    text += "\r\n";
    if (!head_only) text += page.body;
    return text;
}

// What connections and acceptors share; they may outlive the AdminHttp until their handlers have run.
struct AdminHttp::Shared {
    // Whether a connection more is taken, in the place of another one if need be.
    bool has_room() const { return !is_full() || !resting.empty(); }
    bool is_full() const { return connections >= options.max_connections; }
    void make_room();
    // So that one more can be opened when there is none left. False: that will not help.
    bool free_descriptor();

    void rests(Connection* connection);   // for its client to say something
    void works(Connection* connection);
    void ended(Connection* connection);

    Handler handler;
    AdminHttpOptions options;
    std::size_t connections = 0;
    std::vector<Connection*> resting;             // of these; the one that has for longest comes first
    std::vector<std::function<void()>> waiting;   // acceptors, for room
    SpareDescriptor spare;
    std::error_code short_of;   // why the last connection could not be accepted
    bool stopped = false;

private:
    void let_in();
};

// One connection: waits for a request, answers it, waits for the next. Lives as long as one of its handlers.
class AdminHttp::Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Stream::socket socket, bool local, std::shared_ptr<Shared> shared)
        : socket_{std::move(socket)}, timer_{socket_.get_executor()}, local_{local}, shared_{std::move(shared)} {
        ++shared_->connections;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { end(); }

    void start() { next_request(); }

    void close() {
        std::error_code ignored;
        phase_ = Phase::ending;
        timer_.cancel();
        socket_.close(ignored);
        end();
    }

    bool has_ended() const noexcept { return ended_; }

private:
    enum class Phase { idle, reading, answering, ending };

    void next_request() {
        enter(Phase::idle, shared_->options.idle_timeout);
        proceed();
    }

    // Feeds what has come, and reads more of it as long as there is no whole request.
    void proceed() {
        if (!input_.empty()) {
            input_.erase(0, reader_.feed(input_));
            if (reader_.begun() && phase_ == Phase::idle) enter(Phase::reading, shared_->options.request_timeout);
        }
        switch (reader_.state()) {
            case AdminRequestReader::State::reading: return read();
            case AdminRequestReader::State::whole: return answer();
            case AdminRequestReader::State::refused:
                return respond(line_page(reader_.status(), reader_.reason()), false, false);
        }
    }

    void read() {
        socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](std::error_code ec, std::size_t n) {
            if (ec) return self->close();
            if (self->phase_ == Phase::ending) return;   // too late: it has been told
            self->input_.append(self->buffer_.data(), n);
            self->proceed();
        });
    }

    void answer() {
        enter(Phase::answering, shared_->options.answer_timeout);
        const auto request = reader_.take();
        const bool head_only = request.method == "HEAD";
        const bool keep_alive = request.keep_alive;
        shared_->handler(request, local_, [self = shared_from_this(), head_only, keep_alive](const HttpPage& page) {
            if (self->phase_ == Phase::answering) self->respond(page, head_only, keep_alive);
        });
    }

    void respond(const HttpPage& page, bool head_only, bool keep_alive) {
        enter(keep_alive ? Phase::answering : Phase::ending, shared_->options.answer_timeout);
        output_ = http_response(page, head_only, keep_alive);
        asio::async_write(socket_, asio::buffer(output_),
                          [self = shared_from_this(), keep_alive](std::error_code ec, std::size_t) {
                              if (ec || self->ended_) return self->close();   // it may have been late meanwhile
                              if (keep_alive) return self->next_request();
                              self->linger();
                          });
    }

    // What the client still sends is read and dropped until it closes: bytes that nobody has read would make of the
    // close a reset, which can take the answer away from a client that has not read it (RFC 9112 §9.6).
    void linger() {
        shared_->rests(this);
        std::error_code ignored;
        socket_.shutdown(asio::socket_base::shutdown_send, ignored);
        drop();
    }

    void drop() {
        socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](std::error_code ec, std::size_t n) {
            constexpr std::size_t most = 65'536;
            self->dropped_ += n;
            if (ec || self->dropped_ > most) return self->close();
            self->drop();
        });
    }

    void enter(Phase phase, std::chrono::milliseconds timeout) {
        phase_ = phase;
        if (phase == Phase::idle || phase == Phase::reading)
            shared_->rests(this);
        else
            shared_->works(this);
        timer_.expires_after(timeout);
        timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
            const auto self = weak.lock();
            if (!ec && self && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->on_timeout();
        });
    }

    void on_timeout() {
        if (phase_ != Phase::reading) return close();
        respond(line_page(408, "the request did not become whole in time"), false, false);
    }

    void end() {
        if (!std::exchange(ended_, true)) shared_->ended(this);
    }

    Stream::socket socket_;
    asio::steady_timer timer_;
    bool local_;
    std::shared_ptr<Shared> shared_;
    Phase phase_ = Phase::idle;
    AdminRequestReader reader_;
    std::array<char, 4'096> buffer_{};
    std::string input_;
    std::string output_;
    std::size_t dropped_ = 0;
    bool ended_ = false;
};

void AdminHttp::Shared::make_room() {
    if (is_full() && !resting.empty()) resting.front()->close();
}

// That of a connection that rests becomes the spare one.
bool AdminHttp::Shared::free_descriptor() {
    if (!spare.is_held() && !resting.empty()) resting.front()->close();
    return spare.release();
}

void AdminHttp::Shared::rests(Connection* connection) {
    assert(!connection->has_ended());   // it would stay here when it is gone
    works(connection);
    resting.push_back(connection);
    let_in();
}

void AdminHttp::Shared::works(Connection* connection) {
    resting.erase(std::remove(resting.begin(), resting.end(), connection), resting.end());
}

void AdminHttp::Shared::ended(Connection* connection) {
    works(connection);
    --connections;
    spare.hold();
    let_in();
}

void AdminHttp::Shared::let_in() {
    if (stopped) return;
    for (const auto& again : std::exchange(waiting, {})) again();
}

template <typename Acceptor>
void AdminHttp::wait(Acceptor& acceptor, const std::shared_ptr<Shared>& shared) {
    acceptor.async_wait(Acceptor::wait_read, [&acceptor, shared](std::error_code ec) {
        if (!shared->stopped && ec != asio::error::operation_aborted) accept(acceptor, shared);
    });
}

// A connection that waits, and then others: with no room it waits for some, with no descriptor left a while, since the
// same error would come at once, and again.
template <typename Acceptor>
void AdminHttp::accept(Acceptor& acceptor, const std::shared_ptr<Shared>& shared) {
    if (!shared->has_room()) {
        shared->waiting.emplace_back([&acceptor, weak = std::weak_ptr<Shared>{shared}] {
            if (const auto again = weak.lock()) wait(acceptor, again);
        });
        return;
    }
    Stream::socket socket{acceptor.get_executor()};
    std::error_code ec;
    acceptor.accept(socket, ec);
    const bool none_left = ec.value() == EMFILE || ec.value() == ENFILE;
    if (none_left && shared->free_descriptor()) acceptor.accept(socket, ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) return wait(acceptor, shared);
    if (ec) {
        if (!std::exchange(shared->short_of, ec))
            shared->options.log(LogLevel::warning, "admin: cannot accept connections; trying again until it works",
                                {{"error", ec.message()}});
        auto timer = std::make_shared<asio::steady_timer>(acceptor.get_executor(), accept_pause);
        timer->async_wait([&acceptor, timer, shared](std::error_code) {
            if (!shared->stopped) wait(acceptor, shared);
        });
        return;
    }
    if (std::exchange(shared->short_of, {})) shared->options.log(LogLevel::info, "admin: accepting connections again");
    shared->make_room();
    wait(acceptor, shared);
    constexpr bool local = std::is_same_v<Acceptor, asio::local::stream_protocol::acceptor>;
    std::make_shared<Connection>(std::move(socket), local, shared)->start();
}

AdminHttp::AdminHttp(AdminSockets& sockets, Handler handler, AdminHttpOptions options)
    : shared_{std::make_shared<Shared>()}, sockets_{sockets} {
    shared_->handler = std::move(handler);
    shared_->options = std::move(options);
}

AdminHttp::~AdminHttp() {
    shared_->stopped = true;
    shared_->waiting.clear();
}

void AdminHttp::start() {
    const auto begin = [this](auto& acceptor) {
        acceptor.non_blocking(true);
        wait(acceptor, shared_);
    };
    for (auto& acceptor : sockets_.tcp()) begin(acceptor);
    for (auto& acceptor : sockets_.local()) begin(acceptor);
}

}   // namespace wsxmpp::app
