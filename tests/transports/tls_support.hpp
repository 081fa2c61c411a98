// The peer of a TLS connection in the thread of the test, and our own end of a handshake on a PolledSocket.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "support.hpp"
#include "transports/open_socket.hpp"
#include "transports/polled_socket.hpp"
#include "transports/tls_layer.hpp"
#include "upstream/certificates.hpp"

namespace test {

// OpenSSL between memory and a socket of ours: the test decides what is read and sent, and when.
class TlsEnd {
public:
    // `ssl`: set to connect or to accept.
    TlsEnd(asio::io_context& under_test, Owned<SSL> configured) : peer{under_test}, ssl{std::move(configured)} {
        SSL_set_bio(ssl.get(), in_, out_);
    }

    // One step of whatever there is to do; what SSL_do_handshake() says.
    bool handshake() {
        receive();
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl.get());
        if (error == 0) error = ERR_peek_error();
        transmit();
        return done == 1;
    }

    // Encrypts; goes out with transmit().
    void write(std::string_view bytes) {
        if (bytes.empty()) return;
        REQUIRE(SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
    }

    // What is encrypted and not yet sent.
    std::string& outgoing() {
        std::array<char, 16'384> buffer;
        for (int size = 0; (size = BIO_read(out_, buffer.data(), buffer.size())) > 0;)
            outgoing_.append(buffer.data(), static_cast<std::size_t>(size));
        return outgoing_;
    }

    bool transmit() {
        std::string& bytes = outgoing();
        if (bytes.empty()) return true;
        std::error_code ec;
        bytes.erase(0, peer.socket.write_some(asio::buffer(bytes), ec));
        return bytes.empty();
    }

    void receive() {
        std::array<char, 65'536> buffer;
        std::error_code ec;
        for (;;) {
            const std::size_t size = peer.socket.read_some(asio::buffer(buffer), ec);
            if (size == 0) break;
            BIO_write(in_, buffer.data(), static_cast<int>(size));
        }
        if (ec != asio::error::would_block) fin = true;
        if (fin) BIO_ctrl(in_, BIO_C_SET_BUF_MEM_EOF_RETURN, 0, nullptr);
    }

    // Decrypts what has come; each call of SSL_read() brings one record at most.
    void read() {
        receive();
        std::array<char, 16'384> buffer;
        ERR_clear_error();
        for (int size = 0; (size = SSL_read(ssl.get(), buffer.data(), buffer.size())) > 0; ++records)
            received.append(buffer.data(), static_cast<std::size_t>(size));
        closed = (SSL_get_shutdown(ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    Peer peer;
    Owned<SSL> ssl;
    std::string received;
    int records = 0;
    unsigned long error = 0;   // of the handshake
    bool closed = false;       // close_notify has come
    bool fin = false;

private:
    BIO* in_ = BIO_new(BIO_s_mem());   // ssl's
    BIO* out_ = BIO_new(BIO_s_mem());
    std::string outgoing_;
};

class TlsServerEnd : public TlsEnd {
public:
    TlsServerEnd(asio::io_context& under_test, SSL_CTX* context) : TlsEnd{under_test, accepting(context)} {}
    bool accept() { return handshake(); }

private:
    static Owned<SSL> accepting(SSL_CTX* context) {
        Owned<SSL> ssl{SSL_new(context)};
        SSL_set_accept_state(ssl.get());
        return ssl;
    }
};

// Drives a handshake, as whoever connects or accepts does.
class Securing final : public wsxmpp::transports::PolledSocket, public std::enable_shared_from_this<Securing> {
public:
    using Layer = wsxmpp::transports::TlsLayer;

    explicit Securing(wsxmpp::transports::FreshSocket connected) : PolledSocket{std::move(connected)} {}

    void secure(std::unique_ptr<Layer> layer) {
        start_tls(std::move(layer));
        keep_alive({shared_from_this(), this});
        step();
    }

    Layer& layer() { return *tls(); }
    Layer::Step state = Layer::Step::want_read;
    bool over() const { return state == Layer::Step::done || state == Layer::Step::failed; }

private:
    void step() {
        state = tls()->handshake(*this);
        watch(state == Layer::Step::want_read, state == Layer::Step::want_write);
        if (over()) let_go();
    }
    void on_readable() override { step(); }
    void on_writable() override { step(); }
    void on_deadline() override {}
    void on_shutdown() noexcept override { close_socket(); }
};

// Both ends of a connection on loopback, before their handshake.
struct TlsPair {
    explicit TlsPair(SSL_CTX* context, int server_buffer = 0) : server{io, context} {
        if (server_buffer > 0) acceptor.set_option(tcp::socket::receive_buffer_size{server_buffer});
        std::error_code ec;
        const int fd = wsxmpp::transports::begin_connect(acceptor.local_endpoint(), ec);
        REQUIRE_FALSE(ec);
        acceptor.accept(server.peer.socket);
        server.peer.ready();
        client = std::make_shared<Securing>(wsxmpp::transports::FreshSocket{io, fd});
    }

    // True: both ends are done.
    bool handshake(std::unique_ptr<wsxmpp::transports::TlsLayer> layer) {
        client->secure(std::move(layer));
        bool accepted = false;
        run_until(io, [&] {
            accepted = server.accept() || accepted;
            return client->over() && (accepted || client->state == Securing::Layer::Step::failed);
        });
        return client->state == Securing::Layer::Step::done;
    }

    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    TlsServerEnd server;
    std::shared_ptr<Securing> client;
};

}   // namespace test
