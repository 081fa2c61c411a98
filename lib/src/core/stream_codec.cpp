#include "wsxmpp/stream_codec.hpp"

#include "core/element_scanner.hpp"
#include "core/fault.hpp"
#include "core/stand_alone.hpp"
#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp {

using core::ElementScanner;

class StreamDecoder::Impl {
public:
    explicit Impl(Limits limits) : limits_{limits} {}

    void feed(std::string_view bytes) {
        p_ = bytes.data();
        end_ = p_ + bytes.size();
        part_ = p_;   // goes on with the part in the stash, if there is one
    }

    const Event* next() {
        if (stash_used_) {   // the last event was made of it; idle streams hold no buffer
            std::string{}.swap(stash_);
            stash_used_ = false;
        }
        while (p_ != end_ && !closed_ && !fault_) {
            switch (scanner_.scan(p_, end_, limits_, fault_)) {
                case ElementScanner::Found::nothing: break;
                case ElementScanner::Found::begin:
                    part_ = p_ - 1;
                    in_part_ = true;
                    break;
                case ElementScanner::Found::skipped: drop_part(); break;
                case ElementScanner::Found::root_tag:
                    if (const Event* event = root_tag()) return event;
                    break;
                case ElementScanner::Found::element:
                    if (const Event* event = element()) return event;
                    break;
                case ElementScanner::Found::end_tag: return close();
                case ElementScanner::Found::fault: break;
            }
        }
        if (!closed_ && !fault_) keep_part();
        p_ = end_;
        return nullptr;
    }

    const core::Fault& fault() const { return fault_; }
    const StreamHeader& header() const { return header_; }

private:
    // The current part up to here, in one piece.
    std::string_view part() {
        if (stash_.empty()) return {part_, static_cast<std::size_t>(p_ - part_)};
        stash_.append(part_, static_cast<std::size_t>(p_ - part_));
        part_ = p_;
        return stash_;
    }

    void drop_part() {
        stash_.clear();
        in_part_ = false;
    }

    // Ends the part that an event is made of; its text stays valid until next().
    void finish_part() {
        stash_used_ = !stash_.empty();
        in_part_ = false;
    }

    bool within_limit(std::size_t size) {
        if (size <= limits_.max_element) return true;
        return fault_.set(errc::element_too_large,
                          "an element of more than the limit of " + std::to_string(limits_.max_element) + " bytes");
    }

    // A WebSocket's text messages must be (RFC 6455 §5.6).
    bool is_utf8(std::string_view text) {
        return core::is_utf8(text) || fault_.set(errc::invalid_utf8, "invalid UTF-8");
    }

    void keep_part() {
        if (!in_part_) return;
        if (scanner_.skipping()) {
            stash_.clear();
            part_ = end_;
            return;
        }
        const auto more = static_cast<std::size_t>(end_ - part_);
        if (within_limit(stash_.size() + more)) stash_.append(part_, more);
        part_ = end_;   // so that next() may be called once more
    }

    const Event* root_tag() {
        const std::string_view text = part();
        core::TagReader tag{text};
        if (core::local_of(tag.name()) == "stream") {
            StreamHeader header;
            if (is_stream_header(tag, header)) return open(text, std::move(header), tag.empty_element());
        }
        if (!opened_) {
            fault_.set(errc::bad_format, "an element " + core::quoted(tag.name()) + " before the stream header");
            return nullptr;
        }
        return scanner_.empty_element() ? element() : nullptr;
    }

    static bool is_stream_header(core::TagReader& tag, StreamHeader& header) {
        header.name = tag.name();
        core::TagReader::Attribute a;
        while (tag.next(a)) core::add_to_header(header, a.qname, a.value);
        if (tag.malformed()) return false;
        for (const Namespace& n : header.namespaces)
            if (n.prefix == core::prefix_of(header.name)) return n.uri == core::ns_streams;
        return false;
    }

    const Event* open(std::string_view text, StreamHeader header, bool empty_element) {
        if (!within_limit(text.size())) return nullptr;
        if (empty_element) {
            fault_.set(errc::bad_format, "the stream header is the tag of an empty element");
            return nullptr;
        }
        if (!is_utf8(text)) return nullptr;
        header_ = std::move(header);
        stand_alone_.set_header(header_);
        opened_ = true;
        scanner_.enter_stream();
        finish_part();
        event_ = {};
        event_.type = Event::Type::open;
        event_.header = &header_;
        event_.raw = text;
        return &event_;
    }

    const Event* element() {
        const std::string_view text = part();
        if (!within_limit(text.size()) || !is_utf8(text)) return nullptr;
        event_ = {};
        event_.type = Event::Type::element;
        if (!stand_alone_.complete(text, scanner_.has_colon(), limits_, event_.element, fault_)) return nullptr;
        finish_part();
        return &event_;
    }

    const Event* close() {
        const std::string_view text = part();
        if (!opened_) {
            fault_.set(errc::bad_format, "an end tag before the stream header");
            return nullptr;
        }
        closed_ = true;
        finish_part();
        event_ = {};
        event_.type = Event::Type::close;
        event_.raw = text;
        return &event_;
    }

    Limits limits_;
    ElementScanner scanner_;
    core::StandAlone stand_alone_;
    StreamHeader header_;
    Event event_;
    core::Fault fault_;
    const char* p_ = nullptr;   // what is left of the input
    const char* end_ = nullptr;
    const char* part_ = nullptr;   // where the current part begins, or goes on after the stash
    std::string stash_;            // the beginning of the current part, from earlier input
    bool in_part_ = false;
    bool stash_used_ = false;
    bool opened_ = false;
    bool closed_ = false;
};

StreamDecoder::StreamDecoder(Limits limits) : impl_{std::make_unique<Impl>(limits)} {}
StreamDecoder::~StreamDecoder() = default;
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;

void StreamDecoder::feed(std::string_view bytes) { impl_->feed(bytes); }
const Event* StreamDecoder::next() { return impl_->next(); }
std::error_code StreamDecoder::error() const noexcept {
    return impl_->fault().error();
}
std::string_view StreamDecoder::detail() const noexcept { return impl_->fault().detail(); }
const StreamHeader& StreamDecoder::header() const noexcept { return impl_->header(); }

std::string encode_stream_open(const StreamHeader& header) {
    std::string out = "<?xml version='1.0'?><stream:stream xmlns='jabber:client'";
    core::append_namespace(out, "stream", core::ns_streams);
    core::append_header_attributes(out, header, "stream");
    out += '>';
    return out;
}

}   // namespace wsxmpp
