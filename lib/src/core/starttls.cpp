#include "core/starttls.hpp"

#include <algorithm>
#include <utility>

#include "core/child_walker.hpp"
#include "core/stream_error.hpp"
#include "core/xml_text.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::core {

namespace {

constexpr std::string_view starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

// What comes before TLS is small, and of whoever is on the way.
Limits small_limits() {
    Limits limits;
    limits.max_element = 65'536;
    limits.max_depth = limits.max_attributes = 64;
    return limits;
}

// Without a version of at least 1.0 no features will come (RFC 6120 §4.7.5).
bool has_features(const StreamHeader& header) {
    const std::string version = normalize_value(header.get("version"));
    const std::string major = version.substr(0, version.find('.'));
    return major.find_first_not_of('0') != std::string::npos;
}

}   // namespace

StartTls::StartTls(std::string domain) : domain_{std::move(domain)}, decoder_{small_limits()} {}

std::string StartTls::begin() const {
    StreamHeader header;
    if (!domain_.empty()) header.attributes.push_back({"to", escape(domain_)});
    header.attributes.push_back({"version", "1.0"});
    return encode_stream_open(header);
}

StartTls::State StartTls::feed(std::string_view bytes, std::string& out) {
    if (state_ != State::negotiating) return state_;
    decoder_.feed(bytes);
    while (const Event* const event = decoder_.next()) {
        on_event(*event, out);
        if (state_ != State::negotiating) return state_;   // what follows was never under TLS (RFC 6120 §5.4.3.3)
    }
    if (decoder_.error())
        fail(errc::upstream_violation,
             "the XMPP server sent what is no XMPP stream: " + std::string{decoder_.detail()});
    return state_;
}

void StartTls::on_event(const Event& event, std::string& out) {
    switch (event.type) {
        case Event::Type::open: on_open(*event.header); break;
        case Event::Type::element: on_element(event.element, out); break;
        case Event::Type::close:
            fail(errc::stream_refused, "the XMPP server ended the stream before TLS was negotiated");
            break;
        case Event::Type::space: break;
    }
}

void StartTls::on_open(const StreamHeader& header) {
    if (opened_)
        fail(errc::upstream_violation, "the XMPP server sent a second stream header before TLS was negotiated");
    else if (!has_features(header))
        state_ = State::not_offered;
    opened_ = true;
}

void StartTls::on_element(const Element& element, std::string& out) {
    if (element.is("error", ns_streams))
        fail(errc::stream_refused, describe_error(element.tail));
    else if (!asked_ && element.is("features", ns_streams))
        on_features(element.str(), out);
    else if (asked_ && element.is("proceed", ns_tls))
        state_ = State::proceed;
    else if (asked_ && element.is("failure", ns_tls))
        fail(errc::starttls_refused, "the XMPP server offered STARTTLS, and refused it");
    else
        fail(errc::upstream_violation, "the XMPP server sent " + quoted(element.name) +
                                           " before TLS was negotiated, in place of " +
                                           (asked_ ? "an answer to STARTTLS" : "the stream features"));
}

void StartTls::on_features(const std::string& features, std::string& out) {
    ChildWalker walker{features};
    for (auto step = walker.next(); step != ChildWalker::Step::end; step = walker.next())
        asked_ = asked_ || (step == ChildWalker::Step::enter && walker.depth() == 1 && walker.is("starttls", ns_tls));
    if (asked_)
        out += starttls;
    else
        state_ = State::not_offered;
}

void StartTls::fail(std::error_code ec, std::string detail) {
    state_ = State::failed;
    error_ = ec;
    detail_ = std::move(detail);
}

}   // namespace wsxmpp::core
