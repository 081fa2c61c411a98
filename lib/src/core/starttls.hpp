// The negotiation of STARTTLS with a server, on a stream of the proxy's own (RFC 6120 §5.4). Pure.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "wsxmpp/limits.hpp"
#include "wsxmpp/stream_codec.hpp"

namespace wsxmpp::core {

class StartTls {
public:
    // `domain`: the `to` of the stream, unescaped.
    explicit StartTls(std::string domain);

    enum class State {
        negotiating,   // more bytes are needed
        proceed,       // TLS is next. What was fed after <proceed/> was thrown away (CVE-2011-0411's kind)
        not_offered,   // the features have no <starttls/>; the stream is open
        failed,        // error() and detail()
    };

    // What is to be sent first.
    std::string begin() const;
    // What the server sent, cut anywhere; what is to be sent now is appended to `out`.
    State feed(std::string_view bytes, std::string& out);

    State state() const { return state_; }
    std::error_code error() const { return error_; }   // errc::starttls_refused, stream_refused, upstream_violation
    const std::string& detail() const { return detail_; }   // for a person: "host-unknown (no such host here)"

private:
    void on_event(const Event& event, std::string& out);
    void on_open(const StreamHeader& header);
    void on_element(const Element& element, std::string& out);
    void on_features(const std::string& features, std::string& out);
    void fail(std::error_code ec, std::string detail);

    std::string domain_;
    StreamDecoder decoder_;
    State state_ = State::negotiating;
    std::error_code error_;
    std::string detail_;
    bool opened_ = false;   // the server's header has come
    bool asked_ = false;    // <starttls/> was sent
};

}   // namespace wsxmpp::core
