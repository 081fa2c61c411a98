// For whom a certificate is.
#include "upstream/certificate_names.hpp"

#include "upstream/certificates.hpp"

using namespace test;
using namespace std::string_literals;
using wsxmpp::upstream::CertificateNames;

namespace {

CertificateNames names(const CertificateOptions& options) {
    return CertificateNames{make_identity(options).certificate.get()};
}

CertificateNames dns(std::string name) {
    CertificateOptions options;
    options.dns = {std::move(name)};
    return names(options);
}

}   // namespace

TEST_CASE("a DNS name fits itself, whatever the case") {
    CHECK(dns("example.org").fit("example.org"));
    CHECK(dns("EXAMPLE.org").fit("example.ORG"));
    CHECK_FALSE(dns("example.org").fit("im.example.org"));
    CHECK_FALSE(dns("example.org").fit("example.or"));
    CHECK_FALSE(dns("example.org").fit("xample.org"));
    CHECK_FALSE(dns("example.org").fit(""));
    CHECK_FALSE(dns("").fit(""));
}

TEST_CASE("a wildcard stands for one whole left-most label, and nothing else") {
    CHECK(dns("*.example.org").fit("im.example.org"));
    CHECK(dns("*.Example.org").fit("IM.example.ORG"));
    CHECK_FALSE(dns("*.example.org").fit("example.org"));
    CHECK_FALSE(dns("*.example.org").fit(".example.org"));
    CHECK_FALSE(dns("*.example.org").fit("a.im.example.org"));
    CHECK_FALSE(dns("i*.example.org").fit("im.example.org"));
    CHECK_FALSE(dns("*m.example.org").fit("im.example.org"));
    CHECK_FALSE(dns("im.*.org").fit("im.example.org"));
    CHECK_FALSE(dns("*.*.org").fit("im.example.org"));
    CHECK_FALSE(dns("*.org").fit("example.org"));
    CHECK_FALSE(dns("*.").fit("org."));
    CHECK_FALSE(dns("*").fit("org"));
    CHECK_FALSE(dns("*.0.0.1").fit("127.0.0.1"));
}

TEST_CASE("a name with a NUL in it fits nothing, and is printed as what it is") {
    const auto evil = dns("example.org\0.evil.example"s);
    CHECK_FALSE(evil.fit("example.org"));
    CHECK_FALSE(evil.fit("example.org\0.evil.example"s));
    CHECK(evil.to_text(1) == "example.org?.evil.example");
    CHECK(dns("a\n\x1b[31m").to_text(1) == "a??[31m");
}

TEST_CASE("an address is compared with addresses alone") {
    CertificateOptions options;
    options.addresses = {"192.0.2.1", "2001:db8::1"};
    CHECK(names(options).fit("192.0.2.1"));
    CHECK(names(options).fit("2001:DB8:0::1"));
    CHECK_FALSE(names(options).fit("192.0.2.2"));
    CHECK_FALSE(dns("192.0.2.1").fit("192.0.2.1"));
    CHECK(names(options).to_text(2) == "192.0.2.1, 2001:db8::1");
    CHECK(names(options).to_public_text(2) == "an address");
}

TEST_CASE("an SRV name is for the domain of the service of XMPP clients alone") {
    CertificateOptions options;
    options.srv = {"_XMPP-client.example.org", "_xmpps-client.direct.example", "_xmpp-server.server.example",
                   "_imap.mail.example"};
    CHECK(names(options).fit("example.org"));
    CHECK(names(options).fit("direct.example"));
    CHECK_FALSE(names(options).fit("server.example"));
    CHECK_FALSE(names(options).fit("mail.example"));
    CHECK_FALSE(names(options).fit("_xmpp-client.example.org"));
}

TEST_CASE("an xmppAddr fits its domain, without wildcards") {
    CertificateOptions options;
    options.xmpp = {"Example.org", "*.wild.example", "user@person.example"};
    CHECK(names(options).fit("example.org"));
    CHECK_FALSE(names(options).fit("im.wild.example"));
    CHECK_FALSE(names(options).fit("person.example"));
}

TEST_CASE("the common name is no name") {
    CertificateOptions options;
    options.name = "example.org";
    CHECK(names(options).empty());
    CHECK_FALSE(names(options).fit("example.org"));
}

TEST_CASE("many names are counted") {
    CertificateOptions options;
    options.dns = {"a.example", "b.example", "a.example", "c.example"};
    CHECK(names(options).to_text(2) == "a.example, b.example and 1 more");
}
