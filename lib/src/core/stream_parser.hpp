// Bytes of a server's stream to events: what a StreamDecoder wraps, and a Relay holds as it is.
//
// Keeps little between the calls, because there is one for each session and most are idle: the beginning of a part that
// is not whole, and what the stream header declared, which other streams share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "core/element_scanner.hpp"
#include "core/fault.hpp"
#include "core/stand_alone.hpp"
#include "core/stream_context.hpp"
#include "wsxmpp/event.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

struct WholeElement;

class StreamParser {
public:
    // Reads on in `input`, and takes off it what it has read. True: there is an event, which borrows from the input,
    // the parser and `out` until the next call. False: all was read and more is needed, or the stream was closed, or
    // there is a fault().
    bool next(std::string_view& input, const Limits& limits, StreamEvent& out);

    const Fault& fault() const noexcept { return fault_; }

private:
    enum class State : std::uint8_t { waiting, open, closed };   // the stream

    struct Input;

    bool find(Input& in);
    bool whole_element(Input& in, const WholeElement& whole);
    bool root_tag(Input& in);
    bool open(Input& in, std::string_view text, StreamHeader header, bool empty_element);
    bool scanned_element(Input& in);
    bool element(Input& in, std::string_view text, const ElementNotes& notes);
    bool close(Input& in);
    std::string_view part(Input& in);
    void keep_part(Input& in);
    bool within_limit(std::size_t size, const Limits& limits);
    bool too_large(const Limits& limits);
    bool is_utf8(std::string_view text);

    std::shared_ptr<const StreamContext> context_;   // since the first header
    std::unique_ptr<std::string> stash_;             // the beginning of the current part, from earlier input
    Fault fault_;
    ElementScanner scanner_;
    State state_ = State::waiting;
};

}   // namespace wsxmpp::core
