#include "load/wire.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace bench {

namespace {

SSL_CTX* client_context() {
    static SSL_CTX* const context = [] {
        SSL_CTX* const made = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(
            made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_options(made, SSL_OP_IGNORE_UNEXPECTED_EOF);
        SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
        return made;
    }();
    return context;
}

}   // namespace

void Wire::Free::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

void Wire::start_tls(const char* server_name) {
    ssl_.reset(SSL_new(client_context()));
    SSL_set_fd(ssl_.get(), socket_.get());
    SSL_set_connect_state(ssl_.get());
    // The macro for it casts as C does.
    SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(server_name));
}

// A record is read as a whole, so that what is left is in the kernel, which tells of it.
ssize_t Wire::receive(char* buffer, std::size_t size) {
    if (!ssl_) return ::recv(socket_.get(), buffer, size, 0);
    const int read = SSL_read(ssl_.get(), buffer, static_cast<int>(size));
    if (read > 0) return read;
    switch (SSL_get_error(ssl_.get(), read)) {
        case SSL_ERROR_WANT_READ: errno = EAGAIN; return -1;
        case SSL_ERROR_ZERO_RETURN: return 0;
        default: errno = EPROTO; return -1;
    }
}

ssize_t Wire::send(std::string_view bytes) {
    if (!ssl_) return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    const int why = sent > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), sent);
    send_waits_for_read_ = why == SSL_ERROR_WANT_READ;
    if (sent > 0) return sent;
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

}   // namespace bench
