// Sockets that were handed over, by the variables that say so.
#include "handed_over.hpp"

#include <catch2/catch.hpp>

using wsxmpp::app::HandedSocket;
using wsxmpp::app::read_handed_sockets;

namespace {

std::string shown(const std::vector<HandedSocket>& sockets) {
    std::string text;
    for (const auto& socket : sockets) text += std::to_string(socket.descriptor) + "=" + socket.name + " ";
    return text;
}

}   // namespace

TEST_CASE("sockets are handed over from descriptor 3 on, with their names") {
    CHECK(shown(read_handed_sockets("42", "2", "web:admin", 42)) == "3=web 4=admin ");
    CHECK(shown(read_handed_sockets("42", "2", nullptr, 42)) == "3=unknown 4=unknown ");
    CHECK(shown(read_handed_sockets("42", "3", "web", 42)) == "3=web 4=unknown 5=unknown ");
    CHECK(shown(read_handed_sockets("42", "1", "web:more", 42)) == "3=web ");
    CHECK(shown(read_handed_sockets("42", "0", "", 42)).empty());
}

TEST_CASE("what is meant for another process, or is not there, hands nothing over") {
    CHECK(read_handed_sockets(nullptr, nullptr, nullptr, 42).empty());
    CHECK(read_handed_sockets("41", "1", "web", 42).empty());
    CHECK(read_handed_sockets("042", "1", "web", 42).empty());
    CHECK(read_handed_sockets(nullptr, "1", "web", 42).empty());
    CHECK(read_handed_sockets("42", nullptr, "web", 42).empty());
}

TEST_CASE("a number of sockets that is none is an error") {
    for (const char* count : {"", "x", "-1", "99999999999999999999"})
        CHECK_THROWS_WITH(read_handed_sockets("42", count, nullptr, 42), Catch::Contains("LISTEN_FDS: '"));
}
