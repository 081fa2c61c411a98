// A Server of the program at a free port of loopback.
#pragma once

#include <asio/ip/tcp.hpp>
#include <variant>

#include "server.hpp"

namespace test {

inline wsxmpp::app::Options local_options() {
    using wsxmpp::app::ListenAddress;
    wsxmpp::app::Options options;
    options.listen = {{ListenAddress::Kind::address, asio::ip::address_v4::loopback(), 0}};
    return options;
}

inline asio::ip::tcp::endpoint endpoint_of(const wsxmpp::app::Server& server) {
    return std::get<asio::ip::tcp::endpoint>(server.places().at(0).at);
}

}   // namespace test
