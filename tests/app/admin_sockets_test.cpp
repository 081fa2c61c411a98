#include "admin/sockets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <asio/connect.hpp>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "options/options.hpp"

using Catch::Contains;
using wsxmpp::app::AdminSockets;
using wsxmpp::app::is_beyond_loopback;
using Kind = wsxmpp::app::ListenAddress::Kind;
using wsxmpp::app::parse_admin;
using wsxmpp::app::parse_options;
using Local = asio::local::stream_protocol;

namespace {

// A folder that is gone with it.
struct Folder {
    Folder() {
        char name[] = "/tmp/wsxmpp-admin-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path = name;
    }
    ~Folder() {
        std::remove((path + "/s").c_str());
        ::rmdir(path.c_str());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path;
};

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}   // namespace

TEST_CASE("the option --admin takes a port, an address with a port, or the path of a socket") {
    CHECK(parse_admin("9222").kind == Kind::loopback);
    CHECK(parse_admin("9222").port == 9222);
    CHECK(parse_admin("localhost:0").port == 0);
    CHECK(parse_admin("[::1]:80").kind == Kind::address);
    CHECK(parse_admin("[::1]:80").address == asio::ip::address_v6::loopback());
    CHECK(parse_admin("*:80").kind == Kind::every);
    CHECK(parse_admin("unix:/run/a b").kind == Kind::unix_socket);
    CHECK(parse_admin("unix:/run/a b").name == "/run/a b");
    CHECK(parse_admin("unix:/run/a b").mode == 0660);
    CHECK(parse_admin("unix:/run/a;mode=600").mode == 0600);
}

TEST_CASE("a wrong value of --admin is refused with what would be right") {
    const auto error = [](const std::string& value) {
        const auto result = parse_options({"--admin", value});
        CHECK(result.exit_code == 2);
        return result.err;
    };
    CHECK_THAT(error("localhost"), Contains("--admin: 'localhost' has no port: give ADDR:PORT, like localhost:9222"));
    CHECK_THAT(error("[::1]"), Contains("has no port"));
    CHECK_THAT(error(""), Contains("--admin: ''"));
    CHECK_THAT(error("localhost:70000"), Contains("'70000' is not a number from 0 to 65535"));
    CHECK_THAT(error("example.org:80"), Contains("has no IP address before the port"));
    CHECK_THAT(error("http://localhost:80"), Contains("is a URI: give ADDR:PORT alone"));
    CHECK_THAT(error("unix:run/a"), Contains("has no absolute path: give unix:/PATH"));
    CHECK_THAT(error("unix:/" + std::string(107, 'a')), Contains("its path may have 107 bytes"));
    CHECK_THAT(parse_options({"--admin", "1", "--admin", "2"}).err, Contains("--admin"));
}

TEST_CASE("the option --admin-host takes names, without a port") {
    const auto options = parse_options({"--admin", "1", "--admin-host", "a.example.org", "--admin-host", "b"}).options;
    REQUIRE(options);
    CHECK(options->admin.hosts == std::vector<std::string>{"a.example.org", "b"});
    CHECK_THAT(parse_options({"--admin-host", "a.example.org:80"}).err,
               Contains("--admin-host: 'a.example.org:80' is not the name of a host"));
}

TEST_CASE("loopback and a socket in the file system are not beyond this machine") {
    for (const auto* text : {"9222", "localhost:1", "127.0.0.2:1", "[::1]:1", "unix:/s"})
        CHECK_FALSE(is_beyond_loopback(parse_admin(text)));
    for (const auto* text : {"*:1", "0.0.0.0:1", "[::]:1", "192.0.2.1:1"}) CHECK(is_beyond_loopback(parse_admin(text)));
}

TEST_CASE("localhost is both loopback addresses on one port, where the machine has both") {
    asio::io_context io;
    AdminSockets sockets{io, parse_admin("0")};
    const auto port = sockets.tcp().front().local_endpoint().port();
    CHECK(port != 0);
    CHECK(sockets.tcp().front().local_endpoint().address() == asio::ip::address_v4::loopback());
    CHECK(sockets.tcp().back().local_endpoint().port() == port);
    CHECK(sockets.uris().size() == sockets.tcp().size());
    CHECK_THROWS_WITH((AdminSockets{io, parse_admin(std::to_string(port))}), Contains("in use"));
}

TEST_CASE("* is every address, on one port") {
    asio::io_context io;
    AdminSockets sockets{io, parse_admin("*:0")};
    REQUIRE(sockets.tcp().size() == 1);
    const auto port = sockets.tcp().front().local_endpoint().port();
    asio::ip::tcp::socket client{io};
    CHECK_NOTHROW(client.connect({asio::ip::address_v4::loopback(), port}));
}

TEST_CASE("a port in use is an error that names the option") {
    asio::io_context io;
    AdminSockets first{io, parse_admin("127.0.0.1:0")};
    const auto port = std::to_string(first.tcp().front().local_endpoint().port());
    CHECK(first.uris() == std::vector<std::string>{"http://127.0.0.1:" + port + "/"});
    CHECK_THROWS_WITH((AdminSockets{io, parse_admin("127.0.0.1:" + port)}),
                      Contains("--admin: cannot listen on 127.0.0.1:" + port) && Contains("in use"));
}

TEST_CASE("a socket in the file system is for its owner and group, and goes in the end") {
    const Folder folder;
    const auto path = folder.path + "/s";
    asio::io_context io;
    {
        const AdminSockets sockets{io, parse_admin("unix:" + path)};
        CHECK(sockets.uris() == std::vector<std::string>{"unix:" + path});
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0660);
        Local::socket client{io};
        CHECK_NOTHROW(client.connect(Local::endpoint{path}));
        CHECK_THROWS_WITH((AdminSockets{io, parse_admin("unix:" + path)}), Contains("in use"));
    }
    CHECK_FALSE(exists(path));
}

TEST_CASE("a socket that a killed program has left is replaced, another file is not") {
    const Folder folder;
    const auto path = folder.path + "/s";
    asio::io_context io;
    {
        Local::acceptor left{io, Local::endpoint{path}};
        left.close();
    }
    REQUIRE(exists(path));
    { const AdminSockets sockets{io, parse_admin("unix:" + path)}; }
    CHECK_FALSE(exists(path));
    std::ofstream{path} << "precious";
    CHECK_THROWS_WITH((AdminSockets{io, parse_admin("unix:" + path)}), Contains("cannot listen on unix:" + path));
    CHECK(exists(path));
}
