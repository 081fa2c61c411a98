#include "upstream/dial.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "transports/io_shared.hpp"
#include "transports/tcp_connection.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

using std::chrono::milliseconds;

// A connection that a Balancer counts.
class CountedConnection final : public transports::TcpConnection {
public:
    CountedConnection(PolledSocket& from, milliseconds close_timeout, std::shared_ptr<void> token)
        : TcpConnection{from, close_timeout}, token_{std::move(token)} {}

private:
    std::shared_ptr<void> token_;
};

}   // namespace

Dial::Dial(transports::FreshSocket socket, DialPlan plan, std::size_t place, DialOwner& owner)
    : PolledSocket{std::move(socket)}, plan_{std::move(plan)}, place_{place}, owner_{&owner} {}

void Dial::start() {
    keep_alive({shared_from_this(), this});
    if (const auto ec = watch(false, true)) fail(connect_failure(ec, plan_.where));
}

void Dial::cancel() {
    owner_ = nullptr;
    finish();
}

void Dial::finish() {
    state_ = State::done;
    clear_deadline();
    close_socket();
    const auto alive = let_go();
}

void Dial::fail(Failure failure, bool plain_is_all) {
    const auto alive = shared_from_this();
    finish();
    if (auto* const owner = std::exchange(owner_, nullptr)) owner->on_failed(*this, std::move(failure), plain_is_all);
}

void Dial::fail(std::error_code ec, std::string what) { fail({ec, std::move(what), plan_.where}); }

void Dial::on_shutdown() noexcept { close_socket(); }

// --- From the connected address to the stream

void Dial::secure(milliseconds at_most) {
    at_most_ = at_most;
    set_deadline(at_most);
    if (plan_.socks5) {
        state_ = State::socks5;
        if (say(plan_.socks5->begin())) read();
    } else {
        go_on();
    }
}

// What comes first on the connection to the server itself.
void Dial::go_on() {
    if (!plan_.proxy_header.empty() && !say(plan_.proxy_header)) return;
    switch (plan_.security) {
        case Security::none: break;
        case Security::starttls:
        case Security::starttls_if_offered: return begin_starttls();
        case Security::tls: return begin_tls();
    }
    state_ = State::ready;
    clear_deadline();
    owner_->on_ready(*this);
}

// What is said here is small beside an empty send buffer: what does not fit never will.
bool Dial::say(const std::string& bytes) {
    const transports::Transfer sent = write_some(asio::buffer(bytes));
    if (sent.size == bytes.size()) return true;
    fail(errc::upstream_lost, "the connection was dropped before anything could be sent");
    return false;
}

void Dial::read() {
    if (watch(true, false)) fail(errc::upstream_unreachable, "cannot wait for the connection");
}

void Dial::on_writable() {
    const auto alive = shared_from_this();
    if (state_ == State::handshake) return handshake();
    if (state_ != State::connecting) return;
    if (const auto ec = connect_error()) return fail(connect_failure(ec, plan_.where));
    state_ = State::connected;
    watch(false, false);
    owner_->on_connected(*this);
}

void Dial::on_readable() {
    const auto alive = shared_from_this();
    if (state_ == State::handshake) return handshake();
    if (state_ != State::socks5 && state_ != State::starttls) {
        watch(false, false);   // whoever takes the connection reads it
        return;
    }
    auto& buffer = shared()->read_buffer();
    const transports::Transfer read = read_some(asio::buffer(buffer));
    if (read.would_block()) return;
    if (read.size > 0) return on_bytes({buffer.data(), read.size});
    if (state_ == State::socks5) return fail(errc::proxy_refused, "the SOCKS5 proxy dropped the connection");
    fail(errc::stream_refused, "the server dropped the connection before TLS was negotiated");
}

