// The files of a TLS server, and what is said of those that cannot be used.
#include <sys/stat.h>

#include "tls_server_support.hpp"
#include "transports/tls_server_files.hpp"
#include "transports/tls_server_ocsp.hpp"
#include "wsxmpp/tls.hpp"

using namespace test;
using wsxmpp::TlsCertificateFiles;
using wsxmpp::TlsServer;
using wsxmpp::TlsServerOptions;
using wsxmpp::transports::load_certificate;
using wsxmpp::transports::must_staple;
using wsxmpp::transports::read_staple;
using wsxmpp::transports::ServerCertificate;

namespace {

const Identity& identity() {
    static const Identity made = identity_for({"Example.org"});
    return made;
}
const Identity& other() {
    static const Identity made = identity_for({"example.net"});
    return made;
}
std::string certificate() { return pem(identity().certificate.get()); }
std::string key() { return pem(identity().key.get()); }

// What load_certificate() says is wrong, without the name of the folder.
std::string fault_of(const Folder& folder, const TlsCertificateFiles& files) {
    try {
        load_certificate(files);
    } catch (const wsxmpp::TlsFileError& e) {
        std::string what = (e.field() == "certificates.key_file" ? "key: " : "certificate: ") + e.reason();
        for (auto at = what.find(folder.path("")); at != std::string::npos; at = what.find(folder.path("")))
            what.erase(at, folder.path("").size());
        return what;
    }
    return "none";
}

// Of one whose dates are known.
ServerCertificate dated(const char* from, const char* to, std::vector<std::string> names = {"example.org"}) {
    CertificateOptions options;
    options.dns = std::move(names);
    options.not_before = from;
    options.not_after = to;
    const Folder folder;
    return load_certificate(folder.write("a", make_identity(options)));
}

constexpr std::time_t day = 86'400;
constexpr std::time_t year_2020 = 1'577'836'800;

ServerCertificate loaded(const Identity& which, const Identity* issuer = nullptr) {
    const Folder folder;
    return load_certificate({folder.write("a.pem", pem(which.certificate.get()) + pem(which.key.get()) +
                                                       (issuer ? pem(issuer->certificate.get()) : "")),
                             ""});
}

}   // namespace

TEST_CASE("TLS files: a certificate and its key, in two files or in one, in any order") {
    const Folder folder;
    CHECK(load_certificate(folder.write("a", identity())).names == std::vector<std::string>{"example.org"});
    CHECK(fault_of(folder, {folder.write("b", certificate() + key()), ""}) == "none");
    CHECK(fault_of(folder, {folder.write("c", key() + "a word\n" + certificate()), ""}) == "none");
}

TEST_CASE("TLS files: what is wrong is said of the file that is at fault") {
    const Folder folder;
    const std::string good = folder.write("good.pem", certificate());
    const std::string good_key = folder.write("good.key", key());
    CHECK(fault_of(folder, {folder.path("none"), good_key}) == "certificate: none: No such file or directory");
    CHECK(fault_of(folder, {good, folder.path("none")}) == "key: none: No such file or directory");
    CHECK(fault_of(folder, {folder.write("text", "hello\n"), good_key}) ==
          "certificate: text: there is no certificate in it (PEM)");
    CHECK(fault_of(folder, {good, ""}) == "key: good.pem: there is no private key in it (PEM): name the key's file");
    CHECK(fault_of(folder, {good_key, ""}) == "certificate: good.key: there is no certificate in it (PEM)");
    CHECK(fault_of(folder, {folder.write("cut", certificate().substr(0, 200)), good_key})
              .find("certificate: cut: a certificate in it is broken (") == 0);
    CHECK(fault_of(folder, {good, folder.write("other.key", pem(other().key.get()))}) ==
          "key: other.key: it is not the key of the certificate in good.pem");
    CHECK(fault_of(folder, {folder.write("both", certificate() + pem(other().key.get())), ""}) ==
          "certificate: both: the key in it is not that of the certificate");
    CHECK(fault_of(folder, {folder.write("turned", pem(other().certificate.get()) + certificate()), good_key}) ==
          "certificate: turned: the server's own certificate, that of the key, must come first in it");
    CHECK(fault_of(folder, {folder.path(""), good_key}).find(": it is no regular file") != std::string::npos);
    CHECK(fault_of(folder, {folder.write("large", std::string(2'000'000, 'x')), good_key})
              .find("certificate: large: it is larger") == 0);
    REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
    CHECK(fault_of(folder, {folder.path("pipe"), good_key}) == "certificate: pipe: it is no regular file");
}

TEST_CASE("TLS files: a change of permissions alone is seen") {
    const Folder folder;
    const std::string file = folder.write("a", "");
    const auto before = wsxmpp::transports::stamp_of(file);
    CHECK(before == wsxmpp::transports::stamp_of(file));
    bool seen = false;   // at the next tick of the file system's clock
    for (int i = 0; i < 1'000'000 && !seen; ++i) {
        REQUIRE(::chmod(file.c_str(), i % 2 == 0 ? 0600 : 0644) == 0);
        seen = wsxmpp::transports::stamp_of(file) != before;
    }
    CHECK(seen);
}

TEST_CASE("TLS files: an encrypted key is refused, and nobody is asked for its password") {
    const Folder folder;
    const std::string locked = folder.write("locked", pem(identity().key.get(), "secret"));
    CHECK(fault_of(folder, {folder.write("a", certificate()), locked}) ==
          "key: locked: the private key is encrypted; 'openssl pkey' writes it without a password");
}

