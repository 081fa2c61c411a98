// TLS towards clients: which certificate they see, what is agreed on, resumption, and reloading.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tls_server_support.hpp"

using namespace test;
using wsxmpp::TlsServer;
using wsxmpp::TlsServerOptions;
using wsxmpp::transports::accept_tls;
using wsxmpp::transports::TicketKeys;

namespace {

const Identity& example() {
    static const Identity made = identity_for({"example.org", "*.example.org"});
    return made;
}
const Identity& chat() {
    static const Identity made = identity_for({"chat.example.org", "Example.NET"});
    return made;
}
const Identity& rsa() {
    static const Identity made = identity_for({"example.org"}, true);
    return made;
}

struct ServerFixture {
    explicit ServerFixture(const std::vector<const Identity*>& identities = {&example()}) {
        for (const Identity* identity : identities)
            options.certificates.push_back(folder.write(std::to_string(options.certificates.size()), *identity));
        options.log = lines.log();
        server.emplace(options);
    }
    Visit visit(const Asking& asking = {"example.org"}) { return test::visit(*server, asking); }

    Folder folder;
    Lines lines;
    TlsServerOptions options;
    std::optional<TlsServer> server;
};

}   // namespace

// --- Names

TEST_CASE("TLS server: the name a client asks for chooses the certificate") {
    struct Case {
        const char* name;
        const Identity* shown;
    };
    const Case c = GENERATE(values<Case>({
        {"example.org", &example()},
        {"EXAMPLE.ORG", &example()},
        {"chat.example.org", &example()},         // of both, with keys of the same kind: the first
        {"other.example.org", &example()},        // the wildcard
        {"deep.other.example.org", &example()},   // by none: the first
        {"example.net", &chat()},
        {"www.example.net", &example()},
        {"org", &example()},
        {"", &example()},
    }));
    ServerFixture fixture{{&example(), &chat()}};
    const Visit visit = fixture.visit({c.name});
    REQUIRE(visit.accepted);
    CHECK(visit.saw(*c.shown));
    CHECK(visit.info.server_name == c.name);
}

TEST_CASE("TLS server: a wildcard stands for one label, and not for a part of one") {
    const Identity wild = identity_for({"*.example.org", "*.com", "w*.example.net", "*"});
    ServerFixture fixture{{&chat(), &wild}};
    CHECK(fixture.visit({"www.example.org"}).saw(wild));
    CHECK(fixture.visit({"a.b.example.org"}).saw(chat()));
    CHECK(fixture.visit({"example.org"}).saw(chat()));
    CHECK(fixture.visit({"example.com"}).saw(chat()));
    CHECK(fixture.visit({"www.example.net"}).saw(chat()));
    CHECK(fixture.visit({"localhost"}).saw(chat()));
}

TEST_CASE("TLS server: certificates of different keys for one name serve whoever can check them") {
    const bool rsa_first = GENERATE(false, true);
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    ServerFixture fixture{rsa_first ? std::vector{&rsa(), &example()} : std::vector{&example(), &rsa()}};
    const std::string name = GENERATE("example.org", "");
    Asking asking{name};
    asking.version = version;
    asking.signatures = "rsa_pss_rsae_sha256:RSA+SHA256";
    CHECK(fixture.visit(asking).saw(rsa()));
    asking.signatures = "ECDSA+SHA256";
    CHECK(fixture.visit(asking).saw(example()));
}

TEST_CASE("TLS server: the issuers are sent along") {
    const Identity root = make_authority("Root");
    const Identity intermediate = make_authority("Intermediate", &root);
    CertificateOptions leaf;
    leaf.dns = {"example.org"};
    const Identity identity = make_identity(leaf, &intermediate);
    const Folder folder;
    TlsServerOptions options;
    options.certificates = {{folder.write("all.pem", pem(identity.key.get()) + pem(identity.certificate.get()) +
                                                         pem(intermediate.certificate.get())),
                             ""}};
    TlsServer server{options};
    Asking asking{"example.org"};
    asking.trusted = root.certificate.get();
    CHECK(visit(server, asking).accepted);
}

