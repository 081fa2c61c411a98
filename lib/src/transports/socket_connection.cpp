#include "transports/socket_connection.hpp"

#include <asio/post.hpp>
#include <utility>

#include "wsxmpp/error.hpp"

namespace wsxmpp::transports {

namespace {

// Reads for one event while each fills the whole buffer; then the other connections have their turn.
constexpr int max_reads = 4;

}   // namespace

void prepare(Socket& socket) {
    std::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
    socket.set_option(asio::socket_base::keep_alive{true}, ignored);   // a peer that vanished while nothing is sent
}

std::string to_text(const asio::ip::tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    const std::string port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? '[' + address + "]:" + port : address + ':' + port;
}

struct SocketConnection::ReadHandler {
    using allocator_type = SlotAllocator<ReadHandler>;

    std::shared_ptr<SocketConnection> self;

    allocator_type get_allocator() const { return allocator_type{self->read_slot_}; }
    void operator()(std::error_code = {}) const { self->on_read_ready(); }
};

SocketConnection::SocketConnection(Socket socket, asio::ip::tcp::endpoint remote)
    : Registered{IoShared::of(socket.get_executor().context())},
      socket_{std::move(socket)},
      remote_{std::move(remote)} {}

SocketConnection::~SocketConnection() {
    if (shared() && shared()->output().owned_by(*this)) shared()->output().release();
}

void SocketConnection::start(std::shared_ptr<Receiver> receiver, std::size_t) {
    if (receiver_) return;
    receiver_ = std::move(receiver);
    if (state_ == State::made) {
        state_ = State::open;
        want_read();
    } else if (state_ == State::closed) {
        finish();
    }
}

void SocketConnection::pause() {
    if (state_ == State::open) paused_ = true;
}

void SocketConnection::resume() {
    if (!paused_) return;
    paused_ = false;
    if (reads()) want_read();
}

void SocketConnection::abort() {
    if (state_ != State::closed) finish();
}

void SocketConnection::end(std::error_code reason, std::string_view detail) {
    if (ended_ || state_ != State::open) return;
    ended_ = true;
    clear_deadline();
    receiver_->on_end(reason, detail);
}

// --- Readiness

// async_wait() asks epoll for the level each time it is armed (one epoll_ctl). That is a system call more than an
// edge would need, but an edge that brought data and FIN at once would be the last one, and the FIN never read.
void SocketConnection::want_read() {
    if (reading_) return;
    reading_ = true;
    ReadHandler handler{shared_from_this()};
    if (!unread_.empty())
        asio::post(socket_.get_executor(), std::move(handler));
    else
        socket_.async_wait(Socket::wait_read, std::move(handler));
}

void SocketConnection::want_write() {
    if (writing_) return;
    writing_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](std::error_code) { self->on_write_ready(); });
}

// --- Reading

bool SocketConnection::reads() const {
    switch (state_) {
        case State::made: return false;
        case State::open: return !paused_ && !ended_ && !eof_;
        case State::closing: return !eof_;
        case State::closed: return false;
    }
    return false;
}

// While it runs, reading_ stays set: a resume() from inside a callback must not arm a wait of its own.
void SocketConnection::on_read_ready() {
    read_available();
    reading_ = false;
    if (reads()) want_read();
}

void SocketConnection::read_available() {
    for (int i = 0; i < max_reads && reads(); ++i) {
        auto& buffer = shared()->read_buffer();
        std::size_t size = 0;
        if (!unread_.empty()) {
            size = unread_.copy(buffer.data(), buffer.size());
            std::string{}.swap(unread_);
        } else {
            std::error_code ec;
            size = socket_.read_some(asio::buffer(buffer), ec);
            if (ec == asio::error::would_block || ec == asio::error::try_again) break;
            if (ec) return read_failed(ec);
        }
        on_bytes(buffer.data(), size);
        if (size < buffer.size()) break;
    }
}

void SocketConnection::read_failed(std::error_code ec) {
    eof_ = true;
    if (ec != asio::error::eof && !broken_) broken_ = ec;
    if (broken_) pending_.reset();
    if (state_ == State::closing) return broken_ ? finish() : advance_close();
    if (broken_) return end_broken();
    on_eof();
}

void SocketConnection::end_broken() { end(errc::connection_lost, broken_.message()); }

// --- Writing

void SocketConnection::append(std::string_view bytes) {
    if (pending_) {
        pending_->bytes.append(bytes);
    } else if (shared()) {
        shared()->output().claim(*this);
        shared()->output().append(bytes);
    }
}

