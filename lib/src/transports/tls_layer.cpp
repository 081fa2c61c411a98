#include "transports/tls_layer.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "transports/io_shared.hpp"
#include "transports/polled_socket.hpp"

namespace wsxmpp::transports {

namespace {

// Messages after the handshake (tickets, KeyUpdate) that one call takes; more of them are left in the kernel, so that a
// peer that sends nothing else does not keep the thread.
constexpr int max_silent = 64;

constexpr std::size_t least_ahead = 4'096;   // for less room each record is received by itself

std::string text(const char* from) { return from == nullptr ? std::string{} : std::string{from}; }

}   // namespace

// OpenSSL's way to the socket.
struct TlsLayer::Bio {
    static TlsLayer& layer(BIO* bio) { return *static_cast<TlsLayer*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* into, std::size_t size, std::size_t* taken) {
        TlsLayer& tls = layer(bio);
        BIO_clear_retry_flags(bio);
        const Transfer read = tls.receive(asio::buffer(into, size));
        *taken = read.size;
        if (read.size > 0) return 1;
        if (read.would_block()) {
            tls.blocked_ = true;
            BIO_set_retry_read(bio);
        } else if (read.error == 0) {
            tls.failure_.ended = true;
        } else {
            tls.failure_.error = read.error;
        }
        return 0;
    }

    static int write(BIO* bio, const char* from, std::size_t size, std::size_t* taken) {
        TlsLayer& tls = layer(bio);
        BIO_clear_retry_flags(bio);
        const Transfer sent = tls.socket_->raw_write(asio::buffer(from, size));
        *taken = sent.size;
        if (sent.error == 0) return 1;
        if (sent.would_block()) {
            tls.blocked_ = true;
            BIO_set_retry_write(bio);
        } else {
            tls.failure_.error = sent.error;
        }
        return 0;
    }

    static long control(BIO* bio, int command, long, void*) {
        if (command == BIO_CTRL_EOF) return layer(bio).failure_.ended ? 1 : 0;
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static const BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "PolledSocket");
            if (method == nullptr) throw std::bad_alloc{};
            BIO_meth_set_read_ex(method, read);
            BIO_meth_set_write_ex(method, write);
            BIO_meth_set_ctrl(method, control);
            BIO_meth_set_create(method, [](BIO* bio) {
                BIO_set_init(bio, 1);
                return 1;
            });
            return method;
        }();
        return made;
    }
};

// OpenSSL's error queue is the thread's, and SSL_get_error() is misled by what others left there.
class TlsLayer::Call {
public:
    Call(TlsLayer& layer, PolledSocket& socket) : layer_{layer} {
        layer_.socket_ = &socket;
        layer_.blocked_ = false;
        layer_.drained_ = false;
        layer_.ahead_room_ = 0;
        if (layer_.kept_) layer_.ahead_ = asio::buffer(*layer_.kept_);
        ERR_clear_error();
    }
    ~Call() {
        layer_.socket_ = nullptr;
        layer_.keep_ahead();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

private:
    TlsLayer& layer_;
};

TlsLayer::TlsLayer(ssl_st* ssl) : ssl_{ssl} {
    BIO* bio = BIO_new(Bio::method());
    if (bio == nullptr) {
        SSL_free(ssl_);
        throw std::bad_alloc{};
    }
    BIO_set_data(bio, this);
    SSL_set_bio(ssl_, bio, bio);
    // The buffers of an idle connection are freed: 33 KiB. Without AUTO_RETRY a read returns after each message that
    // is none of the application's, and max_silent can count them.
    SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_clear_mode(ssl_, SSL_MODE_AUTO_RETRY);
    SSL_set_read_ahead(ssl_, 0);
    // An end without close_notify is an end: XML streams have an end of their own (RFC 6120 §4.4), and what a
    // connection still writes after it must go out.
    SSL_set_options(ssl_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
}

TlsLayer::~TlsLayer() { close(); }

void TlsLayer::close() {
    if (ssl_ == nullptr) return;
    // What ends without close_notify must not take its session along: it can be resumed nevertheless.
    if (!SSL_in_init(ssl_)) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl_);
    ssl_ = nullptr;
}

// A record takes two reads of the BIO, of its header and of the rest, and to see that there is no other takes a third.
// So read() gives them what one receive brought, of all connections into the same buffer.
Transfer TlsLayer::receive(asio::mutable_buffer into) {
    if (ahead_.size() == 0) {
        if (drained_) return {0, EAGAIN};
        if (ahead_room_ < least_ahead) return socket_->raw_read(into);
        const auto most = asio::buffer(socket_->shared()->tls_buffer(), ahead_room_);
        const Transfer received = socket_->raw_read(most);
        if (received.size == 0) return received;
        drained_ = received.size < most.size();   // readiness tells of what comes from now on
        ahead_ = asio::buffer(most, received.size);
    }
    const std::size_t size = asio::buffer_copy(into, ahead_);
    ahead_ += size;
    return {size, 0};
}

// Rare: OpenSSL must write before it reads on. The buffer is needed by others meanwhile.
void TlsLayer::keep_ahead() {
    if (ahead_.size() == 0)
        kept_.reset();
    else
        kept_ = std::make_unique<std::string>(static_cast<const char*>(ahead_.data()), ahead_.size());
    ahead_ = {};
}

// How much may be received ahead when there is room for so many bytes of plain text: what comes out of it, and of the
// record that OpenSSL may have begun, must find room. Plain text is shorter than its records.
std::size_t TlsLayer::ahead_for(std::size_t room) const {
    if (socket_->shared() == nullptr || room < max_record) return 0;
    return std::min(room - max_record, IoShared::tls_read_size);
}

TlsLayer::Step TlsLayer::handshake(PolledSocket& socket) {
    if (ssl_ == nullptr) return Step::failed;
    const Call call{*this, socket};
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) {
        info_.version = text(SSL_get_version(ssl_));
        info_.cipher = text(SSL_get_cipher_name(ssl_));
        info_.server_name = text(SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name));
        const unsigned char* protocol = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_, &protocol, &size);
        info_.alpn.assign(protocol, protocol + size);
        // A server's OCSP response was sent, and is not needed again.
        SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, nullptr);
        return Step::done;
    }
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ: return Step::want_read;
        case SSL_ERROR_WANT_WRITE: return Step::want_write;
        default: break;
    }
    failure_.reason = ERR_peek_error();
    return Step::failed;
}

