// How a session ends, and what each side is told of it.
#include <string>
#include <string_view>

#include "core/relay.hpp"
#include "core/stream_error.hpp"
#include "core/xml_text.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::core {

void Relay::shut_down() {
    if (state_ == State::ended) return;
    constexpr std::string_view text = "this proxy is shutting down; connect again";
    if (!options_.see_other_uri.empty() && framing() == Framing::rfc7395 && !told_) {
        if (!answered_) open_for_error();
        output_.to_client({encode_frame_close(options_.see_other_uri)});   // RFC 7395 §3.6.1
        told_ = true;
        finish(errc::shutting_down, text);
        return;
    }
    fail(errc::shutting_down, text);
}

void Relay::close_by_operator() {
    if (state_ != State::ended) fail(errc::closed_by_operator, "closed by the operator");
}

// The header that must come before a stream error when the server has sent none (RFC 7395 §3.5, RFC 6120 §4.9.1.1).
void Relay::open_for_error() {
    StreamHeader header;
    if (!domain_.empty()) header.attributes.push_back({"from", escape(domain_)});
    header.attributes.push_back({"id", output_.make_stream_id()});
    header.attributes.push_back({"xml:lang", "en"});
    header.attributes.push_back({"version", "1.0"});
    if (framing() == Framing::legacy) {
        std::string text = encode_stream_open(header);
        output_.to_client({std::string_view{text}.substr(text.find("<stream:"))});   // without its XML declaration
    } else {
        output_.to_client({encode_frame_open(header)});
    }
    answered_ = true;
}

void Relay::close_client() {
    if (told_ || framing() == Framing::raw) return;
    told_ = true;
    if (framing() == Framing::legacy)
        output_.to_client(
            {rare().client_end.empty() ? stream_close : rare().client_end});   // empty: the proxy opened it
    else
        output_.to_client({encode_frame_close()});
}

void Relay::close_server() {
    if (framing() == Framing::raw) return;
    to_server({framing() == Framing::legacy ? std::string_view{rare().server_end} : stream_close});
}

void Relay::finish(std::error_code ec, std::string_view reason) {
    state_ = State::ended;
    output_.wait_for(Wait::nothing);
    output_.end(ec, close_code(ec), reason);
}

void Relay::fail(std::error_code ec, std::string_view text) {
    // A client that has said nothing yet, and offered no subprotocol, has no framing to be told in.
    const bool can_tell = framing() == Framing::rfc7395 || framing() == Framing::legacy || subprotocol_;
    if (can_tell && framing() != Framing::raw && !told_) {
        if (!answered_) open_for_error();
        output_.to_client({encode_stream_error(stream_condition(ec), text)});
        close_client();
    }
    // What the client did wrong ends its session on the server too: one that resumed would do it again; and so does an
    // operator. Otherwise the server sees a lost connection, and keeps a session that can be resumed.
    const bool would_repeat = ec == condition::protocol_violation || ec == condition::limit_exceeded ||
                              ec == errc::upstream_violation || ec == errc::closed_by_operator;
    const bool stream_is_open = state_ == State::opening || state_ == State::streaming;
    if (would_repeat && stream_is_open && connected_) close_server();
    finish(ec, text);
}

}   // namespace wsxmpp::core
