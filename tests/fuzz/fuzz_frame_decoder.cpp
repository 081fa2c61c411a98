// Messages of a client, with form feeds between them; before them the framing: 'a'uto, 'r'fc7395 or 'l'egacy.
#include "core/ascii_names.hpp"
#include "core/expat_tree.hpp"
#include "fuzz.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/stream_codec.hpp"

using namespace wsxmpp;
using namespace wsxmpp::fuzz;

namespace {

test::ExpatParser& expat() {
    static test::ExpatParser parser;
    return parser;
}

test::ExpatResult parse(std::string_view text, bool is_final, std::size_t depth) {
    return expat().parse(test::with_ascii_names(text), is_final, depth);
}

// The stream on TCP that the messages are made into.
struct Stream {
    std::string text;
    std::size_t elements = 0;
};

void check_open(const Event& event, Framing framing, Stream& stream) {
    require(framing != Framing::automatic, "a stream without a framing");
    stream.text = framing == Framing::legacy ? std::string{event.raw} : encode_stream_open(*event.header);
    stream.elements = 0;
    const test::ExpatResult seen = parse(stream.text, false, 0);
    require(seen.accepted && seen.depth == 1, "a header that is no start tag", stream.text);
    require(seen.names[0] == "{http://etherx.jabber.org/streams}stream", "another header", stream.text);
    require(parse(encode_frame_open(*event.header), true, 0).accepted, "an <open/> that is none", stream.text);
    if (framing == Framing::rfc7395) require(parse(event.raw, true, 0).accepted, "an <open/> that is none", event.raw);
}

void check_element(const Element& element, Framing framing, Stream& stream) {
    require(!stream.text.empty(), "an element before the stream");
    const std::string text = element.str();
    stream.text += text;
    ++stream.elements;
    const test::ExpatResult inside = parse(stream.text, false, 1);
    require(inside.accepted, "what the server refuses", stream.text);
    require(inside.depth == 1 && inside.names.size() == stream.elements, "more or less than one element", text);
    const std::string name = "{" + std::string{element.ns} + "}" + std::string{element.name};
    require(test::with_ascii_names(inside.names.back()) == test::with_ascii_names(name), "another root", text);
    if (framing == Framing::rfc7395) require(parse(text, true, 0).accepted, "what does not stand alone", text);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input{reinterpret_cast<const char*>(data), size};
    const char first = take_byte(input);
    FrameDecoder decoder{first == 'l'   ? Framing::legacy
                         : first == 'r' ? Framing::rfc7395
                                        : Framing::automatic,
                         wide_limits()};
    Stream stream;
    while (!input.empty()) {
        const std::string_view part = take_part(input);
        const std::vector<char> message(part.begin(), part.end());
        const Event* event = decoder.decode({message.data(), message.size()});
        if (event == nullptr) {
            require(bool{decoder.error()}, "no event, and no error");
            require(is_sentence(decoder.detail()), "a detail that is no sentence", decoder.detail());
            continue;
        }
        require(!decoder.error(), "an event and an error");
        switch (event->type) {
            case Event::Type::open: check_open(*event, decoder.framing(), stream); break;
            case Event::Type::element: check_element(event->element, decoder.framing(), stream); break;
            case Event::Type::close:
                if (decoder.framing() == Framing::legacy)
                    require(parse(stream.text + std::string{event->raw}, true, 0).accepted, "no end tag", event->raw);
                else
                    require(parse(event->raw, true, 0).accepted, "a <close/> that is none", event->raw);
                return 0;
            case Event::Type::space:
                require(event->raw.find_first_not_of(" \t\r\n") == std::string_view::npos, "space that is none");
                break;
        }
    }
    return 0;
}
