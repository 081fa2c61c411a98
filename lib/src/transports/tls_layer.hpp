// TLS on a socket of ours: OpenSSL between PolledSocket and the bytes that a connection reads and writes.
#pragma once

#include <asio/buffer.hpp>
#include <memory>
#include <string>

#include "wsxmpp/connection.hpp"

struct ssl_st;

namespace wsxmpp::transports {

struct Transfer;
class PolledSocket;

// One TLS session, made from an SSL_CTX by whoever knows whom to trust. Its bytes go through PolledSocket's own
// receive and send, so that it works with each way of waiting, and raises no SIGPIPE.
class TlsLayer {
public:
    // Takes ownership of `ssl`, which is set to connect or to accept.
    explicit TlsLayer(ssl_st* ssl);
    ~TlsLayer();
    TlsLayer(const TlsLayer&) = delete;
    TlsLayer& operator=(const TlsLayer&) = delete;

    enum class Step { done, want_read, want_write, failed };
    // Goes on with the handshake; failed: the reason is in OpenSSL's error queue and SSL_get_verify_result().
    Step handshake(PolledSocket& socket);

    // As recv() and send() of the plain bytes.
    Transfer read(PolledSocket& socket, asio::mutable_buffer into);
    Transfer write(PolledSocket& socket, asio::const_buffer from);
    // close_notify, as far as the socket takes it.
    void shutdown(PolledSocket& socket);

    ssl_st* native() const { return ssl_; }
    const TlsInfo& info() const { return info_; }   // after the handshake

private:
    ssl_st* ssl_;
    TlsInfo info_;
};

}   // namespace wsxmpp::transports
