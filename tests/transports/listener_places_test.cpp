// Where a listener listens besides TCP: Unix-domain sockets, and sockets that listen already.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "listener_support.hpp"
#include "temporary_files.hpp"

using namespace test;
using wsxmpp::ListeningDescriptor;
using wsxmpp::UnixSocketPath;
using wsxmpp::WebSocketListener;
namespace fs = std::filesystem;

namespace {

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return address;
}

int make_socket(int family = AF_UNIX, int type = SOCK_STREAM) {
    const int fd = ::socket(family, type | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    return fd;
}

int bound(const std::string& path) {
    const int fd = make_socket();
    const auto address = unix_address(path);
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

void connect_unix(Peer& peer, const std::string& path) {
    const int fd = make_socket();
    const auto address = unix_address(path);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    peer.socket.assign(tcp::v4(), fd);
    peer.socket.non_blocking(true);
}

bool shows_page(ListenerFixture& f, const std::string& path) {
    Peer client{f.io};
    connect_unix(client, path);
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    return client.take_all().find("HTTP/1.1 200 OK\r\n") == 0;
}

wsxmpp::WebSocketListenerOptions at(wsxmpp::ListenPlace place) {
    wsxmpp::WebSocketListenerOptions options;
    options.endpoints = {std::move(place)};
    return options;
}

bool has_socket(const std::string& path) { return fs::is_socket(fs::symlink_status(path)); }

}   // namespace

TEST_CASE("a WebSocket through a Unix-domain socket, whose file is there as long as it is listened on") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    ListenerFixture f{at(UnixSocketPath{path})};
    CHECK(has_socket(path));
    CHECK(f.listener.endpoints().empty());
    REQUIRE(f.listener.places().size() == 1);
    CHECK(std::get<UnixSocketPath>(f.listener.places()[0].at).path == path);

    Peer client{f.io};
    connect_unix(client, path);
    client.send(request() + text("<open/>"));
    client.take_through("\r\n\r\n");
    run_until(f.io, [&] { return f.accepts.size() == 1; });
    CHECK(f.accepts[0]->peer() == "unix:");
    CHECK(f.accepts[0]->local().empty());
    const auto receiver = std::make_shared<Recorder>();
    f.accepts[0]->start(receiver, 1'000);
    run_until(f.io, [&] { return receiver->messages.size() == 1; });

    f.listener.stop();
    CHECK_FALSE(fs::exists(path));
    f.accepts[0]->abort();
    run_until(f.io, [&] { return receiver->closed == 1; });
}

TEST_CASE("a Unix-domain socket has the mode it is given, whatever the umask") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    const unsigned mode = GENERATE(0666U, 0600U, 0660U);
    const auto umask = ::umask(0077);
    ListenerFixture f{at(UnixSocketPath{path, mode})};
    ::umask(umask);
    struct stat file {};
    REQUIRE(::stat(path.c_str(), &file) == 0);
    CHECK((file.st_mode & 0777U) == mode);
}

TEST_CASE("a socket that nobody listens on any more is replaced") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    ::close(bound(path));
    REQUIRE(has_socket(path));
    ListenerFixture f{at(UnixSocketPath{path})};
    CHECK(shows_page(f, path));
}

TEST_CASE("a socket that somebody listens on is left to him") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    ListenerFixture f{at(UnixSocketPath{path})};
    asio::io_context io;
    CHECK_THROWS_WITH((WebSocketListener{io, at(UnixSocketPath{path})}),
                      Catch::Contains("cannot listen on unix:" + path) && Catch::Contains("in use"));
    CHECK(has_socket(path));
    CHECK(shows_page(f, path));
}

TEST_CASE("a file that is no socket is never removed") {
    const TemporaryFolder folder;
    const std::string path = folder.path("file");
    std::ofstream{path} << "precious";
    asio::io_context io;
    CHECK_THROWS_WITH((WebSocketListener{io, at(UnixSocketPath{path})}),
                      Catch::Contains("there is a file that is no socket") && Catch::Contains("in use"));
    CHECK(fs::file_size(path) == 8);
}

TEST_CASE("a socket that another one has put there meanwhile is not removed") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    ListenerFixture f{at(UnixSocketPath{path})};
    fs::rename(path, folder.path("old"));
    const int other = bound(path);
    f.listener.stop();
    CHECK(has_socket(path));
    ::close(other);
}

