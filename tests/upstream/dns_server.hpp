// A DNS server that does as a test says, on a loopback port, by UDP and TCP, in the thread of the test.
#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "upstream/dns_messages.hpp"

namespace test {

struct DnsQuery {
    bool tcp = false;
    unsigned id = 0;
    unsigned flags = 0;
    std::string name;   // "_xmpp-client._tcp.a.example"
    int type = 0;
    std::string question;   // its bytes
    bool edns = false;

    // What answers it.
    std::string with(unsigned more_flags, const std::vector<std::string>& answers = {}) const {
        return dns_message(id, dns_response | more_flags, question, answers);
    }
};

inline DnsQuery read_query(std::string_view bytes, bool tcp) {
    REQUIRE(bytes.size() > 16);
    const auto u16_at = [&](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(bytes[at]) << 8 |
                                     static_cast<unsigned char>(bytes[at + 1]));
    };
    DnsQuery query;
    query.tcp = tcp;
    query.id = u16_at(0);
    query.flags = u16_at(2);
    query.edns = u16_at(10) == 1;
    std::size_t at = 12;
    while (bytes.at(at) != 0) {
        const auto size = static_cast<std::size_t>(bytes[at]);
        query.name += (query.name.empty() ? "" : ".") + std::string{bytes.substr(at + 1, size)};
        at += 1 + size;
    }
    query.type = static_cast<int>(u16_at(at + 1));
    query.question = std::string{bytes.substr(12, at + 5 - 12)};
    return query;
}

class DnsServer {
public:
    // What to send for a query; empty: nothing.
    using Script = std::function<std::string(const DnsQuery&)>;

    explicit DnsServer(Script its_script) : script{std::move(its_script)} {
        const auto loopback = asio::ip::address_v4::loopback();
        for (;;) {   // until a port is free for both
            udp_ = asio::ip::udp::socket{io_, {loopback, 0}};
            std::error_code ec;
            acceptor_ = asio::ip::tcp::acceptor{io_};
            acceptor_.open(asio::ip::tcp::v4());
            acceptor_.bind({loopback, udp_.local_endpoint().port()}, ec);
            if (ec) continue;
            acceptor_.listen();
            break;
        }
        udp_.non_blocking(true);
        acceptor_.non_blocking(true);
    }

    asio::ip::udp::endpoint endpoint() const { return udp_.local_endpoint(); }

    // Answers what has come; never blocks.
    void poll() {
        std::error_code ec;
        for (;;) {
            asio::ip::udp::endpoint client;
            const std::size_t size = udp_.receive_from(asio::buffer(buffer_), client, 0, ec);
            if (ec) break;
            const std::string answer = answer_to({buffer_.data(), size}, false);
            if (!answer.empty()) udp_.send_to(asio::buffer(answer), client);
        }
        for (;;) {
            asio::ip::tcp::socket socket = acceptor_.accept(ec);
            if (ec) break;
            socket.non_blocking(true);
            clients_.emplace_back(std::move(socket), std::string{});
        }
        for (auto& [socket, received] : clients_) {
            const std::size_t size = socket.read_some(asio::buffer(buffer_), ec);
            if (ec) continue;
            received.append(buffer_.data(), size);
            if (received.size() < 2) continue;
            const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(received[0])) << 8U |
                                       static_cast<unsigned char>(received[1]);
            if (received.size() < 2 + length) continue;
            const std::string answer = answer_to(std::string_view{received}.substr(2, length), true);
            received.erase(0, 2 + length);
            if (!answer.empty()) asio::write(socket, asio::buffer(u16(static_cast<unsigned>(answer.size())) + answer));
        }
    }

    Script script;
    std::vector<DnsQuery> queries;

private:
    std::string answer_to(std::string_view bytes, bool tcp) {
        queries.push_back(read_query(bytes, tcp));
        return script(queries.back());
    }

    asio::io_context io_;
    asio::ip::udp::socket udp_{io_};
    asio::ip::tcp::acceptor acceptor_{io_};
    std::list<std::pair<asio::ip::tcp::socket, std::string>> clients_;
    std::array<char, 65'536> buffer_{};
};

// Where no server is: as long as this lives nobody else gets the port, and what others send to it is refused, since its
// socket is connected to itself.
class NoDnsServer {
public:
    NoDnsServer() { udp_.connect(udp_.local_endpoint()); }
    asio::ip::udp::endpoint endpoint() const { return udp_.local_endpoint(); }

private:
    asio::io_context io_;
    asio::ip::udp::socket udp_{io_, {asio::ip::address_v4::loopback(), 0}};
};

}   // namespace test
