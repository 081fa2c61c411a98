// TLS on a socket of ours: OpenSSL between PolledSocket and the bytes that a connection reads and writes.
#pragma once

#include <asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
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
    static constexpr std::size_t max_record = 16'384;   // the plain text of one (RFC 8446 §5.1)

    // Takes ownership of `ssl`, which is set to connect or to accept.
    explicit TlsLayer(ssl_st* ssl);
    ~TlsLayer();
    TlsLayer(const TlsLayer&) = delete;
    TlsLayer& operator=(const TlsLayer&) = delete;

    enum class Step { done, want_read, want_write, failed };
    // Goes on with the handshake; failed: the reason is in failure() and SSL_get_verify_result().
    Step handshake(PolledSocket& socket);

    // Why the handshake failed: OpenSSL's error, or what the socket said, or the peer's end.
    struct Failure {
        unsigned long reason = 0;
        int error = 0;
        bool ended = false;
    };
    const Failure& failure() const { return failure_; }

    // As recv() and send() of the plain bytes. A buffer of at least 16 KiB takes all there is: what a read leaves is in
    // the kernel, which tells of it.
    Transfer read(PolledSocket& socket, asio::mutable_buffer into);
    Transfer write(PolledSocket& socket, asio::const_buffer from);
    // close_notify, as far as the socket takes it.
    void shutdown(PolledSocket& socket);
    // Frees all but info().
    void close();

    // What the last read or write waits for is the other direction: a KeyUpdate is to be answered first, or has come
    // only in part (RFC 8446 §4.6.3).
    bool read_wants_write() const { return read_wants_write_; }
    bool write_wants_read() const { return write_wants_read_; }

    ssl_st* native() const { return ssl_; }         // null after close()
    const TlsInfo& info() const { return info_; }   // after the handshake

private:
    struct Bio;
    class Call;

    Transfer receive(asio::mutable_buffer into);
    std::size_t ahead_for(std::size_t room) const;
    void keep_ahead();
    Transfer read_failed(PolledSocket& socket, std::size_t size, int error);
    int error_of(int why) const;

    ssl_st* ssl_;
    PolledSocket* socket_ = nullptr;   // during a call
    TlsInfo info_;
    Failure failure_;
    std::optional<int> end_;              // what read() says from now on: errno, or 0
    asio::const_buffer ahead_;            // received, and not yet OpenSSL's; of a buffer that all share, or of kept_
    std::unique_ptr<std::string> kept_;   // what was left of it when the last call returned: mostly nothing
    std::size_t ahead_room_ = 0;          // how much may be received ahead; 0 but in read()
    bool drained_ = false;                // the socket had no more, in this call
    bool blocked_ = false;                // the socket had nothing, or took nothing, in this call
    bool read_wants_write_ = false;
    bool write_wants_read_ = false;
};

}   // namespace wsxmpp::transports