void Dial::on_bytes(std::string_view bytes) {
    std::string out;
    if (state_ == State::starttls) {
        const auto state = starttls_->feed(bytes, out);
        if (!out.empty() && !say(out)) return;
        return on_starttls(state);
    }
    const auto state = plan_.socks5->feed(bytes, out);
    if (!out.empty() && !say(out)) return;
    const auto tell = [this](std::string_view key, std::string_view what) {
        plan_.log(LogLevel::debug, "SOCKS5", {{"address", plan_.where}, {key, what}});
    };
    switch (state) {
        case Socks5::State::negotiating: break;
        case Socks5::State::connected:
            tell("result", "connected");
            go_on();
            break;
        case Socks5::State::failed:
            tell("error", plan_.socks5->detail());
            fail(errc::proxy_refused, "the SOCKS5 proxy: " + plan_.socks5->detail());
            break;
    }
}

// --- STARTTLS

void Dial::begin_starttls() {
    state_ = State::starttls;
    starttls_.emplace(plan_.domain);
    if (say(starttls_->begin())) read();
}

void Dial::on_starttls(core::StartTls::State state) {
    const auto tell = [this](std::string_view result) {
        plan_.log(LogLevel::debug, "STARTTLS", {{"address", plan_.where}, {"result", result}});
    };
    switch (state) {
        case core::StartTls::State::negotiating: break;
        case core::StartTls::State::proceed:
            tell("proceed");
            starttls_.reset();
            begin_tls();
            break;
        case core::StartTls::State::not_offered:
            tell("not offered");
            fail({errc::starttls_not_offered, "the server does not offer STARTTLS, and TLS is required", plan_.where},
                 plan_.security == Security::starttls_if_offered);
            break;
        case core::StartTls::State::failed:
            tell(starttls_->detail());
            fail(starttls_->error(), starttls_->detail());
            break;
    }
}

// --- TLS

void Dial::begin_tls() {
    state_ = State::handshake;
    start_tls(plan_.tls->start(plan_.peer));
    handshake();
}

void Dial::handshake() {
    using Step = transports::TlsLayer::Step;
    const Step step = tls()->handshake(*this);
    if (step == Step::want_read || step == Step::want_write) {
        if (watch(step == Step::want_read, step == Step::want_write))
            fail(errc::upstream_unreachable, "cannot wait for the connection");
        return;
    }
    TlsVerdict verdict = plan_.tls->verify(*tls(), plan_.peer, step == Step::done);
    const Log& log = plan_.log;
    if (step == Step::done && log.wants(LogLevel::debug)) {
        const TlsInfo& info = tls()->info();
        log(LogLevel::debug, "TLS",
            {{"address", plan_.where},
             {"version", info.version},
             {"cipher", info.cipher},
             {"alpn", info.alpn},
             {"resumed", verdict.resumed ? "yes" : "no"}});
    }
    if (!verdict.names.empty())
        log(LogLevel::debug, "certificate",
            {{"names", verdict.names},
             {"issuer", verdict.issuer},
             {"not_after", verdict.not_after},
             {"trust", verdict.trust}});
    if (verdict.error) {
        log(LogLevel::debug, "certificate refused", {{"error", verdict.detail}});
        distrusted_ = std::move(verdict.distrusted);
        return fail(verdict.error, verdict.detail);
    }
    state_ = State::ready;
    clear_deadline();
    owner_->on_ready(*this);
}

// --- The end

std::shared_ptr<Connection> Dial::take(std::shared_ptr<void> token) {
    const auto alive = let_go();
    state_ = State::done;
    owner_ = nullptr;
    clear_deadline();
    auto& socket = static_cast<PolledSocket&>(*this);
    if (token) return std::make_shared<CountedConnection>(socket, plan_.close_timeout, std::move(token));
    return std::make_shared<transports::TcpConnection>(socket, plan_.close_timeout);
}

void Dial::on_deadline() {
    const auto late = [&](std::string_view what) {
        fail(errc::connect_timeout,
             fmt::format("{} within {:g} s", what, std::round(static_cast<double>(at_most_.count()) / 100) / 10));
    };
    switch (state_) {
        case State::socks5: return late("no answer of the SOCKS5 proxy");
        case State::starttls: return late("the server accepted the connection, and did not answer the stream header");
        case State::handshake: return late("the server accepted the connection, and did not finish the TLS handshake");
        case State::connecting:
        case State::connected:
        case State::ready:
        case State::done: break;
    }
}

}   // namespace wsxmpp::upstream
