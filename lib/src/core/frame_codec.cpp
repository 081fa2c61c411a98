#include "wsxmpp/frame_codec.hpp"

#include "core/fault.hpp"
#include "core/xml_check.hpp"
#include "core/xml_declaration.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp {

std::string_view to_string(Framing framing) noexcept {
    switch (framing) {
        case Framing::automatic: return "auto";
        case Framing::rfc7395: return "rfc7395";
        case Framing::legacy: return "legacy";
        case Framing::raw: return "raw";
    }
    return "unknown";
}

class FrameDecoder::Impl {
public:
    Impl(Framing framing, Limits limits) : framing_{framing}, limits_{limits} {}

    const Event* decode(std::string_view message) {
        fault_.clear();
        event_ = {};
        return decode_checked(message) ? &event_ : nullptr;
    }

    const core::Fault& fault() const { return fault_; }
    Framing framing() const { return framing_; }
    const StreamHeader& header() const { return header_; }

private:
    bool decode_checked(std::string_view message) {
        if (framing_ == Framing::automatic) framing_ = looks_legacy(message) ? Framing::legacy : Framing::rfc7395;
        if (message.size() > limits_.max_element)
            return fault_.set(errc::element_too_large, "a message of " + std::to_string(message.size()) +
                                                           " bytes, the limit is " +
                                                           std::to_string(limits_.max_element));
        if (framing_ == Framing::legacy && is_blank(message)) {
            event_.type = Event::Type::space;
            event_.raw = message;
            return true;
        }
        if (!core::strip_xml_declaration(message, fault_)) return false;
        return framing_ == Framing::legacy ? legacy(message) : framed(message);
    }

    static bool is_blank(std::string_view message) {
        for (const char c : message)
            if (!core::is_space(c)) return false;
        return !message.empty();
    }

    // The name of the first tag: "stream:stream" of "<?xml …?><stream:stream to=…". Told before anything is checked, so
    // that what is wrong with the message can be told in its own framing.
    static std::string_view first_name(std::string_view message) {
        if (message.substr(0, 5) == "<?xml") {
            const std::size_t end = message.find("?>");
            message.remove_prefix(end == std::string_view::npos ? message.size() : end + 2);
            while (!message.empty() && core::is_space(message.front())) message.remove_prefix(1);
        }
        const std::size_t end = message.find_first_of(" \t\r\n/>=", 1);
        return message.substr(0, 1) == "<" ? message.substr(1, end - 1) : std::string_view{};
    }
    static bool looks_legacy(std::string_view message) { return core::local_of(first_name(message)) == "stream"; }

    static std::string tag_of(std::string_view local) { return "<" + core::shown(local) + "/>"; }

    // RFC 7395 §3.3
    bool framed(std::string_view message) {
        core::CheckedRoot root;
        if (opened_needed() && looks_legacy(message))
            return fault_.set(errc::bad_format, "only RFC 7395 framing is taken here: open the stream with <open/>");
        if (!core::check_element(message, limits_, nullptr, root, fault_)) return false;
        const std::string_view local = root.local();
        event_.raw = message.substr(0, root.size);
        if (root.ns == core::ns_framing) {
            if (root.has_content(message))
                return fault_.set(errc::bad_format, tag_of(local) + " must be empty (RFC 7395 §3.3.1)");
            if (local == "open") return open(message, root);
            if (local == "close") {
                event_.type = Event::Type::close;
                return true;
            }
            return fault_.set(errc::invalid_namespace,
                              tag_of(local) + " is no element of the namespace " + std::string{core::ns_framing});
        }
        if (local == "open" || local == "close")
            return fault_.set(errc::invalid_namespace, tag_of(local) + " must be in the namespace " +
                                                           std::string{core::ns_framing} + " (RFC 7395 §3.3.2)");
        return element(message, root);
    }

    bool open(std::string_view message, core::CheckedRoot& root) {
        StreamHeader header;
        if (!core::check_start_tag(message, limits_, header, root, fault_)) return false;
        for (const Namespace& n : header.namespaces) {
            if (n.prefix == "stream" && n.uri != core::ns_streams)
                return fault_.set(errc::bad_format, "<open/> declares the prefix 'stream', which is the stream's own");
        }
        header_ = std::move(header);
        event_.type = Event::Type::open;
        event_.header = &header_;
        return true;
    }

