#include "wsxmpp/stream_codec.hpp"

#include "core/stream_parser.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp {

class StreamDecoder::Impl {
public:
    explicit Impl(Limits limits) : limits_{limits} {}

    void feed(std::string_view bytes) { input_ = bytes; }
    const Event* next() { return parser_.next(input_, limits_, last_) ? &last_.event : nullptr; }
    const core::StreamParser& parser() const { return parser_; }
    const StreamHeader& header() const { return last_.header; }

private:
    const Limits limits_;
    core::StreamParser parser_;
    core::StreamEvent last_;
    std::string_view input_;   // what is left of it
};

StreamDecoder::StreamDecoder(Limits limits) : impl_{std::make_unique<Impl>(limits)} {}
StreamDecoder::~StreamDecoder() = default;
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;

void StreamDecoder::feed(std::string_view bytes) { impl_->feed(bytes); }
const Event* StreamDecoder::next() { return impl_->next(); }
std::error_code StreamDecoder::error() const noexcept { return impl_->parser().fault().error(); }
std::string_view StreamDecoder::detail() const noexcept { return impl_->parser().fault().detail(); }
const StreamHeader& StreamDecoder::header() const noexcept { return impl_->header(); }

std::string encode_stream_open(const StreamHeader& header) {
    std::string out = "<?xml version='1.0'?><stream:stream xmlns='jabber:client'";
    core::append_namespace(out, "stream", core::ns_streams);
    core::append_header_attributes(out, header, "stream");
    out += '>';
    return out;
}

}   // namespace wsxmpp