int TlsLayer::error_of(int why) const {
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    if (failure_.error != 0) return failure_.error;
    return why == SSL_ERROR_SYSCALL && failure_.ended ? 0 : EPROTO;
}

Transfer TlsLayer::read(PolledSocket& socket, asio::mutable_buffer into) {
    if (end_) return {0, *end_};
    if (ssl_ == nullptr) return {0, EBADF};
    const Call call{*this, socket};
    read_wants_write_ = false;
    auto* const room = static_cast<char*>(into.data());
    std::size_t size = 0;
    int silent = 0;
    // A record is begun only when there is room for all of it: what is left of one would be in OpenSSL, where no
    // readiness tells of it.
    while (size == 0 || SSL_pending(ssl_) > 0 || ahead_.size() > 0 || into.size() - size >= max_record) {
        if (size == into.size()) break;
        ahead_room_ = ahead_for(into.size() - size);
        std::size_t more = 0;
        if (SSL_read_ex(ssl_, room + size, into.size() - size, &more) == 1) {
            size += more;
            continue;
        }
        const int why = SSL_get_error(ssl_, 0);
        if (why == SSL_ERROR_WANT_READ && !blocked_ && (ahead_.size() > 0 || ++silent < max_silent)) continue;
        read_wants_write_ = why == SSL_ERROR_WANT_WRITE;
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return read_failed(socket, size, error_of(why));
        return {size, size > 0 ? 0 : EAGAIN};
    }
    // Of a caller with little room: it is told at once, because the socket can be written.
    read_wants_write_ = ahead_.size() > 0;
    return {size, 0};
}

// With bytes before it, the end is told by the next read; nothing may ever come that would tell of it, but a socket
// that receives no more is always readable.
Transfer TlsLayer::read_failed(PolledSocket& socket, std::size_t size, int error) {
    end_ = error;
    ahead_ = {};
    if (size == 0) return {0, error};
    socket.shutdown_receive();
    return {size, 0};
}

Transfer TlsLayer::write(PolledSocket& socket, asio::const_buffer from) {
    if (ssl_ == nullptr) return {0, EBADF};
    const Call call{*this, socket};
    write_wants_read_ = false;
    const auto* const bytes = static_cast<const char*>(from.data());
    std::size_t size = 0;
    int silent = 0;
    while (size < from.size()) {
        std::size_t more = 0;
        if (SSL_write_ex(ssl_, bytes + size, from.size() - size, &more) == 1) {
            size += more;
            continue;
        }
        const int why = SSL_get_error(ssl_, 0);
        if (why == SSL_ERROR_WANT_READ && !blocked_ && ++silent < max_silent) continue;
        write_wants_read_ = why == SSL_ERROR_WANT_READ;
        if (size > 0) break;   // the next write says what is wrong
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return {0, EAGAIN};
        return {0, failure_.error != 0 ? failure_.error : EPROTO};
    }
    return {size, 0};
}

void TlsLayer::shutdown(PolledSocket& socket) {
    if (ssl_ == nullptr || SSL_in_init(ssl_)) return;
    const Call call{*this, socket};
    SSL_shutdown(ssl_);
}

}   // namespace wsxmpp::transports
