// A connection that a client opened, until it is a WebSocket or was refused:
//
//     (PROXY header) ─▶ (TLS handshake) ─▶ HTTP request ─▶ 101: handed out
//                                              │   └─▶ page: asked for ─▶ answer ─▶ FIN, until the client's
//                                              └─▶ refusal ─────────────────┘
//
// One deadline, handshake_timeout, stands over all of it up to the answer. Limits act where they are known: of how many
// connect, and how fast, as soon as the client's address is, before TLS costs anything; of sessions when one is asked
// for, so that pages and health checks are answered, and a client hears why.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "transports/accepting.hpp"
#include "transports/client_address.hpp"
#include "transports/polled_socket.hpp"
#include "transports/proxy_hints.hpp"
#include "transports/proxy_protocol_in.hpp"
#include "transports/websocket_handshake.hpp"
#include "wsxmpp/listen_place.hpp"

namespace wsxmpp::transports {

// Owned by its io_context until it is done.
class AcceptingConnection final : public std::enable_shared_from_this<AcceptingConnection>, private PolledSocket {
public:
    AcceptingConnection(FreshSocket socket, const ClientAddress& peer, std::shared_ptr<TlsServer> tls,
                        std::shared_ptr<Accepting> listener);
    ~AcceptingConnection() override;

    void start();
    // The listener stops: refuses, unless the handshake is done.
    void refuse_unavailable();

private:
    enum class Stage : std::uint8_t {
        proxy_header,    // reading it
        before_tls,      // its first byte has not come
        tls_handshake,   //
        request,         // reading it
        page,            // waiting for the PageHandler
        answer,          // sending it
        over,            // FIN was sent; what comes is discarded
        closed,
    };

    void begin_tls_or_http();
    void read_proxy_header();
    void look_for_tls();
    void handshake();
    void read_request();
    void on_request(HandshakeAnswer& answer);
    ProxyMark look_for_untrusted_proxy(std::string_view& begin);
    bool find_client(const HandshakeAnswer& answer);
    void ask_for_page(const HandshakeAnswer& answer);
    void upgrade(const HandshakeAnswer& answer);

    bool is_admitted(bool of_http_proxy);
    void make_room();
    bool within_rate();
    void refuse_over(Accepting::Verdict verdict);
    void refuse(const HandshakeAnswer& answer);
    void answer_with(const HandshakeAnswer& answer, LogLevel level, std::string_view message);
    void drop(std::string_view message, std::string_view reason);
    void send_answer();
    void end_after_answer();
    void limit_ending();
    void move_to(AcceptingConnections& list);
    void end_handshake();
    void discard();
    void vanish();
    void finish();
    void log(LogLevel level, std::string_view message, int status, std::string_view reason) const;

    void on_readable() override;
    void on_writable() override;
    void on_deadline() override;
    void on_shutdown() noexcept override;

    bool before_answer() const { return stage_ < Stage::answer; }

    ClientAddress peer_;                           // whoever connected
    ClientAddress client_;                         // whom that is, or speaks for
    std::unique_ptr<ClientAddress> destination_;   // what the client connected to, by the PROXY header
    std::shared_ptr<TlsServer> tls_server_;
    std::shared_ptr<Accepting> listener_;
    std::unique_ptr<ProxyHeaderReader> proxy_header_;
    Handshake handshake_;
    std::chrono::steady_clock::time_point accepted_at_ = std::chrono::steady_clock::now();
    std::string begin_;   // what came first, while it may yet be a PROXY header of one who is not trusted
    std::string answer_;
    std::size_t sent_ = 0;
    AcceptingConnections* among_;   // one of the listener's lists
    AcceptingConnections::iterator at_;
    Stage stage_ = Stage::request;
    bool in_handshake_ = true;
    bool counted_ = false;     // by the Admission
    bool limited_ = false;     // by address
    bool secure_ = false;      // as a trusted proxy says
    bool has_begun_ = false;   // the request, or TLS
    bool head_only_ = false;   // it came by HEAD
};

}   // namespace wsxmpp::transports