TEST_CASE("TLS server: one that cannot begin says why") {
    const auto fault = [](const TlsServerOptions& options) -> std::string {
        try {
            const TlsServer server{options};
        } catch (const std::invalid_argument& e) {
            return e.what();
        }
        return "none";
    };
    const Folder folder;
    TlsServerOptions options;
    CHECK(fault(options) == "TLS: there is no certificate");
    options.certificates = {folder.write("a", identity())};
    CHECK(fault(options) == "none");
    options.ticket_lifetime = std::chrono::hours{24 * 8};
    CHECK(fault(options).find("seven days") != std::string::npos);
    options.ticket_lifetime = 60s;
    options.certificates.push_back({folder.path("none"), ""});
    CHECK(fault(options) == "certificates.certificate_file: " + folder.path("none") + ": No such file or directory");
}

TEST_CASE("TLS files: a certificate that has expired, or soon will, is warned of") {
    using wsxmpp::transports::certificate_warning;
    const auto quarter = dated("20200101000000Z", "20200331000000Z");   // 90 days
    CHECK(certificate_warning(quarter, year_2020 - 1) == "the certificate is not valid before 2020-01-01");
    CHECK(certificate_warning(quarter, year_2020) == "");
    CHECK(certificate_warning(quarter, year_2020 + day) == "");
    CHECK(certificate_warning(quarter, year_2020 + 81 * day - 1) == "");
    CHECK(certificate_warning(quarter, year_2020 + 81 * day + 1) == "the certificate expires soon, on 2020-03-31");
    CHECK(certificate_warning(quarter, year_2020 + 90 * day + 1) == "the certificate expired on 2020-03-31");
    const auto years = dated("20200101000000Z", "20300101000000Z");
    CHECK(certificate_warning(years, year_2020 + 3'600 * day) == "");
    CHECK(certificate_warning(years, year_2020 + 3'640 * day) == "the certificate expires soon, on 2030-01-01");
}

TEST_CASE("TLS files: a certificate without a DNS name is warned of") {
    const auto nameless = dated("20200101000000Z", "20300101000000Z", {});
    CHECK(wsxmpp::transports::certificate_warning(nameless, year_2020 + day).find("names no domain") !=
          std::string::npos);
}

TEST_CASE("OCSP: a response is for the certificate, whatever hash it names the issuer by") {
    const Identity issuer = make_authority("Issuer");
    CertificateOptions options;
    options.dns = {"example.org"};
    const Identity leaf = make_identity(options, &issuer);
    const Identity stranger = make_authority("Stranger");
    OcspOptions ocsp;
    ocsp.hash = GENERATE(EVP_sha1(), EVP_sha256());
    const std::string response = ocsp_response(leaf, issuer, ocsp);
    const bool with_issuer = GENERATE(true, false);
    const auto staple = read_staple(response, loaded(leaf, with_issuer ? &issuer : nullptr), year_2020 + day);
    CHECK(staple.fault == "");
    CHECK((staple.response == response));
    CHECK(staple.until == 4'102'358'400 + 86'399 - 86'399);   // 2099-12-31
    // The serial number is the same, the issuer another.
    const std::string false_response = ocsp_response(leaf, stranger, ocsp);
    CHECK(read_staple(false_response, loaded(leaf, &issuer), year_2020 + day).fault.find("it is not for") == 0);
}

TEST_CASE("OCSP: what cannot be stapled, and why") {
    const auto certificate = loaded(identity());
    const auto fault = [&](const std::string& response, std::time_t now = year_2020 + day) {
        const auto staple = read_staple(response, certificate, now);
        CHECK(staple.response.empty() == !staple.fault.empty());
        return staple.fault;
    };
    const auto with = [](const OcspOptions& options) { return ocsp_response(identity(), identity(), options); };
    const std::string good = with({});
    CHECK(fault(good) == "");
    CHECK(fault("") == "it is no OCSP response (DER)");
    CHECK(fault("hello") == "it is no OCSP response (DER)");
    CHECK(fault(good + "x") == "it is no OCSP response (DER)");
    for (std::size_t size = 1; size < good.size(); size += 7) CHECK(fault(good.substr(0, size)) != "");
    CHECK(fault(std::string{"\x30\x03\x0a\x01\x03", 5}) == "the responder says: trylater");
    CHECK(fault(with({V_OCSP_CERTSTATUS_REVOKED})) == "it says of the certificate: revoked");
    CHECK(fault(with({V_OCSP_CERTSTATUS_UNKNOWN})) == "it says of the certificate: unknown");
    OcspOptions endless;
    endless.next = nullptr;
    CHECK(fault(with(endless)) == "it says not until when it is valid (nextUpdate)");
    CHECK(fault(good, year_2020 - day) == "it is not valid before 2020-01-01");
    const std::string old = with({V_OCSP_CERTSTATUS_GOOD, "20200101000000Z", "20200108000000Z"});
    CHECK(fault(old, year_2020 + 7 * day - 1) == "");
    CHECK(fault(old, year_2020 + 7 * day) == "it was valid until 2020-01-08");
    CHECK(fault(ocsp_response(other(), other())).find("it is not for the certificate in ") == 0);
}

TEST_CASE("OCSP: a certificate that must have a staple is known, and warned of without one") {
    CertificateOptions options;
    options.dns = {"example.org"};
    options.must_staple = true;
    const Identity made = make_identity(options);
    CHECK(must_staple(made.certificate.get()));
    CHECK_FALSE(must_staple(identity().certificate.get()));
    const Folder folder;
    Lines lines;
    TlsServerOptions server;
    server.certificates = {folder.write("a", made)};
    server.log = lines.log();
    const TlsServer loaded{server};
    CHECK(lines.take().find("a.pem.ocsp: it is missing") != std::string::npos);
}
