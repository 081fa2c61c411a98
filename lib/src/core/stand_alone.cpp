#include "core/stand_alone.hpp"

#include "core/prefixes_in_use.hpp"
#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

// What the stream header may add to an element. It is added to each, so that without a bound a server that sent a long
// header and then many small elements would fill the memory. Real ones take 60 bytes.
constexpr std::size_t max_declarations = 512;

bool is_stanza(std::string_view name, std::string_view ns) {
    return (name == "message" || name == "presence" || name == "iq") && ns == ns_client;
}

std::string_view namespace_of(const ElementNotes& root, const StreamContext& context, std::string& room) {
    if (root.declares_own) {
        if (root.ns == ns_client || !needs_normalizing(root.ns)) return root.ns;
        room = normalize_value(root.ns);
        return room;
    }
    if (root.prefix.empty()) return context.default_namespace();
    const Namespace* const n = context.find(root.prefix);
    return n != nullptr ? std::string_view{n->uri} : std::string_view{};
}

bool too_many_declarations(Fault& fault) {
    return fault.set(errc::element_too_large, "an element that needs more than " + std::to_string(max_declarations) +
                                                  " bytes of the stream header's declarations");
}

}   // namespace

bool read_root_tag(std::string_view element, ElementNotes& notes, Fault& fault) {
    TagReader tag{element};
    notes.prefix = prefix_of(tag.name());
    notes.local = local_of(tag.name());
    notes.name_size = tag.name().size();
    TagReader::Attribute a;
    while (tag.next(a)) {
        const bool is_default = a.qname == "xmlns";
        if (is_default) notes.declares_default = true;
        if (a.qname == "xml:lang") notes.has_language = true;
        if (notes.prefix.empty() ? is_default : prefix_of(a.qname) == "xmlns" && local_of(a.qname) == notes.prefix) {
            notes.declares_own = true;
            notes.ns = a.value;
        }
    }
    return !tag.malformed() || fault.set(errc::not_well_formed, "a malformed tag " + quoted(tag.name()));
}

bool stand_alone(std::string_view text, const ElementNotes& notes, const StreamContext& context, const Limits& limits,
                 StreamEvent& out, Fault& fault) {
    Element& element = out.event.element;
    element.name = notes.local;
    element.ns = namespace_of(notes, context, out.ns);
    const bool wants_language = !notes.has_language && !context.language().empty() &&
                                (is_stanza(element.name, element.ns) || element.is("error", ns_streams));
    if (notes.may_have_prefix) {
        out.declarations.clear();
        if (!declare_prefixes_in_use(text, context, limits, out.declarations, fault)) return false;
        if (wants_language) out.declarations += context.language();
        element.declarations = out.declarations;
    } else if (notes.declares_default) {
        element.declarations = wants_language ? context.language() : std::string_view{};
    } else {
        element.declarations = wants_language ? context.both() : context.default_declaration();
    }
    if (element.declarations.size() > max_declarations) return too_many_declarations(fault);
    const char* const behind_name = text.data() + 1 + notes.name_size;
    element.head = {text.data(), 1 + notes.name_size};
    element.tail = {behind_name, text.size() - 1 - notes.name_size};
    return true;
}

}   // namespace wsxmpp::core