    bool element(std::string_view message, const core::CheckedRoot& root) {
        const std::string_view local = root.local();
        if (opened_needed())
            return fault_.set(errc::not_authorized, "the first message must open the stream, not be " + tag_of(local));
        if (root.ns == core::ns_streams && local != "error")
            return fault_.set(errc::bad_format, tag_of(root.qname) + " inside an open stream");
        event_.type = Event::Type::element;
        event_.element.head = message.substr(0, root.size);
        event_.element.name = local;
        ns_.assign(root.ns);   // what the check resolved is gone with the next check on this thread
        event_.element.ns = ns_;
        return true;
    }

    bool opened_needed() const { return header_.name.empty(); }

    // The framing before RFC 7395: the stream's own tags are messages too.
    bool legacy(std::string_view message) {
        if (message.substr(0, 2) == "</") return legacy_close(message);
        core::CheckedRoot root;
        if (looks_legacy(message)) {
            StreamHeader header;
            if (!core::check_start_tag(message, limits_, header, root, fault_)) return false;
            if (root.ns == core::ns_streams && root.local() == "stream")
                return legacy_open(message, std::move(header), root);
            if (opened_needed())
                return fault_.set(errc::invalid_namespace, "the stream header must be in the namespace " +
                                                               std::string{core::ns_streams} + " (RFC 6120 §4.8.1)");
        }
        const core::NamespaceContext* const context = opened_needed() ? nullptr : &context_;
        if (!core::check_element(message, limits_, context, root, fault_)) return false;
        if (root.ns == core::ns_framing)
            return fault_.set(errc::bad_format, tag_of(root.local()) +
                                                    " of RFC 7395, where the framing is " + "that of <stream:stream>");
        return element(message, root);
    }

    bool legacy_open(std::string_view message, StreamHeader header, const core::CheckedRoot& root) {
        if (root.is_empty_element) return fault_.set(errc::bad_format, "the stream header is the tag of an empty element");
        for (std::size_t i = root.size; i < message.size(); ++i) {
            if (!core::is_space(message[i]))
                return fault_.set(errc::not_well_formed, "more than the stream header in a message");
        }
        header_ = std::move(header);
        context_ = core::NamespaceContext{header_.namespaces};
        event_.type = Event::Type::open;
        event_.header = &header_;
        event_.raw = message.substr(0, root.size);
        return true;
    }

    bool legacy_close(std::string_view message) {
        const std::size_t end = message.find('>');
        std::string_view name = message.substr(2, end == std::string_view::npos ? end : end - 2);
        while (!name.empty() && core::is_space(name.back())) name.remove_suffix(1);
        const bool alone =
            end != std::string_view::npos && (end + 1 == message.size() || is_blank(message.substr(end + 1)));
        if (opened_needed() || !alone || name != header_.name)
            return fault_.set(errc::not_well_formed, "an end tag that is not the one of the stream");
        event_.type = Event::Type::close;
        event_.raw = message.substr(0, end + 1);
        return true;
    }

    Framing framing_;
    Limits limits_;
    StreamHeader header_;
    core::NamespaceContext context_;   // of a legacy header
    std::string ns_;
    Event event_;
    core::Fault fault_;
};

FrameDecoder::FrameDecoder(Framing framing, Limits limits) : impl_{std::make_unique<Impl>(framing, limits)} {}
FrameDecoder::~FrameDecoder() = default;
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&&) noexcept = default;

const Event* FrameDecoder::decode(std::string_view message) { return impl_->decode(message); }
std::error_code FrameDecoder::error() const noexcept {
    return impl_->fault().error();
}
std::string_view FrameDecoder::detail() const noexcept { return impl_->fault().detail(); }
Framing FrameDecoder::framing() const noexcept { return impl_->framing(); }
const StreamHeader& FrameDecoder::header() const noexcept { return impl_->header(); }

std::string encode_frame_open(const StreamHeader& header) {
    std::string out = "<open";
    core::append_namespace(out, {}, core::ns_framing);
    core::append_header_attributes(out, header, {});
    return out += "/>";
}

// Strophe compares the whole message with these very bytes, quotes and blank included.
std::string encode_frame_close(std::string_view see_other_uri) {
    std::string out = "<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"";
    if (!see_other_uri.empty()) core::append_attribute(out, "see-other-uri", core::escape(see_other_uri));
    return out += " />";
}

std::string encode_stream_error(std::string_view condition, std::string_view text) {
    std::string out = "<stream:error";
    core::append_namespace(out, "stream", core::ns_streams);
    out.append("><").append(condition);
    core::append_namespace(out, {}, core::ns_stream_errors);
    out += "/>";
    if (!text.empty()) {
        out += "<text";
        core::append_namespace(out, {}, core::ns_stream_errors);
        core::append_attribute(out, "xml:lang", "en");
        out.append(">").append(core::escape(text)).append("</text>");
    }
    return out += "</stream:error>";
}

}   // namespace wsxmpp
