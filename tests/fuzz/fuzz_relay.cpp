// A session: the framing ('a'uto, 'r'fc7395, 'l'egacy or ra'w'), 's' where the subprotocol was agreed on, then what
// happens, a letter each and form feeds between them: see Driver::step().
#include "core/ascii_names.hpp"
#include "core/check.hpp"
#include "core/expat_tree.hpp"
#include "core/relay.hpp"
#include "fuzz.hpp"

using namespace wsxmpp;
using namespace wsxmpp::fuzz;

namespace {

constexpr std::string_view elements[] = {
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><x/></stream:features>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "<message><body>hi</body></message>",
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
};
constexpr std::string_view header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='1' xml:lang='en'>";

class Output final : public core::RelayOutput {
public:
    Framing framing = Framing::automatic;
    Verdict verdict = Verdict::pass;
    core::Wait waiting_for = core::Wait::nothing;
    bool connecting = false;
    bool wild = false;   // the server sent something of its own: what the client gets is no better
    int ends = 0;
    std::string client_bytes;

    void to_client(std::initializer_list<std::string_view> pieces) override {
        require(ends == 0, "a message after the end");
        const std::string text = join(pieces);
        require(!text.empty(), "an empty message");
        if (framing == Framing::raw)
            client_bytes += text;
        else if (!wild)
            check_message(text);
    }

    void to_server(std::initializer_list<std::string_view> pieces) override { check_bytes(join(pieces)); }
    void pass_to_server(std::string_view part) override { check_bytes(std::string{part}); }

    void connect(std::string_view) override {
        require(ends == 0 && !connecting, "a second connection");
        connecting = true;
    }
    void wait_for(core::Wait what) override { waiting_for = what; }
    void logged_in() override {
        require(ends == 0 && framing != Framing::raw && !logged_in_, "a second login, or one of nobody");
        logged_in_ = true;
    }
    void end(std::error_code ec, std::uint16_t code, std::string_view reason) override {
        require(++ends == 1, "a second end");
        require(bool{ec} && code >= 1000, "an end without a reason");
        require(reason.size() <= 1000 && is_utf8(reason), "a reason that is none", reason);
        require(is_utf8(close_reason(reason)), "a close reason cut inside a character", reason);
    }
    Verdict on_element(Direction, const Element&) override { return verdict; }
    std::string make_stream_id() override { return "id"; }

private:
    static std::string join(std::initializer_list<std::string_view> pieces) {
        std::string text;
        for (const std::string_view piece : pieces) text += piece;
        return text;
    }

    static bool is_legacy_header(std::string_view text) {
        FrameDecoder decoder{Framing::legacy, wide_limits()};
        const Event* event = decoder.decode(text);
        return event != nullptr && event->type == Event::Type::open;
    }

    void check_bytes(const std::string& text) {
        require(ends == 0, "bytes for the server after the end");
        if (framing == Framing::raw) return;
        if (text.substr(0, 6) == "<?xml " || is_legacy_header(text)) server_stream_.clear();
        server_stream_ += text;
        const test::ExpatResult seen = expat_.parse(test::with_ascii_names(server_stream_), false, 0);
        require(seen.accepted && seen.depth <= 1, "what the server refuses", server_stream_);
    }

    // RFC 7395: <open/> first, then whole elements, <close/> last. Legacy: the same with the tags of the stream.
    void check_message(const std::string& text) {
        require(!closed_, "a message after <close/>", text);
        const bool legacy = text.substr(0, 8) == "<stream:" && is_legacy_header(text);
        if (text.substr(0, 5) == "<open" || legacy) {
            opened_ = true;
        } else if (text.substr(0, 6) == "<close" || text.substr(0, 2) == "</") {
            closed_ = true;
        } else {
            // STARTTLS and compression are refused whether or not the server has answered.
            require(opened_ || text.substr(0, 8) == "<failure", "a message before <open/>", text);
        }
        if (legacy || text.substr(0, 2) == "</") return;
        const test::Checked checked = test::check(text, wide_limits());
        require(checked.accepted && checked.root.size == text.size(), "a message that is not one element", text);
    }

    test::ExpatParser expat_;
    std::string server_stream_;
    bool opened_ = false;
    bool closed_ = false;
    bool logged_in_ = false;
};

class Driver {
public:
    Driver(char framing, bool subprotocol) : options_{options(framing)}, relay_{output_, options_, subprotocol} {
        output_.framing = relay_.framing();
        relay_.start();
    }

    void step(std::string_view part) {
        const char what = take_byte(part);
        const std::vector<char> copy(part.begin(), part.end());
        const std::string_view text{copy.data(), copy.size()};
        const bool server_open = connected_ && !server_ended_;
        switch (what) {
            case 'c':
                if (!client_ended_) relay_.client_message(text);
                break;
            case 'C': end_client(errc::peer_closed); break;
            case 'L': end_client(errc::connection_lost); break;
            case 'F': end_client(errc::too_many_fragments); break;
            case 'o':
                if (!output_.connecting || connected_ || failed_) break;
                connected_ = true;
                relay_.connected();
                break;
            case 'x':
                if (!output_.connecting || connected_ || failed_) break;
                failed_ = true;
                relay_.connect_failed(make_error_code(errc::connect_timeout), "no answer");
                break;
            case 'h':
                if (server_open) server(header);
                break;
            case 'e':
                if (server_open) server(elements[text.size() % std::size(elements)]);
                break;
            case 'q':
                if (server_open) server("</stream:stream>");
                break;
            case 's':
                output_.wild = true;
                if (server_open) server(text);
                break;
            case 'S':
                if (!server_open) break;
                server_ended_ = true;
                relay_.server_ended(make_error_code(errc::peer_closed), "reset");
                break;
            case 't':
                if (output_.waiting_for != core::Wait::nothing) relay_.timed_out("too long");
                break;
            case 'd': relay_.shut_down(); break;
            case 'v':
                output_.verdict = text.empty() ? Verdict::pass : text == "1" ? Verdict::drop : Verdict::disconnect;
                break;
            default: break;
        }
        require(relay_.ended() == (output_.ends == 1), "ended, and not told so");
        require(server_bytes_.compare(0, output_.client_bytes.size(), output_.client_bytes) == 0, "other bytes");
    }

private:
    static core::RelayOptions options(char framing) {
        core::RelayOptions o;
        o.framing = framing == 'r'   ? Framing::rfc7395
                    : framing == 'l' ? Framing::legacy
                    : framing == 'w' ? Framing::raw
                                     : Framing::automatic;
        o.client_limits = o.before_login = o.server_limits = wide_limits();
        return o;
    }

    void server(std::string_view bytes) {
        server_bytes_ += bytes;
        relay_.server_bytes(bytes);
    }

    void end_client(errc code) {
        if (client_ended_) return;
        client_ended_ = true;
        relay_.client_ended(make_error_code(code), "the client ended");
    }

    Output output_;
    const core::RelayOptions options_;
    core::Relay relay_;
    std::string server_bytes_;
    bool connected_ = false;
    bool failed_ = false;
    bool client_ended_ = false;
    bool server_ended_ = false;
};

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input{reinterpret_cast<const char*>(data), size};
    const char framing = take_byte(input);
    const bool subprotocol = take_byte(input) == 's';
    Driver driver{framing, subprotocol};
    while (!input.empty()) driver.step(take_part(input));
    return 0;
}
