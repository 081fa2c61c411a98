// A non-blocking stream socket of an io_context, and the seam at which it is waited for: polled_socket_epoll.cpp does
// that with an epoll of our own (Linux), polled_socket_asio.cpp with Asio's waits. Both are level-triggered as seen
// from here: what is watched is told again until it is no longer so.
#pragma once

#include <asio/basic_socket_acceptor.hpp>
#include <asio/basic_stream_socket.hpp>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "transports/handler_slot.hpp"
#include "transports/registered.hpp"

namespace wsxmpp::transports {

// The executor type is named, not type-erased: 10 % fewer instructions a message (measured).
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
// Of Unix-domain sockets, too: Asio asks for the protocol only when it makes a socket.
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

// "127.0.0.1:5222", "[::1]:5222"
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

// A connected socket that nobody has yet: non-blocking, no Nagle delay, TCP keepalive.
class FreshSocket {
public:
    // Sets what the connections that are accepted inherit. Before accept().
    static void prepare(Acceptor& acceptor);
    // Takes a connection from the acceptor's queue; the error is would_block when there is none. `remote` is empty when
    // it is no TCP.
    static FreshSocket accept(Acceptor& acceptor, asio::ip::tcp::endpoint& remote, std::error_code& ec);
    // Of begin_connect() (open_socket.hpp), which has set its options.
    FreshSocket(asio::io_context& io, int fd);

    asio::io_context& io() const { return *io_; }

#if WSXMPP_EPOLL
    FreshSocket(FreshSocket&& other) noexcept;
    FreshSocket& operator=(FreshSocket&&) = delete;
    ~FreshSocket();
    int release() noexcept;

private:
    asio::io_context* io_;
    int fd_;
#else
    Socket& socket() { return socket_; }

private:
    explicit FreshSocket(Socket accepted);
    asio::io_context* io_;
    Socket socket_;
#endif
};

// What one read or write did. A number and not an error_code: comparing that takes virtual calls, and this is made
// twice a message.
struct Transfer {
    std::size_t size = 0;   // bytes; 0 without an error: the end of what the peer sends
    int error = 0;          // errno

    bool would_block() const { return error == EAGAIN || error == EWOULDBLOCK; }
};

class TlsLayer;

class PolledSocket : protected Registered {
protected:
    explicit PolledSocket(FreshSocket socket);
    // Takes the socket of another one, and its TLS; that one is closed then. Goes on watching what it watched.
    explicit PolledSocket(PolledSocket& from);
    ~PolledSocket() override;

    // Watched, and now there is something to read, or the end, or an error; something can be written, or there is an
    // error. From the io_context, never from inside another call; before keep_alive() only when the socket of another
    // was taken over.
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

    // What is waited for from now on. An error: nothing is, and the socket is of no use.
    std::error_code watch(bool readable, bool writable);
    bool watches_reading() const { return (watched_ & reading) != 0; }
    bool watches_writing() const { return (watched_ & writing) != 0; }

    // From now on what is read and written goes through TLS. Its handshake is the caller's to drive.
    void start_tls(std::unique_ptr<TlsLayer> layer);
    TlsLayer* tls() const { return tls_.get(); }   // null: plain TCP
    // The peer speaks no TLS, and is answered in plain text.
    void end_tls();

    // As recv() and send() do, once; with TLS, as many records as fit, or are there.
    Transfer read_some(asio::mutable_buffer into);
    Transfer write_some(asio::const_buffer from);
    Transfer write_some(const std::vector<asio::const_buffer>& from);
    // What a read would bring, without TLS; it stays there.
    Transfer peek_some(asio::mutable_buffer into);

    void shutdown_send();
    void shutdown_both();
    void close_socket();
    bool is_open() const;
    // What became of connecting, once it can be written (SO_ERROR).
    std::error_code connect_error() const;
    // Empty when it is not connected, or not by TCP.
    asio::ip::tcp::endpoint remote_endpoint() const;
    asio::ip::tcp::endpoint local_endpoint() const;

private:
    friend class TlsLayer;
    static constexpr std::uint8_t reading = 1;
    static constexpr std::uint8_t writing = 2;

    Transfer raw_read(asio::mutable_buffer into);
    Transfer raw_write(asio::const_buffer from);
    void shutdown_receive();

    Transfer tls_read(asio::mutable_buffer into);
    Transfer tls_write(asio::const_buffer from);
    Transfer tls_write(const std::vector<asio::const_buffer>& from);
    // What the socket is to be waited for, so that what is watched is told.
    std::uint8_t directions() const;
    std::error_code wait_for(std::uint8_t directions);
    void tell(bool readable, bool writable);
    void tell_tls(bool readable, bool writable);

    std::unique_ptr<TlsLayer> tls_;
    std::uint8_t watched_ = 0;
#if WSXMPP_EPOLL
    friend class Readiness;
    static std::uint32_t to_events(std::uint8_t which);
    void on_events(std::uint32_t events);

    std::uint8_t awaited_ = 0;   // what epoll was told
    int fd_;
#else
    struct Handler;
    void arm();
    void on_ready(std::uint8_t which);

    std::uint8_t waits_ = 0;   // those under way
    Socket socket_;
    HandlerSlot read_slot_;
    HandlerSlot write_slot_;
#endif
};

}   // namespace wsxmpp::transports
