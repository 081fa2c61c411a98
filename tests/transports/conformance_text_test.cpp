// RFC 6455 §8.1: a text is UTF-8, and what is not ends the connection at its first bad byte (section 6 of the suite,
// whose sequences are those of Markus Kuhn's UTF-8 decoder test).
#include "conformance.hpp"

using namespace test;

namespace {

const std::string kosme = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5";   // κόσμε
const std::string greeting = "Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4\xC3\xBC\xC3\xA0\xC3\xA1-UTF-8!!";
const std::string surrogate = "\xED\xA0\x80";
const Lines refused{"close 1007"};

void check_texts(const char* name, bool valid, const std::vector<std::string>& texts) {
    std::vector<Case> cases;
    for (const std::string& t : texts) {
        if (valid)
            cases.push_back({name, text(t) + close_normally, {"text " + t, "close 1000"}});
        else
            cases.push_back({name, text(t), refused});
    }
    check(cases);
}

// Each of `leads` before a space.
std::string lonely(unsigned first, unsigned last) {
    std::string all;
    for (unsigned c = first; c <= last; ++c) (all += static_cast<char>(c)) += ' ';
    return all;
}

}   // namespace

TEST_CASE("conformance 6.1: fragments may be empty") {
    check({
        {"6.1.1", text("") + close_normally, {"text ", "close 1000"}},
        {"6.1.2", frame(0x01, "") + frame(0x00, "") + frame(0x80, "") + close_normally, {"text ", "close 1000"}},
        {"6.1.3",
         frame(0x01, "") + frame(0x00, "middle frame payload") + frame(0x80, "") + close_normally,
         {"text middle frame payload", "close 1000"}},
    });
}

TEST_CASE("conformance 6.2: UTF-8 may be cut into fragments anywhere") {
    check({
        {"6.2.1", text(greeting) + close_normally, {"text " + greeting, "close 1000"}},
        {"6.2.2", fragmented(1, greeting, 12) + close_normally, {"text " + greeting, "close 1000"}},
        {"6.2.3", fragmented(1, greeting, 1) + close_normally, {"text " + greeting, "close 1000"}},
        {"6.2.4", fragmented(1, kosme, 1) + close_normally, {"text " + kosme, "close 1000"}},
    });
}

TEST_CASE("conformance 6.3: what is no UTF-8 is refused however it is cut") {
    check({
        {"6.3.1", text(kosme + surrogate + "edited"), refused},
        {"6.3.2", fragmented(1, kosme + surrogate + "edited", 1), refused},
    });
}

// Nothing more is sent: the server need not see the rest to know.
TEST_CASE("conformance 6.4: a bad byte ends the connection as soon as it is there") {
    EchoServer server;
    const std::string beyond = "\xF4\x90\x80\x80";   // past U+10FFFF: its second byte says so
    const std::string whole = text(kosme + beyond + "edited");
    const std::string bad_byte = whole.substr(0, 6 + kosme.size() + 2);
    CHECK(converse(server, {frame(0x01, kosme), frame(0x00, beyond)}) == refused);                         // 6.4.1
    CHECK(converse(server, {frame(0x01, kosme + "\xF4"), frame(0x00, "\x90").substr(0, 7)}) == refused);   // 6.4.2
    CHECK(converse(server, {bad_byte}) == refused);                                                        // 6.4.3
    CHECK(converse(server, chopped(bad_byte, 1)) == refused);                                              // 6.4.4

    Client client{server};   // and not before
    client.peer.send(bad_byte.substr(0, bad_byte.size() - 1));
    server.io.poll();
    CHECK(client.peer.socket.available() == 0);
    client.peer.send(bad_byte.substr(bad_byte.size() - 1));
    CHECK(to_lines(client.peer.take_all()) == refused);
}

TEST_CASE("conformance 6.5 to 6.8: what is UTF-8 comes back, and what is its first part alone does not") {
    check_texts("6.5", true,
                {"hello$world", "hello\xC2\xA2world", "hello\xE2\x82\xACworld", "hello\xF0\xA4\xAD\xA2world", kosme});
    for (std::size_t size = 1; size <= kosme.size(); ++size) {
        const std::string prefix = kosme.substr(0, size);
        const bool whole = size == kosme.size() || (static_cast<unsigned char>(kosme[size]) & 0xC0U) != 0x80;
        check_texts("6.6", whole, {prefix});
    }
    check_texts("6.7", true, {"\x00"s, "\xC2\x80", "\xE0\xA0\x80", "\xF0\x90\x80\x80"});
    check_texts("6.8", false, {"\xF8\x88\x80\x80\x80", "\xFC\x84\x80\x80\x80\x80"});
}

