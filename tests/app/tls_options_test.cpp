// The options of TLS to clients, and the reloading of its files.
#include <asio/io_context.hpp>
#include <fstream>
#include <string>

#include "admin/tls_samples.hpp"
#include "options/options.hpp"
#include "parsed_options.hpp"
#include "tls_reload.hpp"
#include "transports/tls_server_support.hpp"

using namespace wsxmpp::app;
using Catch::Matchers::Contains;
using test::refused;
using wsxmpp::TlsServer;
using wsxmpp::TlsServerOptions;

namespace {

// A certificate alone is refused: nobody would see it.
Options accepted(std::vector<std::string> arguments) {
    if (!arguments.empty() && arguments[0].find("--tls-cert") == 0) arguments.push_back("--listen=wss://1");
    return test::accepted(std::move(arguments));
}

}   // namespace

TEST_CASE("without certificates there is no TLS to clients") {
    const auto options = accepted({});
    CHECK(options.tls.certificates.empty());
    CHECK(options.tls_reload_interval == std::chrono::seconds{10});
}

TEST_CASE("certificates and keys are pairs, in their order, or each file has both") {
    const auto pairs =
        accepted({"--tls-cert", "a", "--tls-cert", "b", "--tls-key", "c", "--tls-key", "d"}).tls.certificates;
    REQUIRE(pairs.size() == 2);
    CHECK((pairs[0].certificate_file == "a" && pairs[0].key_file == "c"));
    CHECK((pairs[1].certificate_file == "b" && pairs[1].key_file == "d"));
    const auto mixed = accepted({"--tls-cert=a", "--tls-key=c", "--tls-cert=b", "--tls-key=d"}).tls.certificates;
    REQUIRE(mixed.size() == 2);
    CHECK((mixed[1].certificate_file == "b" && mixed[1].key_file == "d"));
    const auto both = accepted({"--tls-cert", "a", "--tls-cert", "b"}).tls.certificates;
    REQUIRE(both.size() == 2);
    CHECK((both[1].certificate_file == "b" && both[1].key_file.empty()));
}

TEST_CASE("keys that are not as many as the certificates are refused") {
    CHECK_THAT(refused({"--tls-cert", "a", "--tls-cert", "b", "--tls-key", "c"}),
               Contains("--tls-key: given 1 times, and --tls-cert 2: give one for each"));
    CHECK_THAT(refused({"--tls-cert", "a", "--tls-key", "c", "--tls-key", "d"}), Contains("--tls-key: given 2 times"));
    CHECK_THAT(refused({"--tls-key", "c"}), Contains("--tls-key: there is no --tls-cert"));
    CHECK_THAT(refused({"--tls-cert", ""}), Contains("--tls-cert: takes the name of a file"));
}

TEST_CASE("how often the files are looked at is a time, or never") {
    CHECK(accepted({"--tls-cert", "a", "--tls-reload-interval", "0"}).tls_reload_interval.count() == 0);
    CHECK(accepted({"--tls-cert", "a", "--tls-reload-interval", "0.5"}).tls_reload_interval ==
          std::chrono::milliseconds{500});
    CHECK_THAT(refused({"--tls-reload-interval", "often"}), Contains("--tls-reload-interval: "));
}

TEST_CASE("a file that changes is loaded by itself, and never when the interval is 0") {
    const test::Folder folder;
    test::Lines lines;
    TlsServerOptions options;
    options.certificates = {folder.write("a", test::identity_for({"example.org"}))};
    options.log = lines.log();
    TlsServer server{options};
    asio::io_context io;
    const TlsReload never{io, server, std::chrono::milliseconds{0}};
    CHECK(io.poll() == 0);
    CHECK(io.stopped());   // nothing waits
    const TlsReload often{io, server, std::chrono::milliseconds{1}};
    lines.take();
    folder.write("a", test::identity_for({"example.net"}));
    std::string seen;
    test::run_until(io, [&] { return (seen += lines.take()).find("names=example.net") != std::string::npos; });
}

TEST_CASE("metrics say once of each certificate when it expires, and how often one could not be loaded again") {
    const test::Folder folder;
    TlsServerOptions options;
    options.certificates = {folder.write("a", test::identity_for({"example.org"}))};
    options.certificates.push_back(options.certificates[0]);
    const std::string file = options.certificates[0].certificate_file;
    TlsServer server{options};
    const auto samples = tls_samples(server);
    REQUIRE(samples.size() == 2);
    CHECK(samples[0].name == "wsxmpp_tls_certificate_not_after_timestamp_seconds");
    CHECK(samples[0].labels.at(0).second == file);
    CHECK(samples[0].value > 0);
    CHECK(samples[1].name == "wsxmpp_tls_reload_failures_total");
    CHECK(samples[1].value == 0);
    std::ofstream{file} << "broken";
    CHECK_FALSE(server.reload());
    CHECK(tls_samples(server)[1].value == 1);
}