TEST_CASE("a path that is too long, or in no folder, is an error that names it") {
    const TemporaryFolder folder;
    asio::io_context io;
    CHECK_THROWS_WITH((WebSocketListener{io, at(UnixSocketPath{"/" + std::string(108, 'x')})}),
                      Catch::Contains("1 to 107 bytes"));
    CHECK_THROWS_WITH((WebSocketListener{io, at(UnixSocketPath{folder.path("no/sock")})}),
                      Catch::Contains("cannot listen on unix:/") && Catch::Contains("No such file"));
}

TEST_CASE("listeners share a Unix-domain socket, and each takes from its queue") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    asio::io_context io{1};
    auto first = std::make_unique<WebSocketListener>(io, at(UnixSocketPath{path}));
    WebSocketListener second{io, *first};
    int of_first = 0;
    int of_second = 0;
    first->start([&](const std::shared_ptr<wsxmpp::Connection>&) { ++of_first; });
    second.start([&](const std::shared_ptr<wsxmpp::Connection>&) { ++of_second; });
    std::vector<std::unique_ptr<Peer>> clients;
    for (int i = 0; i < 40; ++i) {
        auto& client = clients.emplace_back(std::make_unique<Peer>(io));
        connect_unix(*client, path);
        client->send(request());
    }
    run_until(io, [&] { return of_first + of_second == 40; });
    CHECK(of_first > 0);
    CHECK(of_second > 0);
    first.reset();
    CHECK_FALSE(fs::exists(path));   // nobody is to come any more: they stop together
}

TEST_CASE("a trusted proxy may come by a Unix-domain socket") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    auto options = at(UnixSocketPath{path});
    wsxmpp::TrustedProxy proxy;
    proxy.unix_socket = true;
    options.trusted_proxies = {proxy};
    ListenerFixture f{options};
    Peer client{f.io};
    connect_unix(client, path);
    client.send(request("X-Forwarded-For: 203.0.113.7\r\n"));
    client.take_through("\r\n\r\n");
    run_until(f.io, [&] { return f.accepts.size() == 1; });
    CHECK(f.accepts[0]->peer() == "203.0.113.7");
}

TEST_CASE("a socket that listens already is listened on, and stays the caller's") {
    asio::io_context theirs;
    tcp::acceptor acceptor{theirs, {asio::ip::address_v4::loopback(), 0}};
    {
        ListenerFixture f{at(ListeningDescriptor{acceptor.native_handle()})};
        CHECK(f.listener.endpoints() == std::vector{acceptor.local_endpoint()});
        wsxmpp::WebSocketListener second{f.io, f.listener};
        second.start([](const std::shared_ptr<wsxmpp::Connection>&) {});
        CHECK(f.answer_to("GET / HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1 200 OK\r\n") == 0);
    }
    std::error_code ec;
    tcp::socket{theirs}.connect(acceptor.local_endpoint(), ec);
    CHECK_FALSE(ec);   // it is in the queue of a socket that still listens
}

TEST_CASE("a Unix-domain socket that listens already is listened on, and its file is not removed") {
    const TemporaryFolder folder;
    const std::string path = folder.path("sock");
    const int fd = bound(path);
    REQUIRE(::listen(fd, 5) == 0);
    {
        ListenerFixture f{at(ListeningDescriptor{fd})};
        CHECK(std::get<UnixSocketPath>(f.listener.places()[0].at).path == path);
        Peer client{f.io};
        connect_unix(client, path);
        client.send(request());
        client.take_through("\r\n\r\n");
        run_until(f.io, [&] { return f.accepts.size() == 1; });
        CHECK(f.accepts[0]->peer() == "unix:");
    }
    CHECK(has_socket(path));
    ::close(fd);
}

TEST_CASE("a descriptor that is no listening stream socket is an error that says so") {
    const auto refused = [](int fd) {
        asio::io_context io;
        try {
            const WebSocketListener listener{io, at(ListeningDescriptor{fd})};
        } catch (const std::system_error& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    const int silent = make_socket(AF_INET);
    const int datagrams = make_socket(AF_INET, SOCK_DGRAM);
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_THAT(refused(silent),
               Catch::Contains("descriptor " + std::to_string(silent)) && Catch::Contains("does not listen"));
    CHECK_THAT(refused(datagrams), Catch::Contains("no stream socket"));
    CHECK_THAT(refused(file), Catch::Contains("no socket"));
    CHECK_THAT(refused(1'000'000), Catch::Contains("Bad file descriptor"));
    for (const int fd : {silent, datagrams, file}) ::close(fd);
}
