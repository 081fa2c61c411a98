#include "transports/tls_layer.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <limits>

#include "transports/polled_socket.hpp"

namespace wsxmpp::transports {

namespace {

// OpenSSL's bytes, as a socket of ours sends and receives them: without SIGPIPE, and with each way of waiting.
int bio_write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    auto* const socket = static_cast<PolledSocket*>(BIO_get_data(bio));
    const Transfer sent = TlsLayer::send(*socket, {data, static_cast<std::size_t>(size)});
    if (sent.would_block()) BIO_set_retry_write(bio);
    errno = sent.error;
    return sent.error != 0 ? -1 : static_cast<int>(sent.size);
}

int bio_read(BIO* bio, char* data, int size) {
    BIO_clear_retry_flags(bio);
    auto* const socket = static_cast<PolledSocket*>(BIO_get_data(bio));
    const Transfer read = TlsLayer::receive(*socket, {data, static_cast<std::size_t>(size)});
    if (read.would_block()) BIO_set_retry_read(bio);
    if (read.size == 0 && read.error == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    errno = read.error;
    return read.error != 0 ? -1 : static_cast<int>(read.size);
}

long bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
    BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wsxmpp socket");
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
}

BIO* make_bio() {
    static BIO_METHOD* const method = make_method();   // lives as long as the process
    BIO* const bio = BIO_new(method);
    BIO_set_init(bio, 1);
    return bio;
}

int bounded(std::size_t size) {
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
    return static_cast<int>(size < most ? size : most);
}

const char* text_or_empty(const char* text) { return text != nullptr ? text : ""; }

}   // namespace

TlsLayer::TlsLayer(ssl_st* ssl) : ssl_{ssl} {
    SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_set_options(ssl_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // What a read leaves inside OpenSSL nobody would be told of: it takes no more than the record that is asked for.
    SSL_set_read_ahead(ssl_, 0);
    BIO* const bio = make_bio();
    SSL_set_bio(ssl_, bio, bio);
}

TlsLayer::~TlsLayer() { SSL_free(ssl_); }

void TlsLayer::bind(PolledSocket& socket) {
    BIO_set_data(SSL_get_rbio(ssl_), &socket);
    ERR_clear_error();   // of whoever used OpenSSL on this thread before
}

TlsLayer::Step TlsLayer::handshake(PolledSocket& socket) {
    bind(socket);
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) {
        note_info();
        return Step::done;
    }
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ: return Step::want_read;
        case SSL_ERROR_WANT_WRITE: return Step::want_write;
        default: return Step::failed;
    }
}

void TlsLayer::note_info() {
    info_.version = SSL_get_version(ssl_);
    info_.cipher = text_or_empty(SSL_get_cipher_name(ssl_));
    info_.server_name = text_or_empty(SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name));
    const unsigned char* alpn = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &alpn, &size);
    info_.alpn.assign(alpn, alpn + size);
}

// As much as there is: the reader stops at a read that does not fill its buffer.
Transfer TlsLayer::read(PolledSocket& socket, asio::mutable_buffer into) {
    bind(socket);
    std::size_t size = 0;
    while (size < into.size()) {
        const int result = SSL_read(ssl_, static_cast<char*>(into.data()) + size, bounded(into.size() - size));
        if (result > 0) {
            size += static_cast<std::size_t>(result);
            continue;
        }
        const int error = error_of(result);
        const bool more_may_come = error == EAGAIN;
        if (size == 0) {
            ended_ = false;
            return {0, error};
        }
        ended_ = !more_may_come;   // OpenSSL says it again
        break;
    }
    return {size, 0};
}

bool TlsLayer::holds_something() const { return ended_ || SSL_pending(ssl_) > 0; }

Transfer TlsLayer::write(PolledSocket& socket, asio::const_buffer from) {
    if (from.size() == 0) return {};
    bind(socket);
    const int result = SSL_write(ssl_, from.data(), bounded(from.size()));
    if (result > 0) return {static_cast<std::size_t>(result), 0};
    const int error = error_of(result);
    return {0, error != 0 ? error : EPIPE};
}

// errno; 0: the end of what the peer sends. An end without close_notify is one, too: an XMPP stream has an end tag of
// its own to tell whether it is whole.
int TlsLayer::error_of(int result) const {
    const int system = errno;
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE: return EAGAIN;
        case SSL_ERROR_ZERO_RETURN: return 0;
        case SSL_ERROR_SYSCALL: return system;
        default: break;
    }
    return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? 0 : EPROTO;
}

void TlsLayer::shutdown(PolledSocket& socket) {
    if (SSL_in_init(ssl_) != 0) return;
    bind(socket);
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

Transfer TlsLayer::send(PolledSocket& socket, asio::const_buffer from) { return socket.send(from); }
Transfer TlsLayer::receive(PolledSocket& socket, asio::mutable_buffer into) { return socket.receive(into); }

// Each write is a record at least: short pieces are put together.
Transfer PolledSocket::send_secured(const std::vector<asio::const_buffer>& from) {
    std::string all;
    for (const asio::const_buffer piece : from) all.append(static_cast<const char*>(piece.data()), piece.size());
    return tls_->write(*this, asio::buffer(all));
}

}   // namespace wsxmpp::transports
