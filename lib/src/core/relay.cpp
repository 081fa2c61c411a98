#include "core/relay.hpp"

#include <algorithm>
#include <utility>

#include "core/stream_error.hpp"
#include "core/xml_text.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::core {

namespace {

constexpr std::size_t max_domain = 1023;   // bytes (RFC 7622 §3.2)

// As DNS compares names: whatever the case of ASCII, with or without the dot at the end.
bool is_same_domain(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    const auto without_dot = [](std::string_view name) {
        return !name.empty() && name.back() == '.' ? name.substr(0, name.size() - 1) : name;
    };
    a = without_dot(a);
    b = without_dot(b);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}   // namespace

Relay::Relay(RelayOutput& output, const RelayOptions& options, bool subprotocol)
    : output_{output}, options_{options}, parser_{options_.framing}, subprotocol_{subprotocol} {}

Relay::Rare& Relay::rare() {
    if (!rare_) rare_ = std::make_unique<Rare>();
    return *rare_;
}

void Relay::start() {
    if (options_.framing != Framing::raw) {
        output_.wait_for(Wait::open);
        return;
    }
    state_ = State::streaming;   // raw: no headers to wait for
    output_.connect({});
}

// The client's side

void Relay::client_message(std::string_view text) {
    if (state_ == State::ended || state_ == State::client_closed) return;   // after <close/> nothing counts
    if (framing() == Framing::raw) {
        pass_to_server(text);
        return;
    }
    Event event;
    if (!parser_.parse(text, client_limits(), event)) {
        client_fault(parser_.fault().error(), parser_.fault().detail());
        return;
    }
    client_event(event);
}

void Relay::client_fault(std::error_code ec, std::string_view detail) {
    const bool smaller = ec == errc::element_too_large && limits_are_lower();
    fail(ec, smaller ? std::string{detail} + " before login" : std::string{detail});
}

void Relay::client_event(const Event& event) {
    switch (event.type) {
        case Event::Type::open: client_open(event); break;
        case Event::Type::element: client_element(event.element); break;
        case Event::Type::close: client_close(); break;
        case Event::Type::space:
            if (state_ != State::waiting) to_server({event.raw});
            break;
    }
}

void Relay::client_open(const Event& event) {
    const bool first = state_ == State::waiting;
    if (first) {
        std::string to = normalize_value(event.header->get("to"));
        if (to.size() > max_domain) {
            fail(errc::bad_format, "the `to` of the stream header is longer than a domain can be (RFC 7622 §3.2)");
            return;
        }
        domain_ = std::move(to);
    }
    if (framing() == Framing::rfc7395 && !subprotocol_) {
        fail(errc::subprotocol_required,
             "<open/> needs the WebSocket subprotocol 'xmpp': connect with new WebSocket(url, 'xmpp') (RFC 7395 §3.1)");
        return;
    }
    if (!first && !restart_due_) {
        fail(errc::unexpected_open, "a second stream header, where no SASL <success/> came before it");
        return;
    }
    if (!first && !keeps_domain(*event.header)) return;
    restart_due_ = false;
    state_ = State::opening;
    if (first)
        output_.connect(domain_);
    else
        output_.wait_for(Wait::answer);
    if (framing() == Framing::legacy) {
        rare().server_end = "</" + event.header->name + ">";
        to_server({event.raw});
    } else {
        to_server({encode_stream_open(*event.header)});
    }
}

// The connection was made for the first domain, and whether it may be reached was decided of that one.
bool Relay::keeps_domain(const StreamHeader& header) {
    const auto to = std::find_if(header.attributes.begin(), header.attributes.end(),
                                 [](const Attribute& a) { return a.name == "to"; });
    if (to == header.attributes.end()) return true;
    const std::string named = normalize_value(to->value);
    if (is_same_domain(named, domain_)) return true;
    const std::string first = domain_.empty() ? "no domain" : quoted(domain_);
    fail(errc::domain_changed, "the stream was opened to " + first + ", and its restart names " + quoted(named) +
                                   ": another domain needs another connection");
    return false;
}

void Relay::client_element(const Element& element) {
    if (refuse_negotiation(element)) return;
    if (login_ == Login::none && OldLogin::is_request(element)) rare().old_login.asked(element);
    const Verdict verdict = output_.on_element(Direction::client_to_server, element);
    if (ended()) return;   // a filter may stop the bridge
    if (verdict != Verdict::pass) return stop_element(verdict);
    pass_to_server(element.head);   // the whole of it: it stood alone
}

// TLS and compression are between the WebSocket and its client: a server that got these would wait for bytes that a
// browser cannot send.
bool Relay::refuse_negotiation(const Element& element) {
    if (element.is("starttls", ns_tls)) {
        output_.to_client({"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"});
        fail(errc::feature_unavailable,
             "STARTTLS has no place inside a WebSocket: connect to a wss:// address instead (RFC 7395 §3.9)");
        return true;
    }
    if (element.is("compress", ns_compress)) {
        output_.to_client({"<failure xmlns='http://jabber.org/protocol/compress'><setup-failed/></failure>"});
        return true;
    }
    return false;
}

void Relay::client_close() {
    switch (state_) {
        case State::waiting:   // <close/> before anything was opened
            close_client();
            finish(errc::peer_closed, "closed before a stream was opened");
            break;
        case State::opening:
        case State::streaming:
            close_server();
            state_ = State::client_closed;
            if (connected_) output_.wait_for(Wait::close);
            break;
        case State::server_closed:
            close_server();
            finish(errc::peer_closed, "stream closed by the server");
            break;
        case State::client_closed:
        case State::ended: break;
    }
}

void Relay::client_ended(std::error_code ec, std::string_view detail) {
    if (state_ == State::ended) return;
    const bool lost = ec == errc::peer_closed || ec == errc::connection_lost || ec == errc::ping_timeout ||
                      ec.category() != error_category();
    if (!lost) {
        client_fault(ec, detail);
        return;
    }
    // The server gets no end tag: it keeps a session that can be resumed (XEP-0198 §5).
    const bool closed = state_ == State::client_closed || state_ == State::server_closed;
    finish(closed ? make_error_code(errc::peer_closed) : ec, detail);
}

// The server's side

void Relay::connected() {
    connected_ = true;
    if (state_ == State::ended) return;
    const bool raw = framing() == Framing::raw;
    output_.wait_for(raw ? Wait::nothing : state_ == State::client_closed ? Wait::close : Wait::answer);
    if (!rare_) return;
    if (!rare_->early.empty()) output_.to_server({rare_->early});
    if (framing() == Framing::rfc7395 && rare_->old_login.is_idle())
        rare_.reset();
    else
        std::string{}.swap(rare_->early);
}

void Relay::connect_failed(std::error_code ec, std::string_view detail) {
    if (state_ == State::ended) return;
    fail(ec.category() == error_category() ? ec : make_error_code(errc::upstream_unreachable), detail);
}

void Relay::server_bytes(std::string_view bytes) {
    if (state_ == State::ended) return;
    if (framing() == Framing::raw) {
        raw_to_client(bytes);
        return;
    }
    for (StreamEvent next; stream_.next(bytes, options_.server_limits, next);) {
        if (state_ != State::ended) server_event(next.event);
    }
    const Fault& fault = stream_.fault();
    if (state_ == State::ended || !fault) return;
    if (fault.error() == condition::limit_exceeded)
        fail(fault.error(), "the XMPP server sent " + std::string{fault.detail()});
    else
        fail(errc::upstream_violation, "the XMPP server sent what is no XMPP stream: " + std::string{fault.detail()});
}

// Text messages are UTF-8, and must not end inside a character (RFC 6455 §5.6).
void Relay::raw_to_client(std::string_view bytes) {
    std::string& split = rare().split;
    while (!split.empty() && !bytes.empty()) {
        split.push_back(bytes.front());
        bytes.remove_prefix(1);
        if (split.size() < 4 && complete_utf8(split) == 0) continue;
        if (!raw_text_to_client(split)) return;
        split.clear();
    }
    const std::size_t whole = complete_utf8(bytes);
    if (whole == 0 || raw_text_to_client(bytes.substr(0, whole))) split += bytes.substr(whole);
}

bool Relay::raw_text_to_client(std::string_view text) {
    if (is_utf8(text))
        output_.to_client({text});
    else
        fail(errc::upstream_violation, "the server sent bytes that are not UTF-8, which a text message cannot carry");
    return !ended();
}

void Relay::server_event(const Event& event) {
    switch (event.type) {
        case Event::Type::open: server_open(event); break;
        case Event::Type::element: server_element(event.element); break;
        case Event::Type::close: server_close(); break;
        case Event::Type::space: break;
    }
}

void Relay::server_open(const Event& event) {
    if (state_ == State::streaming) {
        fail(errc::upstream_violation, "the XMPP server sent a stream header that nobody asked for");
        return;
    }
    if (state_ == State::opening) {
        state_ = State::streaming;
        output_.wait_for(logged_in() ? Wait::nothing : Wait::login);
    }
    answered_ = true;
    if (framing() == Framing::legacy) {
        rare().client_end = "</" + event.header->name + ">";
        output_.to_client({event.raw});
    } else {
        output_.to_client({encode_frame_open(*event.header)});
    }
}

void Relay::watch_login(const Element& element) {
    const bool restarts = element.is("success", ns_sasl);   // SASL 2 (XEP-0388) has no restart
    const bool sasl = restarts || element.is("success", ns_sasl2);
    if (restarts) restart_due_ = true;
    if (!sasl && (logged_in() || !is_after_login(element, rare_ ? &rare_->old_login : nullptr))) return;
    const bool known = logged_in();
    login_ = sasl ? Login::sasl : Login::assumed;
    if (known) return;
    if (framing() == Framing::rfc7395 && !server_failed()) rare_.reset();
    output_.logged_in();
    if (state_ == State::streaming && !server_failed()) output_.wait_for(Wait::nothing);
}

// Each message comes this way: what is rare is done elsewhere, so that little need be saved and restored here.
void Relay::server_element(const Element& element) {
    if (login_ != Login::sasl) watch_login(element);
    if (element.is("error", ns_streams)) server_error(element);
    const Verdict verdict = output_.on_element(Direction::server_to_client, element);
    if (ended()) return;
    if (verdict != Verdict::pass) return stop_element(verdict);
    if (element.is("features", ns_streams)) return send_features(element);
    output_.to_client({element.head, element.declarations, element.tail});
}

void Relay::server_error(const Element& element) {
    rare().server_error = "stream error from the server: " + describe_error(element.tail);
    output_.wait_for(Wait::close);   // its end tag should follow
}

void Relay::send_features(const Element& element) {
    output_.to_client({without_transport_features(element.str(), options_.keep_end_point)});
}

void Relay::stop_element(Verdict verdict) {
    if (verdict == Verdict::disconnect) fail(errc::filtered, "not allowed here");
}

void Relay::server_close() {
    close_client();
    if (state_ == State::client_closed) {
        finish(errc::peer_closed, "stream closed by the client");
        return;
    }
    if (server_failed()) {   // stream errors are fatal: nothing more is waited for (RFC 6120 §4.9.1.1)
        close_server();
        finish(errc::upstream_error, rare().server_error);
        return;
    }
    state_ = State::server_closed;
    output_.wait_for(Wait::close);
}

void Relay::server_ended(std::error_code ec, std::string_view detail) {
    switch (state_) {
        case State::ended:
        case State::server_closed: return;   // what the client still has to say is its <close/>
        case State::client_closed:           // without an end tag; the client asked for the end all the same
            close_client();
            finish(errc::peer_closed, "stream closed by the client");
            return;
        case State::waiting:
        case State::opening:
        case State::streaming: break;
    }
    if (framing() == Framing::raw && ec == errc::peer_closed) {
        finish(ec, "the server closed the connection");
        return;
    }
    if (server_failed()) {
        close_client();
        finish(errc::upstream_error, rare().server_error);
        return;
    }
    fail(errc::upstream_lost, "the XMPP server dropped the connection without ending the stream" +
                                  (detail.empty() ? std::string{} : " (" + std::string{detail} + ")"));
}

void Relay::timed_out(std::string_view detail) {
    if (!ended() && server_failed()) {
        close_client();
        close_server();
        finish(errc::upstream_error, rare().server_error);
        return;
    }
    switch (state_) {
        case State::ended: return;
        case State::streaming:
            if (!logged_in()) fail(errc::login_timeout, detail);
            return;
        case State::waiting: fail(errc::open_timeout, detail); return;
        case State::opening: fail(errc::upstream_timeout, detail); return;
        case State::client_closed:
            close_client();
            finish(errc::close_timeout, "the XMPP server did not answer the end of the stream");
            return;
        case State::server_closed:
            close_server();
            finish(errc::close_timeout, "the client did not answer <close/>");
            return;
    }
}

// To the server

void Relay::to_server(std::initializer_list<std::string_view> pieces) {
    if (connected_) {
        output_.to_server(pieces);
        return;
    }
    for (const std::string_view piece : pieces)
        rare().early.append(piece);   // bounded: the client is not read meanwhile
}

void Relay::pass_to_server(std::string_view part) {
    if (connected_)
        output_.pass_to_server(part);
    else
        rare().early.append(part);
}

}   // namespace wsxmpp::core
