// Where a client who may name any domain is not led to, whatever DNS says. Nothing is connected to here.
#include <optional>
#include <string>
#include <vector>

#include "dns_server.hpp"
#include "transports/support.hpp"
#include "upstream/attempt.hpp"
#include "upstream/own_address.hpp"
#include "wsxmpp/error.hpp"

using namespace test;
using namespace wsxmpp;
using namespace wsxmpp::upstream;

namespace {

const auto global = asio::ip::make_address("2000::1");   // of a block from which nothing is given out

struct OpenProxy {
    OpenProxy() {
        options.otherwise.emplace();
        options.log = {LogLevel::debug, [this](LogLevel, std::string_view message, LogFields fields) {
                           std::string& line = log.emplace_back(message);
                           for (const auto& [key, value] : fields)
                               line.append(" ").append(key).append("=").append(value);
                       }};
    }

    UpstreamResult connect(const std::string& domain) {
        const std::shared_ptr<ServerContext> context{new ServerContext{
            io, Routes{options}, {io, {dns.endpoint()}}, options, {}, [this](const asio::ip::address& address) {
                return address == own;
            }}};
        std::optional<UpstreamResult> result;
        const auto attempt = std::make_shared<Attempt>(context, UpstreamRequest{domain},
                                                       [&](UpstreamResult it) { result = std::move(it); });
        attempt->start();
        run_until(io, [&] { return dns.poll(), result.has_value(); });
        return *result;
    }
    bool logged(const std::string& line) const { return std::find(log.begin(), log.end(), line) != log.end(); }

    asio::io_context io{1};
    asio::ip::address own;
    unsigned srv_port = 5222;
    DnsServer dns{[this](const DnsQuery& query) {
        if (query.name != "_xmpp-client._tcp.a.example") return query.with(3);
        return query.with(0, {dns_record(query.name, 33, srv_data(0, 0, srv_port, "localhost"))});
    }};
    ServerUpstreamOptions options;
    std::vector<std::string> log;
};

}   // namespace

TEST_CASE("a public address that is this machine's own is refused, as private ones are") {
    OpenProxy proxy;
    proxy.own = global;
    const UpstreamResult result = proxy.connect("[2000::1]");
    CHECK(result.error == errc::address_refused);
    CHECK(proxy.logged("address refused address=[2000::1]:5222 class=this machine's own"));
}

TEST_CASE("ports of other services are refused, but for the Web's") {
    OpenProxy proxy;
    const auto [port, refused] = GENERATE(
        table<unsigned, bool>({{25, true}, {1023, true}, {22, true}, {80, false}, {443, false}, {1024, false}}));
    proxy.srv_port = port;
    const UpstreamResult result = proxy.connect("a.example");
    CHECK(result.error == errc::address_refused);   // it is loopback, too
    INFO(result.detail);
    CHECK((result.detail.find("its port is one of another service") != std::string::npos) == refused);
    CHECK((result.client_detail.find("localhost") == std::string::npos));
}

TEST_CASE("with allow_private nothing is refused") {
    OpenProxy proxy;
    proxy.options.allow_private = true;
    proxy.srv_port = 1;   // where nobody listens
    CHECK(proxy.connect("a.example").error == errc::connection_refused);
}

TEST_CASE("loopback is this machine's own, and what others have is not") {
    CHECK(is_own_address(asio::ip::make_address("127.0.0.1")));
    CHECK(is_own_address(asio::ip::make_address("::ffff:127.0.0.1")));
    CHECK_FALSE(is_own_address(asio::ip::make_address("127.255.255.255")));
    CHECK_FALSE(is_own_address(asio::ip::make_address("255.255.255.255")));
    CHECK_FALSE(is_own_address(global));
}
