// OCSP responses that a TLS server staples.
#include "tls_server_fixture.hpp"

using namespace test;

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
