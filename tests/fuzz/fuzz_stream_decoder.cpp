// Bytes of a server, cut as the first two bytes of the input say: 'd' or 's' for default or small limits, then how.
#include "core/expat_tree.hpp"
#include "core/stream_events.hpp"
#include "fuzz.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::fuzz;

namespace {

struct Run {
    test::StreamResult result;
    std::vector<std::string> original;   // the elements as they came
    std::vector<std::string> names;
    std::size_t opens = 0;
    bool closed = false;
    std::string language;
};

template <class NextSize>
Run run(std::string_view bytes, const Limits& limits, NextSize next_size) {
    Run r;
    StreamDecoder decoder{limits};
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, next_size());
        bytes.remove_prefix(piece.size());
        const std::vector<char> copy(piece.begin(), piece.end());
        decoder.feed({copy.data(), copy.size()});
        while (const Event* event = decoder.next()) {
            require(!r.closed, "an event after the end of the stream");
            require(!decoder.error(), "an event after an error");
            switch (event->type) {
                case Event::Type::open:
                    ++r.opens;
                    r.language = event->header->get("xml:lang");
                    r.result.events.push_back("open " + std::string{event->raw});
                    break;
                case Event::Type::element: {
                    const Element& e = event->element;
                    require(e.size() <= limits.max_element + e.declarations.size(), "an element over the limit");
                    r.original.push_back(std::string{e.head}.append(e.tail));
                    r.names.push_back("{" + std::string{e.ns} + "}" + std::string{e.name});
                    r.result.events.push_back(e.str());
                    break;
                }
                case Event::Type::close:
                    r.closed = true;
                    r.result.events.push_back("close " + std::string{event->raw});
                    break;
                case Event::Type::space: require(false, "white space of a server is an event");
            }
        }
        require(decoder.next() == nullptr, "an event after there was none");
    }
    r.result.error = decoder.error();
    r.result.detail = decoder.detail();
    if (r.result.error) require(is_sentence(r.result.detail), "a detail that is no sentence", r.result.detail);
    return r;
}

// What a stream that expat accepts may be refused for.
bool may_be_refused(const test::StreamResult& result) {
    return result.error == errc::restricted_xml || result.error == errc::bad_format ||
           result.error == condition::limit_exceeded || result.detail.find("outside of elements") != std::string::npos;
}

void compare_with_expat(std::string_view bytes, const Run& r) {
    static test::ExpatParser expat;
    if (r.opens != 1) return;   // to expat a restart is an element inside the stream
    const test::ExpatResult whole = expat.parse(bytes, true, 1);
    const test::ExpatResult seen = whole.accepted ? whole : expat.parse(bytes, false, 1);
    if (!seen.accepted) return;
    require(r.original.size() <= seen.trees.size(), "an element that is none");
    if (whole.accepted && !may_be_refused(r.result)) {
        require(!r.result.error, "a stream that expat accepts is refused", r.result.detail);
        require(r.closed && r.original.size() == whole.trees.size(), "not the elements that expat sees");
    }
    // Of an element that expat is still in it has not seen all: it waits for the rest of a character.
    const std::size_t complete = seen.trees.size() - (seen.depth > 1 ? 1 : 0);
    std::size_t i = 0;
    for (const std::string& event : r.result.events) {
        if (event.empty() || event[0] != '<' || i == complete) continue;
        const test::ExpatResult alone = expat.parse(event, true, 0);
        require(alone.accepted, "an element that does not stand alone", event);
        require(alone.names[0] == r.names[i] && alone.names[0] == seen.names[i], "another root", event);
        require(!r.language.empty() || alone.trees[0] == seen.trees[i], "another tree", event);
        ++i;
    }
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const Limits limits = take_byte(bytes) == 's' ? Limits{200, 4, 6} : wide_limits();
    Pieces pieces{take_byte(bytes)};

    const Run whole = run(bytes, limits, [&] { return bytes.size(); });
    const Run split = run(bytes, limits, [&] { return pieces.next(); });
    for (std::size_t i = 0; i < whole.result.events.size() && i < split.result.events.size(); ++i)
        require(whole.result.events[i] == split.result.events[i], "split, an event differs", split.result.events[i]);
    require(whole.result.events.size() == split.result.events.size(), "split, there are more or fewer events");
    // An element that is both too large and wrong may be found out as either first.
    const bool too_large =
        whole.result.error == errc::element_too_large || split.result.error == errc::element_too_large;
    require(too_large ? whole.result.error && split.result.error : whole.result == split.result,
            "split, the errors differ", split.result.detail);

    std::size_t at = 0;
    for (const std::string& element : whole.original) {
        at = bytes.find(element, at);
        require(at != std::string_view::npos, "an element that nobody sent", element);
        at += element.size();
    }
    compare_with_expat(bytes, whole);
    return 0;
}
