#include "core/login.hpp"

#include <string_view>

#include "core/child_walker.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

constexpr std::string_view ns_auth = "jabber:iq:auth";
constexpr std::string_view ns_component = "jabber:component:accept";

// An attribute of the root, resolved.
std::string attribute(const std::string& element, std::string_view name) {
    TagReader tag{element};
    for (TagReader::Attribute a; tag.next(a);)
        if (a.qname == name) return normalize_value(a.value);
    return {};
}

}   // namespace

bool OldLogin::is_request(const Element& element) {
    if (!element.is("iq", ns_client)) return false;
    const std::string text = element.str();
    ChildWalker walker{text};
    bool in_query = false;
    for (auto step = walker.next(); step != ChildWalker::Step::end; step = walker.next()) {
        if (step != ChildWalker::Step::enter) continue;
        if (walker.depth() == 1) in_query = walker.is("query", ns_auth);
        const bool secret = walker.is("password", ns_auth) || walker.is("digest", ns_auth);
        if (in_query && walker.depth() == 2 && secret) return true;
    }
    return false;
}

void OldLogin::asked(const Element& request) { id_ = attribute(request.str(), "id"); }

bool OldLogin::is_answer(const Element& element) const {
    if (is_idle() || !element.is("iq", ns_client)) return false;
    const std::string text = element.str();
    return attribute(text, "type") == "result" && attribute(text, "id") == id_;
}

bool is_after_login(const Element& element, const OldLogin* old) {
    if (element.is("handshake", ns_component)) return true;
    if (element.ns != ns_client) return false;
    if (old != nullptr && old->is_answer(element)) return true;
    const std::string type = attribute(element.str(), "type");
    if (element.name == "iq") return type == "get" || type == "set";
    return (element.name == "message" || element.name == "presence") && type != "error";
}

}   // namespace wsxmpp::core
