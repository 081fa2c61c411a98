// A connection to one address, until a stream can be opened on it: TCP or a Unix-domain socket, a SOCKS5 proxy, the
// PROXY header, STARTTLS, TLS; whichever of these are wanted, in this order.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/starttls.hpp"
#include "transports/open_socket.hpp"
#include "transports/polled_socket.hpp"
#include "upstream/failure.hpp"
#include "upstream/socks5.hpp"
#include "upstream/tls_client.hpp"
#include "wsxmpp/log.hpp"
#include "wsxmpp/server_upstream.hpp"

namespace wsxmpp::upstream {

// What is to be done once the address is connected.
struct DialPlan {
    std::string where;   // for texts: "xmpp.example.org:5222 (10.0.0.7)"
    std::optional<Socks5> socks5;
    std::string proxy_header;
    Security security = Security::none;
    std::string domain;   // of the stream that STARTTLS is negotiated on
    TlsClient* tls = nullptr;
    TlsPeer peer;
    std::chrono::milliseconds close_timeout{};
    Log log;
};

class Dial;

class DialOwner {
public:
    virtual void on_connected(Dial& dial) = 0;   // secure() is next
    virtual void on_ready(Dial& dial) = 0;       // take() is next
    // `plain_is_all`: nothing but TLS is missing: the server does not offer it.
    virtual void on_failed(Dial& dial, Failure failure, bool plain_is_all) = 0;

protected:
    ~DialOwner() = default;
};

// Owned by its owner, and by its io_context until it is done. The owner is called from the io_context, never from
// inside a call, and not at all after cancel().
class Dial final : public std::enable_shared_from_this<Dial>, private transports::PolledSocket {
public:
    // `socket`: of begin_connect(). `place`: the owner's number for where it goes.
    Dial(transports::FreshSocket socket, DialPlan plan, std::size_t place, DialOwner& owner);
    void start();

    // Goes on from the connected address, for at most so long.
    void secure(std::chrono::milliseconds at_most);
    // The connection, ready for a stream. `token` lives as long as it.
    std::shared_ptr<Connection> take(std::shared_ptr<void> token);
    void cancel();

    std::size_t place() const { return place_; }
    const std::string& where() const { return plan_.where; }
    std::chrono::steady_clock::time_point started() const { return started_; }
    // Of one that failed: TlsVerdict::distrusted.
    const std::vector<std::string>& distrusted() const { return distrusted_; }

private:
    enum class State { connecting, connected, socks5, starttls, handshake, ready, done };

    void on_readable() override;
    void on_writable() override;
    void on_deadline() override;
    void on_shutdown() noexcept override;

    void go_on();
    void read();
    void on_bytes(std::string_view bytes);
    void begin_starttls();
    void on_starttls(core::StartTls::State state);
    void begin_tls();
    void handshake();
    bool say(const std::string& bytes);
    void fail(Failure failure, bool plain_is_all = false);
    void fail(std::error_code ec, std::string what);
    void finish();

    DialPlan plan_;
    std::size_t place_;
    DialOwner* owner_;   // null: cancelled, or told the end
    State state_ = State::connecting;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::chrono::milliseconds at_most_{};   // to secure it
    std::optional<core::StartTls> starttls_;
    std::vector<std::string> distrusted_;
};

}   // namespace wsxmpp::upstream
