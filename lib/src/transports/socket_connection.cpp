#include "transports/socket_connection.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <utility>

#include "transports/io_shared.hpp"
#include "transports/tls_layer.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::transports {

namespace {

// Reads for one event while each fills the whole buffer; then the other connections have their turn.
constexpr int max_reads = 4;

// What is written in one go and has more bytes than this is sent from where it is: the copy would cost more than a
// system call of its own.
constexpr std::size_t large = 16'384;

std::error_code system_error(int error) { return {error, asio::error::get_system_category()}; }

}   // namespace

std::string to_text(const asio::ip::tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    const std::string port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? '[' + address + "]:" + port : address + ':' + port;
}

SocketConnection::SocketConnection(FreshSocket socket)
    : PolledSocket{std::move(socket)},
      paused_{false},
      has_unread_{false},
      unread_posted_{false},
      owes_writable_{false},
      ended_{false},
      eof_{false},
      fin_sent_{false} {}

SocketConnection::SocketConnection(PolledSocket& from)
    : PolledSocket{from},
      paused_{false},
      has_unread_{false},
      unread_posted_{false},
      owes_writable_{false},
      ended_{false},
      eof_{false},
      fin_sent_{false} {}

SocketConnection::~SocketConnection() {
    if (shared() != nullptr && shared()->output().owned_by(*this)) shared()->output().release();
}

