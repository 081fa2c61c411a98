// A RelayOutput that writes down what a Relay asks for, one line each, in order.
#pragma once

#include <string>
#include <vector>

#include "core/relay.hpp"

namespace wsxmpp::test {

class Recorder final : public core::RelayOutput {
public:
    using Lines = std::vector<std::string>;

    // What happened since the last call.
    Lines take() {
        Lines lines;
        lines.swap(lines_);
        return lines;
    }

    Verdict verdict = Verdict::pass;
    core::Wait waiting_for = core::Wait::nothing;
    int ends = 0;
    int logins = 0;

    void to_client(std::initializer_list<std::string_view> pieces) override { add("client", pieces); }
    void to_server(std::initializer_list<std::string_view> pieces) override { add("server", pieces); }
    void pass_to_server(std::string_view part) override { add("server", {part}); }
    void connect(std::string_view domain) override { lines_.push_back("connect " + std::string{domain}); }
    void wait_for(core::Wait what) override { waiting_for = what; }
    void logged_in() override { ++logins; }
    void end(std::error_code ec, std::uint16_t code, std::string_view reason) override {
        ++ends;
        lines_.push_back("end " + std::to_string(code) + " " + ec.message() + ": " + std::string{reason});
    }
    Verdict on_element(Direction, const Element&) override { return verdict; }
    std::string make_stream_id() override { return "made-up"; }

private:
    void add(const char* side, std::initializer_list<std::string_view> pieces) {
        std::string line = std::string{side} + " ";
        for (const std::string_view piece : pieces) line += piece;
        lines_.push_back(std::move(line));
    }

    Lines lines_;
};

// Lines as a Recorder writes them down.
constexpr const char* close_line = "client <close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />";
inline std::string error_line(const std::string& condition, const std::string& text) {
    return "client <stream:error xmlns:stream='http://etherx.jabber.org/streams'><" + condition +
           " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams' "
           "xml:lang='en'>" +
           text + "</text></stream:error>";
}

// A relay with its recorder, and the moves that most tests begin with.
struct Session {
    explicit Session(core::RelayOptions o = {}, bool subprotocol = true)
        : options{std::move(o)}, relay{output, options, subprotocol} {
        relay.start();
    }

    static constexpr const char* open =
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>";
    static constexpr const char* server_header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "id='1' from='example.org' version='1.0'>";
    static constexpr const char* success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

    // To where both streams are open.
    Session& streaming() {
        relay.client_message(open);
        relay.connected();
        relay.server_bytes(server_header);
        output.take();
        return *this;
    }

    // To where the client has logged in, without a restart.
    Session& logged_in() {
        streaming();
        relay.server_bytes("<success xmlns='urn:xmpp:sasl:2'/>");
        output.take();
        return *this;
    }

    // streaming() with the framing before RFC 7395.
    static constexpr const char* legacy_header =
        "<stream:stream to='example.org' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "version='1.0'>";
    Session& legacy_streaming() {
        relay.client_message(legacy_header);
        relay.connected();
        relay.server_bytes(server_header);
        output.take();
        return *this;
    }

    Recorder output;
    const core::RelayOptions options;
    core::Relay relay;
};

}   // namespace wsxmpp::test
