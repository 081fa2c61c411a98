// What the connections on a TCP socket have in common: reading into the shared buffer, output that is sent at once or
// kept, and an end that loses nothing. What the bytes mean is the derived class's affair.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "transports/polled_socket.hpp"
#include "wsxmpp/connection.hpp"

namespace wsxmpp::transports {

class SocketConnection : public Connection,
                         public std::enable_shared_from_this<SocketConnection>,
                         protected PolledSocket {
public:
    ~SocketConnection() override;

    void start(std::shared_ptr<Receiver> receiver, std::size_t max_message) override;
    bool flush() override;
    void pause() override;
    void resume() override;
    void abort() override;
    const TlsInfo* tls() const override;

    // For SharedOutput: takes along what this connection has there.
    void evict();

protected:
    enum class State : std::uint8_t {
        made,      // start() has not been called
        open,      // reading, unless paused or ended
        closing,   // close() was called: the rest is sent, then FIN, then what comes is discarded until EOF
        closed,    // the socket is closed; on_closed() is posted
    };

    explicit SocketConnection(FreshSocket socket);
    explicit SocketConnection(PolledSocket& from);

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
    // Bytes that go to on_bytes() before anything that is read; at most IoShared::read_size. Asked for after unread().
    virtual std::string take_unread() { return {}; }

    State state() const { return state_; }
    bool paused() const { return paused_; }
    bool ended() const { return ended_; }
    Receiver* receiver() const { return receiver_.get(); }

    // Nothing more will come: tells the receiver, once, and reads no more. Only from the io_context.
    void end(std::error_code reason, std::string_view detail);

    // There is something for take_unread(): it will be asked for at the next read.
    void unread() { has_unread_ = true; }

    // The output of this connection, in order; sent by flush() or send_output().
    void append(std::string_view bytes) { append(bytes, {}, 0); }
    // `head`, and `pieces` of `size` bytes in all.
    void append(std::string_view head, std::initializer_list<std::string_view> pieces, std::size_t size);
    void append_borrowed(std::string_view bytes);   // borrowed until flush() returns
    // Before anything is appended.
    bool writable() const {
        return broken_ == 0 && shared() != nullptr && (state_ == State::made || state_ == State::open);
    }
    bool holds_output() const { return pending_ != nullptr; }
    // True: nothing is held.
    bool send_output();

    // The rest of close(), after the last bytes were appended.
    void begin_close(std::chrono::milliseconds timeout);
    // Goes on with closing as far as it can.
    void advance_close();

private:
    // What the socket did not take.
    struct Pending {
        std::string bytes;
        std::size_t sent = 0;
    };

    void on_readable() final;
    void on_writable() final;
    void on_deadline() final;
    void on_shutdown() noexcept final;

    bool reads() const;
    void wait();
    void append_otherwise(std::string_view head, std::initializer_list<std::string_view> pieces);
    void read_available();
    void read_failed(int error);
    bool send_pending();
    void write_failed(int error);
    void end_broken();
    void finish();

    std::shared_ptr<Receiver> receiver_;
    std::unique_ptr<Pending> pending_;   // when set, everything written is appended to it
    int broken_ = 0;                     // nothing can be sent any more: errno
    State state_ = State::made;
    bool paused_ : 1;
    bool has_unread_ : 1;
    bool unread_posted_ : 1;
    bool owes_writable_ : 1;   // flush() returned false
    bool ended_ : 1;           // on_end() was called
    bool eof_ : 1;             // nothing more to read
    bool fin_sent_ : 1;
};

}   // namespace wsxmpp::transports
