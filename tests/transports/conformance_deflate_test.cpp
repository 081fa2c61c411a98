// permessage-deflate on the wire (RFC 7692; sections 12 and 13 of the suite). The client's zlib is not ours.
#include "conformance.hpp"
#include "zlib_peer.hpp"

using namespace test;

namespace {

wsxmpp::WebSocketListenerOptions deflating(bool takes_over = false) {
    auto options = echo_options();
    options.deflate.enabled = true;
    options.deflate.client_context_takeover = options.deflate.server_context_takeover = takes_over;
    return options;
}

std::string offering(std::string_view offers) { return "Sec-WebSocket-Extensions: " + std::string{offers} + "\r\n"; }

std::string agreed(const Client& client) {
    const std::string name = "Sec-WebSocket-Extensions: ";
    const auto at = client.response.find(name);
    if (at == std::string::npos) return {};
    return client.response.substr(at + name.size(), client.response.find("\r\n", at) - at - name.size());
}

bool has(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

int bits_in(const std::string& response, const std::string& name) {
    const auto at = response.find(name + '=');
    return at == std::string::npos ? 15 : std::stoi(response.substr(at + name.size() + 1));
}

// A client that keeps to what was agreed on.
class DeflatingClient : public Client {
public:
    DeflatingClient(EchoServer& server, std::string_view offers)
        : Client{server, offering(offers)},
          extensions{agreed(*this)},
          takes_over_{!has(extensions, "client_no_context_takeover")},
          server_takes_over_{!has(extensions, "server_no_context_takeover")},
          // zlib makes no window of 2^8 bytes; what it makes of 2^9 refers back 250 bytes at most.
          deflate_{std::max(9, bits_in(extensions, "client_max_window_bits"))},
          inflate_{bits_in(extensions, "server_max_window_bits")} {}

    std::string compressed(std::string_view message) { return deflate_(message, takes_over_); }
    // A round trip. `fragment`: bytes of a frame, or 0.
    void check_echo(unsigned opcode, const std::string& message, std::size_t fragment = 0) {
        const std::string payload = compressed(message);
        peer.send(fragmented(0x40 | opcode, payload, fragment == 0 ? payload.size() : fragment));
        const Answer answer = take();
        REQUIRE((answer.first & 0xBFU) == (0x80 | opcode));
        const bool is_compressed = (answer.first & 0x40U) != 0;
        REQUIRE((message == (is_compressed ? inflate_(answer.payload, server_takes_over_) : answer.payload)));
        sent += message.size();
        received += answer.payload.size();
    }

    const std::string extensions;
    std::size_t sent = 0;       // bytes of messages, before compression
    std::size_t received = 0;   // as they came

private:
    const bool takes_over_;
    const bool server_takes_over_;
    ZlibDeflater deflate_;
    ZlibInflater inflate_;
};

struct Sizes {
    std::size_t message;
    std::size_t fragment;
};
const std::vector<Sizes> sizes{{16, 0},          {64, 0},          {256, 0},         {1'024, 0},    {4'096, 0},
                               {8'192, 0},       {16'384, 0},      {32'768, 0},      {65'536, 0},   {131'072, 0},
                               {8'192, 256},     {16'384, 256},    {32'768, 256},    {65'536, 256}, {131'072, 256},
                               {131'072, 1'024}, {131'072, 4'096}, {131'072, 32'768}};

// Of the suite's thousand messages of each size, as many as make 128 KiB, and fifty at most.
void check_sizes(EchoServer& server, std::string_view offers, std::string_view expected) {
    INFO(offers);
    for (const auto [size, fragment] : sizes) {
        DeflatingClient client{server, offers};
        REQUIRE(client.extensions == expected);
        INFO(size << " bytes, in frames of " << fragment);
        const auto count = std::clamp<std::size_t>(131'072 / size, 2, 50);
        for (std::size_t i = 0; i < count; ++i) {
            client.check_echo(1, prose(size, static_cast<std::uint32_t>(i)), fragment);
            std::string bytes(size, '\0');
            for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>(at * at / (i + 1) >> 4);
            client.check_echo(2, bytes, fragment);
        }
        if (size >= 256) REQUIRE(client.received < client.sent);
    }
}

std::string hello() { return "\xf2\x48\xcd\xc9\xc9\x07\x00"s; }   // RFC 7692 §7.2.3.1

// The close with which the server answers these bytes.
Lines answer_to(EchoServer& server, const std::vector<std::string>& pieces) {
    Client client{server, offering("permessage-deflate")};
    REQUIRE(has(client.response, "permessage-deflate"));
    for (const std::string& piece : pieces) client.peer.send(piece);
    return to_lines(client.peer.take_all());
}

}   // namespace

TEST_CASE("conformance 12: compressed messages of every size, whole and in fragments") {
    EchoServer server{deflating()};
    check_sizes(server, "permessage-deflate; client_no_context_takeover; client_max_window_bits",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
}

TEST_CASE("conformance 12: the same with context takeover") {
    EchoServer server{deflating(true)};
    check_sizes(server, "permessage-deflate; client_max_window_bits", "permessage-deflate");
}

TEST_CASE("conformance 13: the same with each choice of parameters") {
    const auto [offers, response] = GENERATE(table<std::string, std::string>({
        {"permessage-deflate", "permessage-deflate"},                                                           // 13.1
        {"permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"},   // 13.2
        {"permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
         "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8"},   // 13.3
        {"permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
         "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9"},
        {"permessage-deflate; server_max_window_bits=15; client_max_window_bits=15",
         "permessage-deflate; server_max_window_bits=15"},   // 13.4
        {"permessage-deflate; server_no_context_takeover; server_max_window_bits=8",
         "permessage-deflate; server_no_context_takeover; server_max_window_bits=8"},   // 13.5
        {"permessage-deflate; server_no_context_takeover; server_max_window_bits=15",
         "permessage-deflate; server_no_context_takeover; server_max_window_bits=15"},   // 13.6
        {"permessage-deflate; server_no_context_takeover; server_max_window_bits=8, "
         "permessage-deflate; server_no_context_takeover, permessage-deflate",
         "permessage-deflate; server_no_context_takeover; server_max_window_bits=8"},   // 13.7
    }));
    EchoServer server{deflating(true)};
    check_sizes(server, offers, response);
}

TEST_CASE("deflate: a client that does not offer it gets it in no message, and may not use it") {
    EchoServer server{deflating()};
    CHECK(converse(server, {text(stanza(1)) + close_normally}) == Lines{"text " + stanza(1), "close 1000"});
    CHECK(converse(server, {frame(0xC1, hello())}) == Lines{"close 1002"});
    Client none{server, offering("permessage-deflate; unknown")};
    CHECK(agreed(none).empty());
}

TEST_CASE("deflate: plain messages may come between compressed ones, and pings between their fragments") {
    EchoServer server{deflating()};
    CHECK(answer_to(server, {text("plain") + frame(0xC1, hello()) + text("plain") + close_normally}) ==
          Lines{"text plain", "text Hello", "text plain", "close 1000"});
    const std::string bytes = frame(0x41, hello().substr(0, 2)) + frame(0x89, "1") + frame(0x00, "") +
                              frame(0x00, hello().substr(2, 3)) + frame(0x80, hello().substr(5)) + close_normally;
    CHECK(answer_to(server, {bytes}) == Lines{"pong 1", "text Hello", "close 1000"});
    for (std::size_t at = 1; at < bytes.size(); ++at) {
        INFO("cut at " << at);
        REQUIRE(answer_to(server, {bytes.substr(0, at), bytes.substr(at)}) ==
                Lines{"pong 1", "text Hello", "close 1000"});
    }
    REQUIRE(answer_to(server, chopped(bytes, 1)) == Lines{"pong 1", "text Hello", "close 1000"});
}

TEST_CASE("deflate: RSV1 says nothing but that a message begins compressed, and other reserved bits nothing") {
    EchoServer server{deflating()};
    for (const std::string& bytes :
         {frame(0x41, hello().substr(0, 2)) + frame(0xC0, hello().substr(2)), frame(0x01, "a") + frame(0xC0, "b"),
          frame(0xC9, ""), frame(0xCA, ""), frame(0xC8, closing(1000)), frame(0xE1, hello()), frame(0xD1, hello()),
          frame(0xA1, "x"), frame(0x91, "x"), frame(0xC3, hello())}) {
        CHECK(answer_to(server, {bytes}) == Lines{"close 1002"});
        CHECK(answer_to(server, chopped(bytes, 1)) == Lines{"close 1002"});
    }
}

TEST_CASE("deflate: what cannot be decompressed ends the connection with 1007") {
    EchoServer server{deflating()};
    CHECK(answer_to(server, {frame(0xC1, "\x06")}) == Lines{"close 1007"});
    CHECK(answer_to(server, {frame(0xC1, hello().substr(0, 4))}) == Lines{"close 1007"});
    CHECK(answer_to(server, {frame(0x41, "\x06")}) == Lines{"close 1007"});   // before the last fragment
    CHECK(answer_to(server, {frame(0xC2, "\xff\xff\xff")}) == Lines{"close 1007"});
}

TEST_CASE("deflate: UTF-8 is looked at in what comes out, at its first bad byte") {
    EchoServer server{deflating()};
    ZlibDeflater deflate;
    const std::string bad = deflate("Hello \xED\xA0\x80");
    CHECK(answer_to(server, {frame(0xC1, bad)}) == Lines{"close 1007"});
    CHECK(answer_to(server, {frame(0xC2, bad) + close_normally}) == Lines{"binary Hello \xED\xA0\x80", "close 1000"});
    CHECK(answer_to(server, {frame(0xC1, deflate("Hello \xE2\x82"))}) == Lines{"close 1007"});
    CHECK(answer_to(server, {frame(0xC1, deflate("\xE2\x82\xAC")) + close_normally}) ==
          Lines{"text \xE2\x82\xAC", "close 1000"});
    const std::string more = deflate("\xFF" + prose(100'000));   // the server need not see the rest to know
    CHECK(answer_to(server, {frame(0xC1, more).substr(0, 20'000)}) == Lines{"close 1007"});
}

TEST_CASE("deflate: the limit is that of what comes out, and acts as it does") {
    EchoServer server{deflating(), 100'000};
    ZlibDeflater deflate;
    const std::string most(100'000, 'x');
    CHECK(answer_to(server, {frame(0xC2, deflate(most)) + close_normally}).at(1) == "close 1000");
    CHECK(answer_to(server, {frame(0xC1, deflate(most + 'x'))}) == Lines{"close 1009"});
    const std::string bomb = deflate(std::string(std::size_t{64} << 20, '\0'));
    CHECK(answer_to(server, {frame(0xC1, bomb).substr(0, 2'000)}) == Lines{"close 1009"});   // before all has come
    // What does not compress may be a little larger on the wire, and no more than that.
    CHECK(answer_to(server, {frame(0xC1, std::string(112'565, 'x')).substr(0, 10)}) == Lines{"close 1009"});
    const std::string stored = ZlibDeflater{15, 0}(most);
    REQUIRE(stored.size() > most.size());
    CHECK(answer_to(server, {frame(0xC1, stored) + close_normally}).size() == 2);
}

// One read of 64 KB may hold a thousand messages that inflate to a megabyte each.
TEST_CASE("deflate: many large messages in one read are handed out and given up one after the other") {
    auto options = deflating();
    EchoServer server{options, 1'000'000};
    ZlibDeflater deflate;
    const std::string message(1'000'000, 'x');
    std::string bytes;
    for (int i = 0; i < 50; ++i) bytes += frame(0xC1, deflate(message));
    DeflatingClient client{server, "permessage-deflate"};
    client.peer.send(bytes + close_normally);
    for (int i = 0; i < 50; ++i) {
        const Answer answer = client.take();
        REQUIRE(answer.first == 0xC1);
        REQUIRE((ZlibInflater{}(answer.payload) == message));
    }
    CHECK(to_lines(client.peer.take_all()) == Lines{"close 1000"});
}

TEST_CASE("deflate: connections that inflate at the same time do not mix") {
    EchoServer server{deflating()};
    DeflatingClient one{server, "permessage-deflate"};
    DeflatingClient two{server, "permessage-deflate"};
    const std::string bytes = frame(0xC1, one.compressed(stanza(1)));
    one.peer.send(bytes.substr(0, 40));
    two.check_echo(1, stanza(2));
    two.peer.send(frame(0x41, two.compressed(stanza(3))).substr(0, 30));
    one.peer.send(bytes.substr(40));
    CHECK(ZlibInflater{}(one.take().payload) == stanza(1));
    one.check_echo(1, stanza(4));
}

TEST_CASE("deflate: short messages are sent as they are, and so is what does not get smaller") {
    auto options = deflating();
    options.deflate.min_size = 100;
    EchoServer server{options};
    Client client{server, offering("permessage-deflate")};
    client.peer.send(text(std::string(99, 'x')) + text(std::string(100, 'x')) + text("") + frame(0x82, prose(120, 3)));
    CHECK(client.take().first == 0x81);
    CHECK(client.take().first == 0xC1);
    CHECK(client.take().first == 0x81);
    const Answer last = client.take();
    CHECK(last.payload.size() <= 120);
}

TEST_CASE("deflate: with context takeover alike messages shrink to little") {
    EchoServer server{deflating(true)};
    DeflatingClient client{server, "permessage-deflate"};
    for (int i = 0; i < 50; ++i) client.check_echo(1, stanza(i));
    CHECK(client.received < client.sent / 4);
}

TEST_CASE("deflate: a header that breaks the grammar is answered with 400") {
    EchoServer server{deflating()};
    Peer peer{server.io, server.listener.endpoints()[0]};
    peer.send(request(offering("permessage-deflate; =")));
    CHECK(has(peer.take_through("\r\n\r\n"), "HTTP/1.1 400 "));
}
