#include "upstream/hosts_file.hpp"

#include <catch2/catch.hpp>
#include <string>

using wsxmpp::upstream::find_host;

namespace {

std::string found(std::string_view text, std::string_view name) {
    std::string joined;
    for (const auto& address : find_host(text, name)) joined += address.to_string() + " ";
    return joined;
}

}   // namespace

TEST_CASE("a hosts file names addresses, each with a name and aliases") {
    constexpr std::string_view file =
        "# comment 192.0.2.9 chat\n"
        "192.0.2.1\tchat.example  chat # note other\r\n"
        "\n"
        "  2001:db8::1 Chat.Example\n"
        "nonsense chat\n"
        "192.0.2.2 chatter\n"
        "192.0.2.3";
    CHECK(found(file, "chat.example") == "192.0.2.1 2001:db8::1 ");
    CHECK(found(file, "CHAT") == "192.0.2.1 ");
    CHECK(found(file, "chatter") == "192.0.2.2 ");
    CHECK(found(file, "other").empty());
    CHECK(found(file, "192.0.2.3").empty());
    CHECK(found(file, "").empty());
    CHECK(found("", "chat").empty());
    CHECK(found("192.0.2.1 chat", "chat") == "192.0.2.1 ");
}
