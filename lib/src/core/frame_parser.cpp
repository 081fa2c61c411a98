#include "core/frame_parser.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/namespaces.hpp"
#include "core/xml_check.hpp"
#include "core/xml_declaration.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

bool is_blank(std::string_view message) { return std::all_of(message.begin(), message.end(), is_space); }

// The name of the first tag: "stream:stream" of "<?xml …?><stream:stream to=…". Told before anything is checked, so
// that what is wrong with the message can be told in its own framing.
std::string_view first_name(std::string_view message) {
    if (message.substr(0, 5) == "<?xml") {
        const std::size_t end = message.find("?>");
        message.remove_prefix(end == std::string_view::npos ? message.size() : end + 2);
        while (!message.empty() && is_space(message.front())) message.remove_prefix(1);
    }
    const std::size_t end = message.find_first_of(" \t\r\n/>=", 1);
    return message.substr(0, 1) == "<" ? message.substr(1, end - 1) : std::string_view{};
}

bool looks_legacy(std::string_view message) { return local_of(first_name(message)) == "stream"; }

std::string tag_of(std::string_view local) { return "<" + shown(local) + "/>"; }

}   // namespace

struct FrameParser::Lent {
    StreamHeader header;
    std::string ns;
};

// What a legacy stream's elements and its end need of its header.
struct FrameParser::LegacyStream {
    explicit LegacyStream(const StreamHeader& header)
        : name{header.name}, namespaces{header.namespaces}, context{namespaces} {}

    const std::string name;
    const std::vector<Namespace> namespaces;
    const NamespaceContext context;
};

static_assert(sizeof(FrameParser) <= 4 * sizeof(void*), "each idle session has one");

FrameParser::FrameParser(Framing framing) : framing_{framing} {}
FrameParser::~FrameParser() = default;
FrameParser::FrameParser(FrameParser&&) noexcept = default;
FrameParser& FrameParser::operator=(FrameParser&&) noexcept = default;

// These are inline because each message comes this way.

bool FrameParser::element(std::string_view message, const CheckedRoot& root, Event& event) {
    if (!opened_ || root.ns == ns_streams || root.ns_is_decoded) {
        if (!admit(root)) return false;
    }
    event.type = Event::Type::element;
    event.element.head = message.substr(0, root.size);
    event.element.name = root.local();
    event.element.ns = root.ns_is_decoded ? std::string_view{lent_->ns} : root.ns;
    return true;
}

// RFC 7395 §3.3
bool FrameParser::framed(std::string_view message, const Limits& limits, Event& event) {
    CheckedRoot root;
    if (!check_element(message, limits, nullptr, root, fault_)) return false;
    const std::string_view local = root.local();
    if (root.ns == ns_framing || local == "open" || local == "close")
        return framing_element(message, limits, root, event);
    return element(message, root, event);
}

bool FrameParser::parse(std::string_view message, const Limits& limits, Event& event) {
    if (lent_ || fault_) forget();
    const bool has_declaration = message.size() > 1 && message[1] == '?';
    if (framing_ == Framing::rfc7395 && opened_ && !has_declaration && message.size() <= limits.max_element)
        return framed(message, limits, event);   // nearly always
    return parse_any(message, limits, event);
}

void FrameParser::forget() {
    lent_.reset();
    fault_.clear();
}

bool FrameParser::parse_any(std::string_view message, const Limits& limits, Event& event) {
    if (framing_ == Framing::automatic) framing_ = looks_legacy(message) ? Framing::legacy : Framing::rfc7395;
    if (message.size() > limits.max_element)
        return fault_.set(errc::element_too_large, "a message of " + std::to_string(message.size()) +
                                                       " bytes, the limit is " + std::to_string(limits.max_element));
    if (framing_ == Framing::legacy && !message.empty() && is_blank(message)) {
        event.type = Event::Type::space;
        event.raw = message;
        return true;
    }
    if (!strip_xml_declaration(message, fault_)) return false;
    if (framing_ == Framing::legacy) return legacy(message, limits, event);
    if (!opened_ && looks_legacy(message))
        return fault_.set(errc::bad_format, "only RFC 7395 framing is taken here: open the stream with <open/>");
    return framed(message, limits, event);
}

