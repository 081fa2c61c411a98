#include "wsxmpp/frame_codec.hpp"

#include "core/frame_parser.hpp"
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
    Impl(Framing framing, Limits limits) : parser_{framing}, limits_{limits} {}

    const Event* decode(std::string_view message) {
        event_ = {};
        if (!parser_.parse(message, limits_, event_)) return nullptr;
        if (event_.type == Event::Type::open) {
            header_ = *event_.header;
            event_.header = &header_;
        }
        return &event_;
    }

    const core::FrameParser& parser() const { return parser_; }
    const StreamHeader& header() const { return header_; }

private:
    core::FrameParser parser_;
    Limits limits_;
    StreamHeader header_;
    Event event_;
};

FrameDecoder::FrameDecoder(Framing framing, Limits limits) : impl_{std::make_unique<Impl>(framing, limits)} {}
FrameDecoder::~FrameDecoder() = default;
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&&) noexcept = default;

const Event* FrameDecoder::decode(std::string_view message) { return impl_->decode(message); }
std::error_code FrameDecoder::error() const noexcept { return impl_->parser().fault().error(); }
std::string_view FrameDecoder::detail() const noexcept { return impl_->parser().fault().detail(); }
Framing FrameDecoder::framing() const noexcept { return impl_->parser().framing(); }
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
