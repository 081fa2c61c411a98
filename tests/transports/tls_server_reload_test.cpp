// Certificates that are renewed while a TLS server runs.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tls_server_fixture.hpp"

using namespace test;
using wsxmpp::transports::accept_tls;

TEST_CASE("TLS server: a renewed pair is shown from then on, and only looked at when it has changed") {
    ServerFixture fixture;
    CHECK(fixture.lines.take().find("names=example.org, *.example.org") != std::string::npos);
    CHECK(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take().empty());
    const Identity renewed = identity_for({"example.org"});
    Visiting under_way{accept_tls(*fixture.server), {"example.org"}};
    fixture.folder.write("0", renewed);
    CHECK(fixture.visit().saw(example()));
    CHECK(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take().find("TLS certificates reloaded\nTLS certificate file=") == 0);
    CHECK(fixture.visit().saw(renewed));
    CHECK(under_way.finish().saw(example()));
    CHECK(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take().empty());
}

TEST_CASE("TLS server: between its two files a renewal keeps the old pair, and is tried again with the second") {
    ServerFixture fixture;
    const Identity renewed = identity_for({"example.org"});
    const std::string certificate = pem(renewed.certificate.get()), key = pem(renewed.key.get());
    const bool key_first = GENERATE(false, true);
    fixture.lines.take();
    fixture.folder.write(key_first ? "0.key" : "0.pem", key_first ? key : certificate);
    CHECK_FALSE(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take() ==
          "warning: TLS certificate not reloaded: the old one stays file=" + fixture.folder.path("0.pem") +
              " reason=" + fixture.folder.path("0.key") + ": it is not the key of the certificate in " +
              fixture.folder.path("0.pem") + "\n");
    CHECK_FALSE(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take().empty());   // said once
    CHECK(fixture.visit().saw(example()));
    fixture.folder.write(key_first ? "0.pem" : "0.key", key_first ? certificate : key);
    CHECK(fixture.server->reload_if_changed());
    CHECK(fixture.visit().saw(renewed));
}

// As root everything may be read; that no descriptors are left stops root, too, and leaves the file as it is.
TEST_CASE("TLS server: what could not be read is tried again, though the file has not changed") {
    ServerFixture fixture;
    const Identity renewed = identity_for({"example.org"});
    fixture.folder.write("0", renewed);
    fixture.lines.take();
    rlimit usual{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
    const rlimit none{0, usual.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const bool first = fixture.server->reload_if_changed();
    const bool second = fixture.server->reload_if_changed();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &usual) == 0);
    CHECK_FALSE(first);
    CHECK_FALSE(second);
    CHECK(fixture.lines.take() ==
          "warning: TLS certificate not reloaded: the old one stays file=" + fixture.folder.path("0.pem") +
              " reason=" + fixture.folder.path("0.pem") + ": Too many open files\n");
    CHECK(fixture.visit().saw(example()));
    CHECK(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take().find("TLS certificates reloaded\n") == 0);
    CHECK(fixture.visit().saw(renewed));
}

TEST_CASE("TLS server: a pair that is broken for another reason is said again, and so it is when asked for") {
    ServerFixture fixture;
    fixture.folder.write("0.key", "");
    CHECK_FALSE(fixture.server->reload_if_changed());
    fixture.lines.take();
    fixture.folder.remove("0.key");
    CHECK_FALSE(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take().find("0.key: No such file or directory") != std::string::npos);
    CHECK_FALSE(fixture.server->reload());
    CHECK(fixture.lines.take().find("0.key: No such file or directory") != std::string::npos);
}

TEST_CASE("TLS server: what is served, and how often a reload has failed, can be watched") {
    ServerFixture fixture{{&example(), &chat()}};
    CertificateOptions later;
    later.dns = {"example.net"};
    later.not_after = "20300102030405Z";
    fixture.folder.write("1", make_identity(later));
    fixture.folder.remove("0.key");
    CHECK(fixture.server->reload_failures() == 0);
    CHECK(fixture.server->certificates()[1].names == std::vector<std::string>{"chat.example.org", "example.net"});
    CHECK_FALSE(fixture.server->reload_if_changed());
    CHECK_FALSE(fixture.server->reload());
    CHECK(fixture.server->reload_failures() == 2);
    const auto served = fixture.server->certificates();
    REQUIRE(served.size() == 2);
    CHECK(served[0].file == fixture.folder.path("0.pem"));
    CHECK(served[0].names == std::vector<std::string>{"example.org", "*.example.org"});
    CHECK(served[1].file == fixture.folder.path("1.pem"));
    CHECK(served[1].names == std::vector<std::string>{"example.net"});
    CHECK(std::chrono::system_clock::to_time_t(served[1].not_after) == 1'893'553'445);
}

TEST_CASE("TLS server: of a broken pair the old certificate stays, and the others are renewed") {
    ServerFixture fixture{{&example(), &chat()}};
    const Identity renewed = identity_for({"example.org"});
    fixture.folder.write("0", renewed);
    const bool missing = GENERATE(false, true);
    if (missing)
        fixture.folder.remove("1.pem");
    else
        fixture.folder.write("1.pem", "");
    CHECK_FALSE(fixture.server->reload());
    CHECK(fixture.lines.take().find("1.pem: " + (missing ? "No such file or directory"s : "there is no cert"s)) !=
          std::string::npos);
    CHECK(fixture.visit().saw(renewed));
    CHECK(fixture.visit({"example.net"}).saw(chat()));
    const Identity mended = identity_for({"example.net"});
    fixture.folder.write("1", mended);
    CHECK(fixture.server->reload());
    CHECK(fixture.visit().saw(renewed));
    CHECK(fixture.visit({"example.net"}).saw(mended));
}

TEST_CASE("TLS server: connections are accepted while others reload") {
    ServerFixture fixture{{&example(), &chat()}};
    std::atomic<bool> ready{false};
    std::thread other{[&] {
        for (int i = 0; i < 50; ++i) fixture.server->reload(), ready = true;
    }};
    while (!ready) std::this_thread::yield();
    for (int i = 0; i < 50; ++i) CHECK(fixture.visit({"example.net"}).saw(chat()));
    other.join();
}
