// Frames of a client as they are on the wire, after two bytes: what was agreed on ('s': small limits; 'd':
// permessage-deflate, 'D': with small limits; 't': with context takeover), and how the rest is cut.
#include "core/xml_text.hpp"
#include "fuzz.hpp"
#include "transports/websocket_frames.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::fuzz;
using transports::FrameReader;

namespace {

struct Deflate {
    bool agreed = false;
    bool takes_over = false;
    int bits = 15;
};

struct Frame {
    FrameReader::Event event;
    std::string payload;
    std::uint16_t close_code;

    bool operator==(const Frame& o) const {
        return event == o.event && payload == o.payload && close_code == o.close_code;
    }
};

template <class NextSize>
std::vector<Frame> run(std::string_view bytes, const transports::FrameLimits& limits, const Deflate& deflate,
                       NextSize next_size) {
    FrameReader reader;
    std::unique_ptr<transports::Inflater> inflater;
    reader.set_limits(limits);
    std::vector<Frame> frames;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, next_size());
        bytes.remove_prefix(piece.size());
        std::vector<char> buffer(piece.begin(), piece.end());   // the reader works in place
        std::vector<std::pair<std::string_view, std::size_t>> messages;
        // They are valid until the end of the read, or until what was inflated is given up.
        const auto check_messages = [&] {
            for (const auto& [payload, index] : messages)
                require(payload == frames[index].payload, "a message that changed");
            messages.clear();
        };
        if (deflate.agreed && !reader.inflating())
            reader.lend_inflater(deflate.bits, deflate.takes_over, std::move(inflater));
        reader.feed(buffer.data(), buffer.size());
        for (;;) {
            const FrameReader::Event event = reader.next();
            if (event == FrameReader::Event::need_more) break;
            if (event == FrameReader::Event::violation) {
                const FrameReader::Violation& v = reader.violation();
                require(is_sentence(v.text) && v.code, "a violation without a reason", v.text);
                require(reader.next() == FrameReader::Event::violation, "something after a violation");
                frames.push_back({event, v.text, 0});
                return frames;
            }
            const std::string_view payload = reader.payload();
            frames.push_back({event, std::string{payload}, 0});
            if (event == FrameReader::Event::message || event == FrameReader::Event::inflated) {
                require(payload.size() <= limits.max_message, "a message over the limit");
                if (!limits.accept_binary) require(is_utf8(payload), "a text that is not UTF-8");
                messages.emplace_back(payload, frames.size() - 1);
            } else if (event != FrameReader::Event::binary) {
                require(payload.size() <= 125, "a control frame over the limit");
            }
            if (reader.crowded()) {
                check_messages();
                reader.drop_inflated();
            }
            if (event == FrameReader::Event::close) {
                frames.back().close_code = reader.close_code();
                require(is_utf8(payload), "a reason that is not UTF-8");
            }
        }
        check_messages();
        reader.end_read();
        if (!deflate.agreed) continue;
        reader.drop_inflated();
        if (!reader.inflating()) inflater = reader.return_inflater();
    }
    return frames;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes{reinterpret_cast<const char*>(data), size};
    transports::FrameLimits limits;
    const auto mode = take_byte(bytes);
    const bool small = mode == 's' || mode == 'D';
    Deflate deflate;
    deflate.agreed = mode == 'd' || mode == 'D' || mode == 't';
    deflate.takes_over = mode == 't';
    if (deflate.takes_over) deflate.bits = 9;
    limits.max_message = small ? 20 : 262'144;
    limits.max_fragments = small ? 3 : 1000;
    Pieces pieces{take_byte(bytes)};
    const std::vector<Frame> whole = run(bytes, limits, deflate, [&] { return bytes.size(); });
    const std::vector<Frame> split = run(bytes, limits, deflate, [&] { return pieces.next(); });
    require(whole == split, "split, the frames differ");
    return 0;
}
