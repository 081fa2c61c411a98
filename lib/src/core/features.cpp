// What a WebSocket client must not see of a server's stream features.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/child_walker.hpp"
#include "core/xml_text.hpp"
#include "wsxmpp/stream_codec.hpp"

namespace wsxmpp::core {

namespace {

constexpr std::string_view ns_channel_binding = "urn:xmpp:sasl-cb:0";
constexpr std::string_view ns_fast = "urn:xmpp:fast:0";

// The characters of an element's content, without what stands in tags.
std::string text_of(std::string_view content) {
    constexpr std::string_view cdata = "<![CDATA[";
    std::string text;
    while (!content.empty()) {
        const std::size_t markup = content.find('<');
        text += normalize_value(content.substr(0, markup));
        if (markup == std::string_view::npos) break;
        content.remove_prefix(markup);
        const bool is_cdata = content.substr(0, cdata.size()) == cdata;
        const std::string_view close = is_cdata ? "]]>" : content.substr(0, 4) == "<!--" ? "-->" : ">";
        const std::size_t end = std::min(content.find(close), content.size());
        if (is_cdata) text += content.substr(cdata.size(), end - std::min(end, cdata.size()));
        content.remove_prefix(std::min(end + close.size(), content.size()));
    }
    return text;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// HT-SHA-256-ENDP: a mechanism of hashed tokens, which FAST uses, and what it binds to (draft-schmaus-kitten-sasl-ht
// §3; -NONE to nothing).
bool binds(std::string_view content, bool keep_end_point) {
    const std::string text = text_of(content);
    const std::string_view all{text};
    const std::string_view name = all.substr(0, all.find_last_not_of(" \t\r\n") + 1);
    if (!keep_end_point && ends_with(name, "-PLUS")) return true;
    const std::string_view hashed_token = name.substr(std::min(name.find_first_not_of(" \t\r\n"), name.size()));
    if (hashed_token.substr(0, 3) != "HT-") return false;
    return ends_with(name, "-UNIQ") || ends_with(name, "-EXPR") || (!keep_end_point && ends_with(name, "-ENDP"));
}

class Rewriter {
public:
    Rewriter(std::string_view features, bool keep_end_point)
        : features_{features}, walker_{features}, keep_end_point_{keep_end_point} {}

    std::string run() {
        out_.reserve(features_.size());
        for (;;) {
            switch (walker_.next()) {
                case ChildWalker::Step::enter:
                    if (what_ == What::nothing) enter();
                    break;
                case ChildWalker::Step::leave: leave(); break;
                case ChildWalker::Step::end: return std::move(out_.append(features_.substr(kept_)));
            }
        }
    }

private:
    // What is being read that may have to go.
    enum class What { nothing, hidden, mechanism };

    // The elements that are looked into, each at its depth.
    enum class Inside { other, features, sasl, sasl2, inline_features, fast, bindings };

    void enter() {
        const std::size_t depth = walker_.depth();
        if (depth > ChildWalker::deepest) return;
        const Inside parent = depth == 0 ? Inside::other : path_[depth - 1];
        path_[depth] = depth == 0 ? Inside::features : Inside::other;
        switch (parent) {
            case Inside::other: return;
            case Inside::features:
                if (walker_.is("starttls", ns_tls) || walker_.is("compression", ns_compress_feature))
                    begin(What::hidden);
                else if (walker_.is("mechanisms", ns_sasl))
                    path_[depth] = Inside::sasl;
                else if (walker_.is("authentication", ns_sasl2))
                    path_[depth] = Inside::sasl2;
                break;
            case Inside::sasl:
                if (walker_.is("mechanism", ns_sasl)) begin(What::mechanism);
                break;
            case Inside::sasl2:
                if (walker_.is("mechanism", ns_sasl2))
                    begin(What::mechanism);
                else if (walker_.is("inline", ns_sasl2))
                    path_[depth] = Inside::inline_features;
                break;
            case Inside::inline_features:
                if (walker_.is("fast", ns_fast)) path_[depth] = Inside::fast;
                return;
            case Inside::fast:
                if (walker_.is("mechanism", ns_fast)) begin(What::mechanism);
                return;
            case Inside::bindings:
                if (walker_.is("channel-binding", ns_channel_binding) &&
                    normalize_value(walker_.raw_attribute("type")) != "tls-server-end-point")
                    begin(What::hidden);
                return;
        }
        // A child of the features, and of the mechanisms too (XEP-0440 §3).
        if (!walker_.is("sasl-channel-binding", ns_channel_binding)) return;
        if (keep_end_point_)
            path_[depth] = Inside::bindings;
        else
            begin(What::hidden);
    }

    void begin(What what) {
        what_ = what;
        depth_ = walker_.depth();
        begin_ = walker_.begin();
        content_ = walker_.end();
    }

    void leave() {
        if (what_ == What::nothing || walker_.depth() != depth_) return;
        const std::size_t content_end = std::max(walker_.begin(), content_);
        if (what_ == What::hidden || binds(features_.substr(content_, content_end - content_), keep_end_point_)) {
            out_.append(features_.substr(kept_, begin_ - kept_));
            kept_ = walker_.end();
        }
        what_ = What::nothing;
    }

    const std::string_view features_;
    ChildWalker walker_;
    const bool keep_end_point_;
    std::string out_;
    std::size_t kept_ = 0;   // what stands before it is in `out_` already, or hidden
    Inside path_[ChildWalker::deepest + 1] = {};
    What what_ = What::nothing;
    std::size_t depth_ = 0;     // of it
    std::size_t begin_ = 0;     // where it begins
    std::size_t content_ = 0;   // where its start tag ends
};

}   // namespace
}   // namespace wsxmpp::core

namespace wsxmpp {

std::string without_transport_features(std::string_view features, bool keep_end_point) {
    return core::Rewriter{features, keep_end_point}.run();
}

}   // namespace wsxmpp