bool FrameParser::framing_element(std::string_view message, const Limits& limits, CheckedRoot& root, Event& event) {
    const std::string_view local = root.local();
    if (root.ns != ns_framing)
        return fault_.set(errc::invalid_namespace, tag_of(local) + " must be in the namespace " +
                                                       std::string{ns_framing} + " (RFC 7395 §3.3.2)");
    if (root.has_content(message))
        return fault_.set(errc::bad_format, tag_of(local) + " must be empty (RFC 7395 §3.3.1)");
    event.raw = message.substr(0, root.size);
    if (local == "open") return open(message, limits, root, event);
    if (local == "close") {
        event.type = Event::Type::close;
        return true;
    }
    return fault_.set(errc::invalid_namespace,
                      tag_of(local) + " is no element of the namespace " + std::string{ns_framing});
}

bool FrameParser::open(std::string_view message, const Limits& limits, CheckedRoot& root, Event& event) {
    StreamHeader header;
    if (!check_start_tag(message, limits, header, root, fault_)) return false;
    for (const Namespace& n : header.namespaces) {
        if (n.prefix == "stream" && n.uri != ns_streams)
            return fault_.set(errc::bad_format, "<open/> declares the prefix 'stream', which is the stream's own");
    }
    event.type = Event::Type::open;
    event.header = &lend(std::move(header));
    opened_ = true;
    return true;
}

// What makes an element another than most: whether it may come, and what must be kept of it.
bool FrameParser::admit(const CheckedRoot& root) {
    const std::string_view local = root.local();
    if (!opened_)
        return fault_.set(errc::not_authorized, "the first message must open the stream, not be " + tag_of(local));
    if (root.ns == ns_streams && local != "error")
        return fault_.set(errc::bad_format, tag_of(root.qname) + " inside an open stream");
    if (root.ns_is_decoded) lent_ = std::make_unique<Lent>(Lent{{}, std::string{root.ns}});
    return true;
}

// The framing before RFC 7395: the stream's own tags are messages too.
bool FrameParser::legacy(std::string_view message, const Limits& limits, Event& event) {
    if (message.substr(0, 2) == "</") return legacy_close(message, event);
    CheckedRoot root;
    if (looks_legacy(message)) {
        StreamHeader header;
        if (!check_start_tag(message, limits, header, root, fault_)) return false;
        if (root.ns == ns_streams && root.local() == "stream")
            return legacy_open(message, std::move(header), root, event);
        if (!opened_)
            return fault_.set(errc::invalid_namespace, "the stream header must be in the namespace " +
                                                           std::string{ns_streams} + " (RFC 6120 §4.8.1)");
    }
    const NamespaceContext* const context = stream_ ? &stream_->context : nullptr;
    if (!check_element(message, limits, context, root, fault_)) return false;
    if (root.ns == ns_framing)
        return fault_.set(errc::bad_format,
                          tag_of(root.local()) + " of RFC 7395, where the framing is that of <stream:stream>");
    return element(message, root, event);
}

bool FrameParser::legacy_open(std::string_view message, StreamHeader header, const CheckedRoot& root, Event& event) {
    if (root.is_empty_element) return fault_.set(errc::bad_format, "the stream header is the tag of an empty element");
    if (!is_blank(message.substr(root.size)))
        return fault_.set(errc::not_well_formed, "more than the stream header in a message");
    stream_ = std::make_unique<LegacyStream>(header);
    event.type = Event::Type::open;
    event.header = &lend(std::move(header));
    event.raw = message.substr(0, root.size);
    opened_ = true;
    return true;
}

bool FrameParser::legacy_close(std::string_view message, Event& event) {
    const std::size_t end = message.find('>');
    std::string_view name = message.substr(2, end == std::string_view::npos ? end : end - 2);
    while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
    const bool alone = end != std::string_view::npos && is_blank(message.substr(end + 1));
    if (!stream_ || !alone || name != stream_->name)
        return fault_.set(errc::not_well_formed, "an end tag that is not the one of the stream");
    event.type = Event::Type::close;
    event.raw = message.substr(0, end + 1);
    return true;
}

const StreamHeader& FrameParser::lend(StreamHeader header) {
    lent_ = std::make_unique<Lent>(Lent{std::move(header), {}});
    return lent_->header;
}

}   // namespace wsxmpp::core
