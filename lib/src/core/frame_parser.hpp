// What a FrameDecoder does, without what an idle session need not keep: this is a part of each.
#pragma once

#include <memory>
#include <string_view>

#include "core/fault.hpp"
#include "wsxmpp/event.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

struct CheckedRoot;

class FrameParser {
public:
    explicit FrameParser(Framing framing);
    ~FrameParser();
    FrameParser(FrameParser&&) noexcept;
    FrameParser& operator=(FrameParser&&) noexcept;

    // The event of one message, put into a fresh `event`, borrowed from the message and until the next call. False:
    // fault() says what is wrong with it.
    bool parse(std::string_view message, const Limits& limits, Event& event);

    const Fault& fault() const { return fault_; }
    Framing framing() const { return framing_; }

private:
    struct Lent;
    struct LegacyStream;

    [[gnu::cold]] void forget();
    bool parse_any(std::string_view message, const Limits& limits, Event& event);
    [[gnu::always_inline]] inline bool framed(std::string_view message, const Limits& limits, Event& event);
    bool framing_element(std::string_view message, const Limits& limits, CheckedRoot& root, Event& event);
    bool open(std::string_view message, const Limits& limits, CheckedRoot& root, Event& event);
    [[gnu::always_inline]] inline bool element(std::string_view message, const CheckedRoot& root, Event& event);
    bool admit(const CheckedRoot& root);
    bool legacy(std::string_view message, const Limits& limits, Event& event);
    bool legacy_open(std::string_view message, StreamHeader header, const CheckedRoot& root, Event& event);
    bool legacy_close(std::string_view message, Event& event);
    const StreamHeader& lend(StreamHeader header);

    std::unique_ptr<Lent> lent_;             // what the last event borrows, and the message does not hold
    std::unique_ptr<LegacyStream> stream_;   // legacy: once it is open
    Fault fault_;
    Framing framing_;
    bool opened_ = false;
};

}   // namespace wsxmpp::core
