// RFC 6455 §5.5.1 and §7: how a connection is closed (section 7 of the suite).
#include "conformance.hpp"

using namespace test;

namespace {

Case close_with(const char* name, const std::string& payload, const char* answer) {
    return {name, frame(0x88, payload), {answer}};
}

}   // namespace

TEST_CASE("conformance 7.1: after a close frame nothing is answered any more") {
    const std::string large(262'144, 'x');
    check({
        {"7.1.1", text("Hello") + close_normally, {"text Hello", "close 1000"}},
        {"7.1.2", close_normally + close_normally, {"close 1000"}},
        {"7.1.3", close_normally + frame(0x89, "ping"), {"close 1000"}},
        {"7.1.4", close_normally + text("Hello"), {"close 1000"}},
        {"7.1.5", frame(0x01, "fragment1") + close_normally + frame(0x80, "fragment2"), {"close 1000"}},
        {"7.1.6", text(large) + close_normally + frame(0x89, "ping"), {"text " + large, "close 1000"}},
        {"what breaks the rules comes too late", close_normally + frame(0xF3, "x"), {"close 1000"}},
        {"a ping before it is answered", frame(0x89, "x") + close_normally, {"pong x", "close 1000"}},
    });
}

TEST_CASE("conformance 7.3: the payload of a close frame is nothing, or a code and a reason") {
    check({
        close_with("7.3.1", "", "close"),
        close_with("7.3.2", "\x03", "close 1002"),
        close_with("7.3.3", closing(1000), "close 1000"),
        close_with("7.3.4", closing(1000, "Hello World!"), "close 1000"),
        close_with("7.3.5", closing(1000, std::string(123, '*')), "close 1000"),
        close_with("7.3.6", closing(1000, std::string(124, '*')), "close 1002"),
    });
}

TEST_CASE("conformance 7.5: a reason is UTF-8") {
    check({
        close_with("7.5.1", closing(1000, "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80 edited"),
                   "close 1007"),
        close_with("cut short", closing(1000, "\xE2\x82"), "close 1007"),
        close_with("in UTF-8", closing(1000, "\xE2\x82\xAC"), "close 1000"),
    });
}

TEST_CASE("conformance 7.7: a code that may be sent is answered with itself") {
    for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u, 1014u,
                                3000u, 3999u, 4000u, 4999u})
        check({close_with("7.7", closing(code, "why"), ("close " + std::to_string(code)).c_str())});
}

TEST_CASE("conformance 7.9, 7.13: a code that must not be sent is a violation") {
    for (const unsigned code : {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 65'535u})
        check({close_with("7.9", closing(code, "why"), "close 1002")});
}
