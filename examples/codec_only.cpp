// The pure core alone, without Asio: the bytes of a server's stream, in pieces of any size, become events, and each
// event is printed as the WebSocket message it would be.
#include <cstddef>
#include <iostream>
#include <string_view>
#include <wsxmpp/frame_codec.hpp>
#include <wsxmpp/stream_codec.hpp>

int main() {
    constexpr std::string_view stream =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "from='example.org' id='1' version='1.0'><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        "</stream:features> <message to='romeo@example.org'><body>Wherefore art thou?</body></message>"
        "</stream:stream>";

    wsxmpp::StreamDecoder decoder;
    for (std::size_t at = 0; at < stream.size(); at += 7) {   // as TCP might deliver them
        decoder.feed(stream.substr(at, 7));
        while (const wsxmpp::Event* event = decoder.next()) {
            switch (event->type) {
                case wsxmpp::Event::Type::open: std::cout << wsxmpp::encode_frame_open(*event->header) << '\n'; break;
                case wsxmpp::Event::Type::element: std::cout << event->element.str() << '\n'; break;
                case wsxmpp::Event::Type::close: std::cout << wsxmpp::encode_frame_close() << '\n'; break;
                case wsxmpp::Event::Type::space: break;
            }
        }
    }
    if (decoder.error()) std::cerr << decoder.error().message() << ": " << decoder.detail() << '\n';
    return decoder.error() ? 1 : 0;
}