void SocketConnection::append_borrowed(std::string_view bytes) {
    if (pending_) {
        pending_->bytes.append(bytes);
    } else if (shared()) {
        shared()->output().claim(*this);
        shared()->output().append_view(bytes);
    }
}

bool SocketConnection::flush() {
    if (!writable() || send_output()) return true;
    owes_writable_ = true;
    return false;
}

bool SocketConnection::send_output() {
    if (pending_) return !writing_ && send_pending();
    if (!shared() || !shared()->output().owned_by(*this)) return true;
    SharedOutput& output = shared()->output();
    const auto& buffers = output.buffers();
    std::error_code ec;
    std::size_t taken = 0;
    if (buffers.size() == 1)
        taken = socket_.write_some(buffers.front(), ec);   // send() rather than sendmsg()
    else if (!buffers.empty())
        taken = socket_.write_some(buffers, ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) ec.clear();
    if (!ec && taken < output.size()) {
        pending_ = std::make_unique<Pending>();
        pending_->bytes = output.rest(taken);
    }
    output.release();
    if (ec) write_failed(ec);
    if (pending_) want_write();
    return !pending_;
}

bool SocketConnection::send_pending() {
    std::error_code ec;
    const std::size_t taken = socket_.write_some(asio::buffer(pending_->bytes) + pending_->sent, ec);
    pending_->sent += taken;
    if (taken > 0) on_progress();
    if (ec && ec != asio::error::would_block && ec != asio::error::try_again) {
        write_failed(ec);
        return true;
    }
    if (pending_->sent < pending_->bytes.size()) {
        want_write();
        return false;
    }
    pending_.reset();
    on_drained();
    return !pending_;
}

void SocketConnection::on_write_ready() {
    writing_ = false;
    if (state_ == State::closed || !pending_ || !send_pending()) return;
    if (owes_writable_ && writable()) {
        owes_writable_ = false;
        receiver_->on_writable();
    }
    advance_close();
}

// What the peer sent before it broke the connection may be the reason why, and is still there to be read: let the
// read path find the end. A paused connection has nobody to find it.
void SocketConnection::write_failed(std::error_code ec) {
    if (broken_) return;
    broken_ = ec;
    pending_.reset();
    std::error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    if (state_ == State::closing) return finish();
    if (!reads()) asio::post(socket_.get_executor(), [self = shared_from_this()] { self->end_broken(); });
}

void SocketConnection::evict() {
    SharedOutput& output = shared()->output();
    pending_ = std::make_unique<Pending>();
    pending_->bytes = output.rest(0);
    output.release();
}

// --- The end

void SocketConnection::begin_close(std::chrono::milliseconds timeout) {
    state_ = State::closing;
    paused_ = false;
    owes_writable_ = false;
    if (broken_) return finish();
    set_deadline(timeout);
    send_output();
    advance_close();
}

// close() on a socket with unread bytes, or bytes that arrive after it, answers them with RST, and a RST makes the
// peer's kernel discard what the peer has not yet read: our last words. So FIN goes first, and what comes is read
// and discarded until the peer's FIN (RFC 6455 §7.1.1 wants the server to go first as well).
void SocketConnection::advance_close() {
    if (state_ != State::closing || pending_) return;
    if (!fin_sent_ && (eof_ || may_send_fin())) {
        fin_sent_ = true;
        std::error_code ignored;
        socket_.shutdown(Socket::shutdown_send, ignored);
    }
    if (fin_sent_ && eof_)
        finish();
    else
        want_read();
}

void SocketConnection::finish() {
    state_ = State::closed;
    clear_deadline();
    pending_.reset();
    if (shared() && shared()->output().owned_by(*this)) shared()->output().release();
    std::error_code ignored;
    socket_.close(ignored);
    if (!receiver_ || !shared()) return;
    asio::post(socket_.get_executor(),
               [self = shared_from_this(), receiver = std::exchange(receiver_, nullptr)] { receiver->on_closed(); });
}

void SocketConnection::on_deadline() {
    const auto self = shared_from_this();
    if (state_ == State::closing)
        finish();
    else
        on_open_deadline();
}

void SocketConnection::on_shutdown() noexcept {
    const auto self = weak_from_this().lock();
    state_ = State::closed;
    std::error_code ignored;
    socket_.close(ignored);
    receiver_.reset();
}

}   // namespace wsxmpp::transports
