#include "core/stream_context.hpp"

#include <algorithm>

#include "core/xml_text.hpp"

namespace wsxmpp::core {

std::shared_ptr<const StreamContext> StreamContext::of(const StreamHeader& header) {
    thread_local std::weak_ptr<const StreamContext> last;
    if (std::shared_ptr<const StreamContext> same = last.lock(); same && same->is_of(header)) return same;
    std::shared_ptr<const StreamContext> context = std::make_shared<StreamContext>(header);
    last = context;
    return context;
}

StreamContext::StreamContext(const StreamHeader& header)
    : namespaces_{header.namespaces}, raw_language_{header.get("xml:lang")} {
    if (const Namespace* n = find({}); n != nullptr) default_namespace_ = n->uri;
    if (!default_namespace_.empty()) append_namespace(both_, {}, default_namespace_);
    const std::size_t default_size = both_.size();
    if (!raw_language_.empty()) append_attribute(both_, "xml:lang", raw_language_);
    both_.shrink_to_fit();
    default_declaration_ = std::string_view{both_}.substr(0, default_size);
    language_ = std::string_view{both_}.substr(default_size);
}

const Namespace* StreamContext::find(std::string_view prefix) const {
    for (const Namespace& n : namespaces_)
        if (n.prefix == prefix) return &n;
    return nullptr;
}

bool StreamContext::is_of(const StreamHeader& header) const {
    const auto same = [](const Namespace& a, const Namespace& b) { return a.prefix == b.prefix && a.uri == b.uri; };
    return raw_language_ == header.get("xml:lang") &&
           std::equal(namespaces_.begin(), namespaces_.end(), header.namespaces.begin(), header.namespaces.end(), same);
}

}   // namespace wsxmpp::core
