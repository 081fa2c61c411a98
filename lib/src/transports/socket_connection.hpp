// What the connections on a TCP socket have in common: readiness, reading into the shared buffer, output that is
// sent at once or kept, and an end that loses nothing. What the bytes mean is the derived class's affair.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "transports/handler_slot.hpp"
#include "transports/io_shared.hpp"
#include "wsxmpp/connection.hpp"

namespace wsxmpp::transports {

// The executor type is named, not type-erased: 10 % fewer instructions a message (measured).
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

// Makes a fresh socket fit for a connection: non-blocking, no Nagle delay, TCP keepalive. Errors show at the first
// read.
void prepare(Socket& socket);

// "127.0.0.1:5222", "[::1]:5222"
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

class SocketConnection : public Connection,
                         public std::enable_shared_from_this<SocketConnection>,
                         protected Registered,
                         private SharedOutput::Owner {
public:
    ~SocketConnection() override;

    void start(std::shared_ptr<Receiver> receiver, std::size_t max_message) override;
    bool flush() override;
    void pause() override;
    void resume() override;
    void abort() override;
    std::string peer() const override { return to_text(remote_); }

protected:
    enum class State {
        made,      // start() has not been called
        open,      // reading, unless paused or ended
        closing,   // close() was called: the rest is sent, then FIN, then what comes is discarded until EOF
        closed,    // the socket is closed; on_closed() is posted
    };

    SocketConnection(Socket socket, asio::ip::tcp::endpoint remote);

    // What one read brought; may be changed in place. Not called when paused or ended, but still while closing.
    virtual void on_bytes(char* data, std::size_t size) = 0;
    // The peer sent FIN, in state open.
    virtual void on_eof() = 0;
    // A deadline that is not the one of closing.
    virtual void on_open_deadline() {}
    // The peer took some of the output that had been kept.
    virtual void on_progress() {}
    // Kept output has all been sent: the moment for what had to wait.
    virtual void on_drained() {}
    // While closing, once all is sent: whether FIN may be sent, or the peer still has something to say.
    virtual bool may_send_fin() const { return true; }

    State state() const { return state_; }
    bool paused() const { return paused_; }
    bool ended() const { return ended_; }
    Receiver* receiver() const { return receiver_.get(); }
    Socket& socket() { return socket_; }

    // Nothing more will come: tells the receiver, once, and reads no more. Only from the io_context.
    void end(std::error_code reason, std::string_view detail);

    // Bytes to be handed to on_bytes() before anything that is read; at most IoShared::read_size.
    void unread(std::string_view bytes) { unread_ = bytes; }

    // Appends to the output of this connection, in order; sent by flush() or send_output().
    void append(std::string_view bytes);
    void append_borrowed(std::string_view bytes);   // borrowed until flush() returns
    bool writable() const { return !broken_ && (state_ == State::made || state_ == State::open); }
    bool holds_output() const { return pending_ != nullptr; }
    // True: nothing is held.
    bool send_output();

    // The rest of close(), after the last bytes were appended.
    void begin_close(std::chrono::milliseconds timeout);
    // Goes on with closing as far as it can.
    void advance_close();

private:
    struct ReadHandler;
    // What the socket did not take.
    struct Pending {
        std::string bytes;
        std::size_t sent = 0;
    };

    // Readiness: the only two functions that name how it is waited for.
    void want_read();
    void want_write();
    void on_read_ready();
    void on_write_ready();

    bool reads() const;
    void read_available();
    void read_failed(std::error_code ec);
    bool send_pending();
    void write_failed(std::error_code ec);
    void end_broken();
    void finish();

    void on_deadline() final;
    void on_shutdown() noexcept final;
    void evict() final;

    Socket socket_;
    asio::ip::tcp::endpoint remote_;
    std::shared_ptr<Receiver> receiver_;
    std::string unread_;
    std::unique_ptr<Pending> pending_;   // when set, everything written is appended to it
    std::error_code broken_;             // nothing can be sent any more
    State state_ = State::made;
    bool paused_ = false;
    bool reading_ = false;         // a wait for reading is under way
    bool writing_ = false;         // a wait for writing is under way
    bool owes_writable_ = false;   // flush() returned false
    bool ended_ = false;           // on_end() was called
    bool eof_ = false;             // nothing more to read
    bool fin_sent_ = false;
    HandlerSlot read_slot_;
};

}   // namespace wsxmpp::transports