void SocketConnection::start(std::shared_ptr<Receiver> receiver, std::size_t) {
    if (receiver_) return;
    receiver_ = std::move(receiver);
    if (state_ == State::made) {
        state_ = State::open;
        keep_alive({shared_from_this(), this});
        wait();
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
    if (reads()) wait();
}

void SocketConnection::abort() {
    if (state_ != State::closed) finish();
}

const TlsInfo* SocketConnection::tls() const {
    const TlsLayer* const layer = PolledSocket::tls();
    return layer == nullptr ? nullptr : &layer->info();
}

void SocketConnection::end(std::error_code reason, std::string_view detail) {
    if (ended_ || state_ != State::open) return;
    ended_ = true;
    clear_deadline();
    receiver_->on_end(reason, detail);
}

// Watches what there is to wait for; stops watching when on_readable() finds that nobody reads.
void SocketConnection::wait() {
    if (state_ == State::made || state_ == State::closed) return;
    if (has_unread_ && reads() && !unread_posted_) {
        unread_posted_ = true;
        asio::post(shared()->io(), [self = shared_from_this()] {
            self->unread_posted_ = false;
            self->on_readable();
        });
    }
    const std::error_code ec = watch(reads() || watches_reading(), pending_ != nullptr);
    if (ec) write_failed(ec.value());
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

// Nothing is unwatched before it has come to nothing: what ends a pause, or the connection, mostly comes first.
void SocketConnection::on_readable() {
    if (reads())
        read_available();
    else
        watch(false, pending_ != nullptr);
    if (has_unread_) wait();
}

void SocketConnection::read_available() {
    for (int i = 0; i < max_reads && reads(); ++i) {
        auto& buffer = shared()->read_buffer();
        std::size_t size = 0;
        if (has_unread_) {
            has_unread_ = false;
            size = take_unread().copy(buffer.data(), buffer.size());
        } else {
            const Transfer read = read_some(asio::buffer(buffer));
            if (read.would_block()) break;
            if (read.size == 0) return read_failed(read.error);
            size = read.size;
        }
        on_bytes(buffer.data(), size);
        if (size < buffer.size()) break;
    }
}

// 0: it is the end.
void SocketConnection::read_failed(int error) {
    eof_ = true;
    if (broken_ == 0) broken_ = error;
    if (broken_ != 0) pending_.reset();
    if (state_ == State::closing) return broken_ != 0 ? finish() : advance_close();
    if (broken_ != 0) return end_broken();
    on_eof();
}

void SocketConnection::end_broken() { end(errc::connection_lost, system_error(broken_).message()); }

// --- Writing

void SocketConnection::append(std::string_view head, std::initializer_list<std::string_view> pieces, std::size_t size) {
    if (pending_ || size > large) return append_otherwise(head, pieces);
    SharedOutput& output = shared()->output();
    output.claim(*this);
    char* room = output.extend(head.size() + size);
    room = std::copy(head.begin(), head.end(), room);
    for (const std::string_view piece : pieces) room = std::copy(piece.begin(), piece.end(), room);
}

void SocketConnection::append_otherwise(std::string_view head, std::initializer_list<std::string_view> pieces) {
    append_borrowed(head);
    for (const std::string_view piece : pieces) append_borrowed(piece);
    if (!pending_) send_output();
}

void SocketConnection::append_borrowed(std::string_view bytes) {
    if (pending_) {
        pending_->bytes.append(bytes);
    } else {
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
    if (pending_) return !watches_writing() && send_pending();
    if (shared() == nullptr || !shared()->output().owned_by(*this)) return true;
    SharedOutput& output = shared()->output();
    Transfer sent;
    if (output.one_part())
        sent = write_some(output.first_part());   // send() rather than sendmsg()
    else if (output.size() > 0)
        sent = write_some(output.all_parts());
    const bool failed = sent.error != 0 && !sent.would_block();
    if (!failed && sent.size < output.size()) {
        pending_ = std::make_unique<Pending>();
        pending_->bytes = output.rest(sent.size);
    }
    output.release();
    if (failed) write_failed(sent.error);
    if (pending_) wait();
    return !pending_;
}

bool SocketConnection::send_pending() {
    const Transfer sent = write_some(asio::buffer(pending_->bytes) + pending_->sent);
    pending_->sent += sent.size;
    if (sent.size > 0) on_progress();
    if (sent.error != 0 && !sent.would_block()) {
        write_failed(sent.error);
        return true;
    }
    if (pending_->sent < pending_->bytes.size()) {
        wait();
        return false;
    }
    pending_.reset();
    wait();
    on_drained();
    return !pending_;
}

void SocketConnection::on_writable() {
    if (state_ == State::closed || !pending_ || !send_pending()) return;
    if (owes_writable_ && writable()) {
        owes_writable_ = false;
        receiver_->on_writable();
    }
    advance_close();
}

// What the peer sent before it broke the connection may be the reason why, and is still there to be read: let the
// read path find the end. A paused connection has nobody to find it.
void SocketConnection::write_failed(int error) {
    if (broken_ != 0) return;
    broken_ = error;
    pending_.reset();
    shutdown_both();
    if (state_ == State::closing) return finish();
    if (!reads() || watch(true, false)) {
        watch(false, false);   // it would be told for ever that it can be written
        asio::post(shared()->io(), [self = shared_from_this()] { self->end_broken(); });
    }
}

void SocketConnection::evict() {
    SharedOutput& output = shared()->output();
    pending_ = std::make_unique<Pending>();
    pending_->bytes = output.rest(0);
    output.release();
}

// --- The end

void SocketConnection::begin_close(std::chrono::milliseconds timeout) {
    if (state_ == State::made) keep_alive({shared_from_this(), this});   // whoever closes it may hold it no longer
    state_ = State::closing;
    paused_ = false;
    owes_writable_ = false;
    if (broken_ != 0) return finish();
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
        shutdown_send();
    }
    if (fin_sent_ && eof_)
        finish();
    else
        wait();
}

void SocketConnection::finish() {
    state_ = State::closed;
    clear_deadline();
    pending_.reset();
    if (shared() != nullptr && shared()->output().owned_by(*this)) shared()->output().release();
    close_socket();
    auto alive = let_go();
    if (!receiver_ || shared() == nullptr) return;
    asio::post(shared()->io(),
               [alive = std::move(alive), receiver = std::exchange(receiver_, nullptr)] { receiver->on_closed(); });
}

void SocketConnection::on_deadline() {
    const auto alive = shared_from_this();
    if (state_ == State::closing)
        finish();
    else
        on_open_deadline();
}

void SocketConnection::on_shutdown() noexcept {
    const auto alive = weak_from_this().lock();
    state_ = State::closed;
    close_socket();
    receiver_.reset();
}

}   // namespace wsxmpp::transports