TEST_CASE("conformance 6.9 to 6.11: the last code points of each length, and what lies beyond") {
    check_texts("6.9", true, {"\x7F", "\xDF\xBF", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"});
    check_texts("6.10", false, {"\xF7\xBF\xBF\xBF", "\xFB\xBF\xBF\xBF\xBF", "\xFD\xBF\xBF\xBF\xBF\xBF"});
    check_texts("6.11", true, {"\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"});
    check_texts("6.11", false, {"\xF4\x90\x80\x80"});
}

TEST_CASE("conformance 6.12 to 6.16: bytes that stand alone, sequences that are cut short") {
    std::string continuations;
    for (unsigned c = 0x80; c <= 0xBF; ++c) {
        continuations += static_cast<char>(c);
        if (c < 0x86) check_texts("6.12", false, {continuations, std::string{static_cast<char>(c)}});
    }
    check_texts("6.12", false, {"\xBF", continuations});
    check_texts("6.13", false,
                {lonely(0xC0, 0xDF), lonely(0xE0, 0xEF), lonely(0xF0, 0xF7), lonely(0xF8, 0xFB), lonely(0xFC, 0xFD)});
    const std::vector<std::string> cut{
        "\xC0",     "\xE0\x80",     "\xF0\x80\x80",     "\xF8\x80\x80\x80",     "\xDF",
        "\xEF\xBF", "\xF7\xBF\xBF", "\xFB\xBF\xBF\xBF", "\xFC\x80\x80\x80\x80", "\xFD\xBF\xBF\xBF\xBF"};
    std::string together;
    for (const std::string& sequence : cut) together += sequence;
    check_texts("6.14", false, cut);
    check_texts("6.15", false, {together});
    check_texts("6.16", false, {"\xFE", "\xFF", "\xFE\xFE\xFF\xFF"});
}

TEST_CASE("conformance 6.17 to 6.19: characters written longer than they are") {
    check_texts("6.17", false,
                {"\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF", "\xF8\x80\x80\x80\xAF", "\xFC\x80\x80\x80\x80\xAF"});
    check_texts("6.18", false,
                {"\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xF8\x87\xBF\xBF\xBF", "\xFC\x83\xBF\xBF\xBF\xBF"});
    check_texts("6.19", false,
                {"\xC0\x80", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xF8\x80\x80\x80\x80", "\xFC\x80\x80\x80\x80\x80"});
}

TEST_CASE("conformance 6.20, 6.21: UTF-16 surrogates, single and in pairs") {
    const std::vector<std::string> high{"\xED\xA0\x80", "\xED\xAD\xBF", "\xED\xAE\x80", "\xED\xAF\xBF"};
    const std::vector<std::string> low{"\xED\xB0\x80", "\xED\xBE\x80", "\xED\xBF\xBF"};
    check_texts("6.20", false, high);
    check_texts("6.20", false, low);
    for (const std::string& first : high) check_texts("6.21", false, {first + low[0], first + low[2]});
}

TEST_CASE("conformance 6.22, 6.23: code points that are no characters, and special ones, are UTF-8 all the same") {
    std::vector<std::string> none{"\xEF\xBF\xBE", "\xEF\xBF\xBF"};
    for (const unsigned first : {0xF0u, 0xF1u, 0xF2u, 0xF3u, 0xF4u}) {
        for (const unsigned second : {0x8Fu, 0x9Fu, 0xAFu, 0xBFu}) {
            if ((first == 0xF0 && second == 0x8F) || (first == 0xF4 && second != 0x8F)) continue;
            for (const unsigned last : {0xBEu, 0xBFu})
                none.push_back({static_cast<char>(first), static_cast<char>(second), '\xBF', static_cast<char>(last)});
        }
    }
    check_texts("6.22", true, none);
    for (unsigned last = 0xB9; last <= 0xBF; ++last)
        check_texts("6.23", true, {{'\xEF', '\xBF', static_cast<char>(last)}});
}
