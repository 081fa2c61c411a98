// STARTTLS with a server: what is sent, and what each answer comes to, wherever it is cut.
#include "core/starttls.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using core::StartTls;
using State = StartTls::State;

namespace {

const std::string header =
    "<?xml version='1.0'?>\n<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='1' from='example.org' version='1.0'>";
const std::string tls = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'";
const std::string ask = "<starttls " + tls + "/>";
const std::string offer = "<stream:features><starttls " + tls + "><required/></starttls></stream:features>";
const std::string optional_offer =
    "<stream:features><a/><starttls " + tls + "/><b><required " + tls + "/></b></stream:features>";
const std::string proceed = "<proceed " + tls + "/>";

struct Result {
    State state;
    std::error_code error;
    std::string detail;
    std::string out;
};

// The pieces are copied, so that a sanitizer sees any view that outlives its input.
Result run(const std::vector<std::string_view>& pieces) {
    StartTls starttls{"example.org"};
    std::string out;
    for (const std::string_view piece : pieces) {
        const std::vector<char> copy(piece.begin(), piece.end());
        const State state = starttls.feed({copy.data(), copy.size()}, out);
        CHECK(state == starttls.state());
    }
    return {starttls.state(), starttls.error(), starttls.detail(), out};
}

// In one piece, in two at every place, and byte by byte: all must come to the same.
Result run_split(const std::string& text) {
    const std::string_view bytes{text};
    const Result whole = run({bytes});
    const auto compare = [&](const Result& split) {
        CHECK(split.state == whole.state);
        CHECK(split.error == whole.error);
        CHECK(split.detail == whole.detail);
        CHECK(split.out == whole.out);
    };
    std::vector<std::string_view> single;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        compare(run({bytes.substr(0, at), bytes.substr(at)}));
        single.push_back(bytes.substr(at, 1));
    }
    compare(run(single));
    return whole;
}

}   // namespace

TEST_CASE("starttls begins with a stream of its own to the domain") {
    CHECK(StartTls{"a&b"}.begin() ==
          "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
          "xmlns:stream='http://etherx.jabber.org/streams' to='a&amp;b' version='1.0'>");
    CHECK(StartTls{""}.begin().find(" to=") == std::string::npos);
}

TEST_CASE("starttls that is offered is asked for, and <proceed/> is the end of plain text") {
    const Result waiting = run_split(header + " \n" + offer);
    CHECK(waiting.state == State::negotiating);
    CHECK(waiting.out == ask);
    const Result done = run_split(header + " \n" + offer + " \n" + proceed);
    CHECK(done.state == State::proceed);
    CHECK(done.out == ask);
    CHECK(!done.error);
    CHECK(run_split(header + offer + "<t:proceed xmlns:t='urn:ietf:params:xml:ns:xmpp-tls'></t:proceed>").state ==
          State::proceed);
}

TEST_CASE("an offer that is not required is taken, too, whatever stands around it") {
    CHECK(run_split(header + optional_offer + proceed).state == State::proceed);
}

TEST_CASE("what comes after <proceed/> is thrown away") {
    const std::string after =
        GENERATE(as<std::string>{}, "<message/>", "</stream:stream>", "not XML &<", "\x16\x03\x01");
    const Result r = run_split(header + offer + proceed + after);
    CHECK(r.state == State::proceed);
    CHECK(r.out == ask);
    CHECK(r.detail.empty());
}

TEST_CASE("features without starttls offer none, and nothing is asked for") {
    const std::string features =
        GENERATE(as<std::string>{}, "<stream:features/>", "<stream:features><starttls/></stream:features>",
                 "<stream:features><a><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></a></stream:features>",
                 "<stream:features><starttls xmlns='urn:other'/></stream:features>");
    const Result r = run_split(header + features + "<x/>");
    CHECK(r.state == State::not_offered);
    CHECK(r.out.empty());
    CHECK(!r.error);
}

TEST_CASE("a server of before XMPP 1.0 offers nothing, and its features are not waited for") {
    const std::string version = GENERATE(as<std::string>{}, "", " version='0.9'", " version=''");
    CHECK(run_split("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'" + version +
                    ">")
              .state == State::not_offered);
}

TEST_CASE("a refusal, a stream error and the end of the stream are told apart") {
    struct Case {
        std::string text;
        errc error;
        const char* detail;
    };
    const auto c = GENERATE(values<Case>({
        {header + offer + "<failure " + tls + "/>", errc::starttls_refused, "refused"},
        {header + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
                  "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>no such host here</text></stream:error></stream:stream>",
         errc::stream_refused, "'host-unknown' (no such host here)"},
        {header + offer + "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
         errc::stream_refused, "'reset'"},
        {header + "</stream:stream>", errc::stream_refused, "ended the stream"},
        {header + offer + "</stream:stream>", errc::stream_refused, "ended the stream"},
    }));
    const Result r = run_split(c.text);
    CHECK(r.state == State::failed);
    CHECK(r.error == c.error);
    CHECK(r.detail.find(c.detail) != std::string::npos);
}

TEST_CASE("anything else before <proceed/> is a violation") {
    const std::string text = GENERATE_COPY(
        as<std::string>{}, "HTTP/1.1 400 Bad Request\r\n", "<message/>", "\x15\x03\x01", header + proceed,
        header + "<message/>", header + "<failure " + tls + "/>", header + header, header + offer + offer,
        header + offer + header, header + offer + "<proceed/>", header + offer + "<message/>" + proceed,
        header + offer + "text", header + "<!DOCTYPE a>", header + "<stream:features><!-- --></stream:features>");
    const Result r = run_split(text);
    CHECK(r.state == State::failed);
    CHECK(r.error == errc::upstream_violation);
    CHECK(!r.detail.empty());
}

TEST_CASE("a server cannot make the negotiation keep more than a little") {
    const std::string start = GENERATE_COPY(as<std::string>{}, "<stream:stream a='", header + "<stream:features>");
    StartTls starttls{"example.org"};
    std::string out;
    starttls.feed(start, out);
    const std::string kibibyte(1024, 'x');
    int fed = 0;
    while (fed < 100 && starttls.feed(kibibyte, out) == State::negotiating) ++fed;
    CHECK(fed < 65);
    CHECK(starttls.error() == errc::upstream_violation);
}

TEST_CASE("what a stream error says is made fit for one line, and cut between characters") {
    std::string text =
        "a\x01"
        "b&#10;c\n";
    for (int i = 0; i < 100; ++i) text += "\xE2\x82\xAC";
    const Result r = run_split(header + "<stream:error><text>" + text + "</text></stream:error>");
    std::string shown = "a?b?c ";
    while (shown.size() < 190) shown += "\xE2\x82\xAC";
    CHECK(r.detail.find("(" + shown) != std::string::npos);
    CHECK(r.detail.size() < 220);
    for (const char c : r.detail) CHECK(static_cast<unsigned char>(c) >= 0x20);
}
