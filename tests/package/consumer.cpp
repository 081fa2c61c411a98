// A program as others would write it; built against what was installed. Needs both the pure core and the transports.
#include <asio/io_context.hpp>
#include <iostream>
#include <memory>
#include <string_view>
#include <wsxmpp/wsxmpp.hpp>

int main() {
    asio::io_context io;
    wsxmpp::WebSocketListenerOptions listen;
    listen.endpoints = {{asio::ip::address_v4::loopback(), 0}};
    wsxmpp::Bridge bridge{io, std::make_unique<wsxmpp::WebSocketListener>(io, listen),
                          std::make_shared<wsxmpp::ServerUpstream>(io, wsxmpp::ServerTarget{"localhost"})};
    bridge.start();
    bridge.stop();
    io.run();

    wsxmpp::FrameDecoder decoder;
    const auto* event = decoder.decode("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org'/>");
    if (event == nullptr || event->header->get("to") != "example.org") return 1;
    std::cout << "wsxmpp " << wsxmpp::version << '\n';
}
