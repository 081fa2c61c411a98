// What POSH is tested against: an XMPP server and websites with certificates of their own, and the DNS that leads to
// them; all in the thread of the test.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dns_server.hpp"
#include "tls_world.hpp"
#include "upstream/fingerprints.hpp"
#include "wsxmpp/server_upstream.hpp"

namespace test {

// Takes any number of TLS connections on one loopback port; never blocks.
class TlsHost {
public:
    // What to send for a request; empty: nothing.
    using Script = std::function<std::string(const std::string& request)>;

    TlsHost(asio::io_context& under_test, const Identity& identity, Script its_script = nullptr)
        : script{std::move(its_script)}, under_test_{under_test}, context_{server_context(identity)} {
        acceptor_.non_blocking(true);
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void show(const Identity& identity) { context_ = server_context(identity); }

    void poll() {
        for (std::error_code ec;;) {
            tcp::socket socket{io_};
            acceptor_.accept(socket, ec);
            if (ec) break;
            ++accepted;
            if (!answers) {
                silent_.push_back(std::move(socket));
                continue;
            }
            adopt(std::move(socket));
        }
        for (Connection& one : connections_) poll(one);
    }

    // A client that has come another way.
    void adopt(tcp::socket socket) {
        auto& one = connections_.emplace_back(under_test_, context_.get());
        one.server.peer.socket = std::move(socket);
        one.server.peer.ready();
    }

    Script script;
    bool answers = true;   // false: what comes is accepted, and that is all
    int accepted = 0;
    int handshakes = 0;
    std::vector<std::string> requests;

private:
    struct Connection {
        Connection(asio::io_context& io, SSL_CTX* context) : server{io, context} {}
        TlsServerEnd server;
        bool secured = false;
    };

    void poll(Connection& one) {
        if (!one.secured) {
            one.secured = one.server.accept();
            handshakes += one.secured ? 1 : 0;
            if (!one.secured) return;
        }
        one.server.read();
        if (script && one.server.received.find("\r\n\r\n") != std::string::npos) {
            requests.push_back(std::exchange(one.server.received, {}));
            one.server.write(script(requests.back()));
        }
        one.server.transmit();
    }

    asio::io_context& under_test_;
    asio::io_context io_;
    tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    Owned<SSL_CTX> context_;
    std::list<Connection> connections_;
    std::list<tcp::socket> silent_;
};

// A SOCKS5 proxy (RFC 1928) whose every connection is to one of these hosts, by port.
class SocksProxy {
public:
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void poll(const std::vector<TlsHost*>& hosts) {
        acceptor_.non_blocking(true);
        for (std::error_code ec;;) {
            tcp::socket socket{io_};
            acceptor_.accept(socket, ec);
            if (ec) break;
            socket.non_blocking(true);
            clients_.push_back({std::move(socket), {}, false});
        }
        for (auto client = clients_.begin(); client != clients_.end();) {
            auto& [socket, received, greeted] = *client;
            std::array<char, 512> buffer;
            std::error_code ec;
            received.append(buffer.data(), socket.read_some(asio::buffer(buffer), ec));
            // Its greeting is as long as it says; the request is one with a name (4 bytes, the name's size, it, a
            // port).
            const auto byte = [text = received](std::size_t at) {
                return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
            };
            if (const std::size_t greeting = 2 + byte(1); !greeted && received.size() >= greeting) {
                received.erase(0, greeting);
                greeted = true;
                asio::write(socket, asio::buffer("\x05\x00"s));
            }
            const auto request = static_cast<std::size_t>(7 + byte(4));
            if (!greeted || received.size() < request || received.size() < 7) {
                ++client;
                continue;
            }
            names.push_back(received.substr(5, request - 7));
            const unsigned port = byte(request - 2) << 8U | byte(request - 1);
            asio::write(socket, asio::buffer("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s));
            for (TlsHost* host : hosts)
                if (host->port() == port) host->adopt(std::move(socket));
            client = clients_.erase(client);
        }
    }

    std::vector<std::string> names;   // that were connected to

private:
    asio::io_context io_;
    tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    struct Client {
        tcp::socket socket;
        std::string received;
        bool greeted;
    };
    std::list<Client> clients_;
};

inline std::string http(std::string_view body, std::string_view status = "200 OK", std::string_view more = {}) {
    return "HTTP/1.1 " + std::string{status} + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string{more} + "\r\n" + std::string{body};
}

inline std::string base64(const std::string& bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    text.pop_back();
    return text;
}

inline std::string fingerprints_document(const Identity& identity, unsigned expires = 3600, bool by_sha_512 = false) {
    const auto hashes = wsxmpp::upstream::fingerprints_of(identity.certificate.get());
    return R"({"fingerprints":[{")" + std::string{by_sha_512 ? "sha-512" : "sha-256"} + R"(":")" +
           base64(hashes[by_sha_512 ? 1 : 0]) + R"("}],"expires":)" + std::to_string(expires) + "}";
}

// The domain example.org: its XMPP server is at an address that was named, its website where DNS says.
struct PoshWorld {
    explicit PoshWorld(Identity of_the_server) : server_identity{std::move(of_the_server)} {
        wsxmpp::Route route;
        route.domain = "example.org";
        route.targets = {{"127.0.0.1", server.port(), wsxmpp::Security::tls}};
        route.tls.ca_file = ca.root_file.path();
        route.tls.posh = true;
        options.routes = {route};
        options.posh_port = website.port();
        options.dns_servers = {dns.endpoint()};
        options.log = {wsxmpp::LogLevel::debug,
                       [this](wsxmpp::LogLevel, std::string_view message, wsxmpp::LogFields fields) {
                           std::string& line = log.emplace_back(message);
                           for (const auto& [key, value] : fields)
                               line.append(" ").append(key).append("=").append(value);
                       }};
    }

    const wsxmpp::UpstreamResult& connect(const std::string& domain = "example.org") {
        if (!upstream) upstream.emplace(io, options);
        result.reset();
        const auto handle = upstream->connect({domain}, [this](wsxmpp::UpstreamResult it) { result = std::move(it); });
        run_until(io, [this] {
            dns.poll();
            server.poll();
            website.poll();
            proxy.poll({&server, &website});
            return result.has_value();
        });
        CHECK(static_cast<bool>(result->connection) == !result->error);
        return *result;
    }

    bool logged(const std::string& line) const { return std::find(log.begin(), log.end(), line) != log.end(); }

    wsxmpp::Route& route() { return options.routes[0]; }
    static Identity website_identity(const Identity& issuer) {
        CertificateOptions options;
        options.dns = {"example.org", "hosting.example"};
        return make_identity(options, &issuer);
    }

    World ca;
    Identity server_identity;
    asio::io_context io{1};
    std::map<std::string, std::string> addresses{{"example.org", "\x7F\x00\x00\x01"s},
                                                 {"hosting.example", "\x7F\x00\x00\x01"s}};
    DnsServer dns{[this](const DnsQuery& query) {
        const auto found = addresses.find(query.name);
        if (found == addresses.end()) return query.with(3);
        if (query.type != 1) return query.with(0);
        return query.with(0, {dns_record(query.name, 1, found->second)});
    }};
    SocksProxy proxy;   // outlives those whose sockets it has accepted
    TlsHost server{io, server_identity};
    TlsHost website{io, website_identity(ca.root),
                    [this](const std::string&) { return http(fingerprints_document(server_identity)); }};
    std::vector<std::string> log;
    wsxmpp::ServerUpstreamOptions options;
    std::optional<wsxmpp::ServerUpstream> upstream;
    std::optional<wsxmpp::UpstreamResult> result;
};

}   // namespace test