// --- What is agreed on

TEST_CASE("TLS server: TLS 1.2 and 1.3 with forward secrecy, and nothing older") {
    ServerFixture fixture;
    Asking asking{"example.org"};
    asking.version = TLS1_3_VERSION;
    CHECK(fixture.visit(asking).info.version == "TLSv1.3");
    asking.version = TLS1_2_VERSION;
    const Visit visit = fixture.visit(asking);
    CHECK(visit.info.version == "TLSv1.2");
    CHECK(visit.info.cipher.substr(0, 6) == "ECDHE-");
    asking.version = GENERATE(TLS1_VERSION, TLS1_1_VERSION);
    const Visit old = fixture.visit(asking);
    CHECK_FALSE(old.accepted);
    CHECK(old.client_reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    CHECK(old.failure == "the client speaks none of our TLS versions, which are 1.2 and 1.3: it is too old");
}

TEST_CASE("TLS server: ALPN http/1.1 is agreed on, and need not be offered") {
    ServerFixture fixture;
    CHECK(fixture.visit({"example.org", {"h2", "http/1.1"}}).info.alpn == "http/1.1");
    CHECK(fixture.visit({"example.org", {"http/1.1"}}).info.alpn == "http/1.1");
    const Visit without = fixture.visit({"example.org"});
    CHECK(without.accepted);
    CHECK(without.info.alpn.empty());
}

TEST_CASE("TLS server: a client that offers other protocols alone hears so") {
    ServerFixture fixture;
    const Visit visit = fixture.visit({GENERATE("example.org", ""), {"h2", "http/1.10"}});
    CHECK_FALSE(visit.accepted);
    CHECK(visit.client_reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    CHECK(visit.failure == "the client offers protocols by ALPN, and http/1.1 is none of them");
}

TEST_CASE("TLS server: a client that does not trust the certificate is told of in words") {
    ServerFixture fixture;
    Asking asking{"example.org"};
    asking.version = TLS1_2_VERSION;   // in 1.3 the server is done when the client's alert comes
    asking.trusted = chat().certificate.get();
    const Visit visit = fixture.visit(asking);
    CHECK_FALSE(visit.accepted);
    CHECK(visit.failure.substr(0, 44) == "the client does not accept the certificate: ");
}

TEST_CASE("TLS server: what is no TLS is told of in words") {
    struct Case {
        const char* bytes;
        const char* failure;
        bool http;
    };
    const Case c = GENERATE(values<Case>({
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "the client speaks plain HTTP (ws:// or http://) on a port for TLS",
         true},
        {"CONNECT a:443 HTTP/1.1\r\n\r\n", "the client takes this port for that of an HTTP proxy (CONNECT)", false},
        {"<stream:stream to='a'>", "the client speaks no TLS", false},
        {"", "the client closed the connection during the handshake", false},
    }));
    ServerFixture fixture;
    Visiting visiting{accept_tls(*fixture.server), {}};
    if (*c.bytes != '\0')
        visiting.client.peer.send(c.bytes);
    else
        visiting.client.peer.shutdown_send();
    run_until(visiting.io, [&] { return visiting.server->over(); });
    const Visit visit = visiting.result();
    CHECK(visit.failure == c.failure);
    CHECK(visit.plain_http == c.http);
}

// --- Resumption

TEST_CASE("TLS server: a session is resumed by its ticket, on another name and after a reload") {
    ServerFixture fixture{{&example(), &chat()}};
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Visit first = fixture.visit(asking);
    CHECK_FALSE(first.resumed);
    asking.session = first.session.get();
    const Visit second = fixture.visit(asking);
    CHECK(second.resumed);
    CHECK(fixture.server->reload());
    asking.session = second.session.get();
    CHECK(fixture.visit(asking).resumed);
}

TEST_CASE("TLS server: no other server opens its tickets") {
    ServerFixture fixture, other;
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Visit first = fixture.visit(asking);
    asking.session = first.session.get();
    const Visit second = other.visit(asking);
    CHECK(second.accepted);
    CHECK_FALSE(second.resumed);
}

TEST_CASE("TLS server: a ticket lives as long as is said, while its keys change, and is replaced") {
    ServerFixture fixture;
    auto now = TicketKeys::Clock::now();
    fixture.server->impl().tickets().set_clock([&now] { return now; });
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const Visit first = fixture.visit(asking);
    asking.session = first.session.get();
    now += 11h;   // the key is 11 hours old
    const Visit late = fixture.visit(asking);
    CHECK(late.resumed);
    now += 24h;   // 35: it has sealed for 12, and what it sealed last is 23 hours old
    CHECK(fixture.visit(asking).resumed);
    now += 1h;
    CHECK_FALSE(fixture.visit(asking).resumed);
}

TEST_CASE("TLS server: what was resumed with an old key is resumed again with a new one") {
    ServerFixture fixture;
    auto now = TicketKeys::Clock::now();
    fixture.server->impl().tickets().set_clock([&now] { return now; });
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    Visit last = fixture.visit(asking);
    for (int i = 0; i < 5; ++i) {
        now += 20h;
        asking.session = last.session.get();
        Visit next = fixture.visit(asking);
        CHECK(next.resumed);
        last = std::move(next);
    }
}

TEST_CASE("ticket keys: one at a time seals, and goes when nothing it sealed can be alive") {
    auto now = TicketKeys::Clock::time_point{};
    TicketKeys keys{10s, 25s, [&now] { return now; }};
    TicketKeys::Key first, second, found;
    REQUIRE(keys.current(first));
    now += 9s;
    REQUIRE(keys.current(second));
    CHECK(second.name == first.name);
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::current);
    now += 1s;
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::old);
    REQUIRE(keys.current(second));
    CHECK(second.name != first.name);
    CHECK(second.cipher != first.cipher);
    CHECK(second.mac != first.mac);
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::old);
    CHECK(found.cipher == first.cipher);
    now += 24s;
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::old);
    now += 1s;
    CHECK(keys.find(first.name.data(), found) == TicketKeys::Found::none);
}

