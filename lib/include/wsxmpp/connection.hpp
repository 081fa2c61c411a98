// A connection: what a transport gives to a session. WebSockets, TCP and the in-memory pair are connections.
//
// Runs on the io_context it was made with, which one thread runs; every call and every callback is made there.
// A connection is owned by whoever holds the shared_ptr, and by its own pending operations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace wsxmpp {

// The only place where the events of a connection come in. A connection never calls its receiver from inside
// one of its own member functions, so a receiver may call those from anywhere without being re-entered.
class Receiver {
public:
    // One whole message, or some bytes. Borrowed: valid until on_read_end() returns, so that what is written
    // from it to another connection need not be copied.
    virtual void on_data(std::string_view data) = 0;

    // The same, of a binary message: one that write_binary() would send. Only a WebSocket tells them apart, and only
    // where they are taken at all (WebSocketListenerOptions::accept_binary).
    virtual void on_binary(std::string_view data) { on_data(data); }

    // All that one read brought has been handed out: the moment to flush() what it led to.
    virtual void on_read_end() = 0;

    // Nothing more will come: the peer closed (errc::peer_closed), the connection broke, or what the peer sent
    // broke the transport's rules (errc::websocket_violation, element_too_large …; `detail` says how).
    // Comes at most once. What is written may still arrive; close() is the receiver's to call.
    virtual void on_end(std::error_code reason, std::string_view detail) = 0;

    // After flush() returned false: everything written has now been taken.
    virtual void on_writable() = 0;

    // The connection is gone; the last call. Comes exactly once, after close() or abort().
    virtual void on_closed() = 0;

protected:
    ~Receiver() = default;
};

// The TLS that a connection runs over.
struct TlsInfo {
    std::string version;       // "TLSv1.3"
    std::string cipher;        // "TLS_AES_256_GCM_SHA384"
    std::string server_name;   // the name asked for (SNI, RFC 6066 §3); may be empty
    std::string alpn;          // the protocol agreed on (RFC 7301); may be empty
};

class Connection {
public:
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Starts reading. Called once. The receiver is kept alive until its on_closed() has returned.
    // `max_message`: bytes of the largest message taken; a larger one ends reading with
    // errc::element_too_large. A connection of bytes ignores it.
    virtual void start(std::shared_ptr<Receiver> receiver, std::size_t max_message) = 0;

    // Changes start()'s `max_message`: lowered right after start(), raised later. Until a client has logged in, a
    // session takes less of it. What ignores this lets larger messages through to the session, which checks them again.
    virtual void set_max_message(std::size_t bytes) { (void)bytes; }

    // Writes one message, or some bytes, given in pieces, which are borrowed for the call.
    // Ignored after close() and after the connection broke. Nothing need be sent before flush().
    virtual void write(std::initializer_list<std::string_view> pieces) = 0;

    // The same, of what stays valid until flush() returns, as what on_data() handed out does: it may be sent from where
    // it is, without a copy.
    virtual void write_borrowed(std::string_view data) { write({data}); }

    // The same as write(); a WebSocket sends it as a binary message.
    virtual void write_binary(std::initializer_list<std::string_view> pieces) { write(pieces); }

    // Sends what was written. True: all of it was taken, nothing is held. False: the rest is kept (a copy, as
    // large as what was not taken), on_writable() comes when it is gone; write no more than must be until then.
    virtual bool flush() = 0;

    // Stops and restarts reading; a paused connection still notices that it broke while it writes.
    virtual void pause() = 0;
    virtual void resume() = 0;

    // Ends the connection as its protocol provides, after what was written: a WebSocket sends a close frame with
    // `code` and `reason` (at most 123 bytes: close_reason()) and waits for the peer's; TCP sends FIN and waits
    // for the peer's. Both waits are bounded. No on_data() after it; on_closed() follows. A second call is ignored.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;

    // Ends the connection now; what is still to be sent is lost. on_closed() follows.
    virtual void abort() = 0;

    // The WebSocket subprotocol agreed on, or empty.
    virtual std::string_view subprotocol() const { return {}; }

    // Who is at the other end, for logs: "127.0.0.1:52344". The client, where a proxy that is trusted says who that is;
    // then perhaps without a port: "192.0.2.1", "[2001:db8::1]". "unix:" for one on a Unix-domain socket. Empty when
    // unknown.
    virtual std::string peer() const { return {}; }

    // Our own end, for whoever is told of it (the PROXY protocol): "10.0.0.1:6222". Empty when unknown.
    virtual std::string local() const { return {}; }

    // Null without TLS. Valid as long as the connection.
    virtual const TlsInfo* tls() const { return nullptr; }

protected:
    Connection() = default;
};

}   // namespace wsxmpp