// --- Reloading

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

// --- OCSP

TEST_CASE("TLS server: an OCSP response is stapled when the client asks, and not kept afterwards") {
    const Identity second = identity_for({"chat.example.net"});
    ServerFixture fixture{{&example(), &second}};
    const std::string response = ocsp_response(example(), example());
    fixture.folder.write("0.pem.ocsp", response);
    CHECK(fixture.server->reload_if_changed());   // it came later
    Asking asking{"example.org"};
    asking.version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    CHECK(fixture.visit(asking).staple.empty());
    asking.staple = true;
    const Visit visit = fixture.visit(asking);
    CHECK((visit.staple == response));
    CHECK_FALSE(visit.keeps_staple);
    asking.name = "chat.example.net";
    CHECK(fixture.visit(asking).staple.empty());
    fixture.folder.remove("0.pem.ocsp");
    CHECK(fixture.server->reload_if_changed());
    asking.name = "example.org";
    CHECK(fixture.visit(asking).staple.empty());
}

TEST_CASE("TLS server: an OCSP response that cannot be used is said, and does without") {
    ServerFixture fixture;
    fixture.lines.take();
    fixture.folder.write("0.pem.ocsp", ocsp_response(example(), example(), {0, "20200101000000Z", "20200102000000Z"}));
    CHECK(fixture.server->reload_if_changed());
    CHECK(fixture.lines.take().find("warning: OCSP response not stapled reason=" + fixture.folder.path("0.pem.ocsp") +
                                    ": it was valid until 2020-01-02\n") != std::string::npos);
    Asking asking{"example.org"};
    asking.staple = true;
    const Visit visit = fixture.visit(asking);
    CHECK(visit.accepted);
    CHECK(visit.staple.empty());
}
