// What an element of a server's stream needs to stand alone in a WebSocket message: every namespace that the stream
// header declared and the element uses, and the stream's language (RFC 7395 §3.3.3).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/fault.hpp"
#include "wsxmpp/event.hpp"
#include "wsxmpp/limits.hpp"

namespace wsxmpp::core {

class StandAlone {
public:
    // The header in force; borrowed until the next call.
    void set_header(const StreamHeader& header);

    // Makes an Element of the text of one. `may_have_prefix`: a colon stands in one of its tags, so that it must be
    // read whole; otherwise its root is enough.
    bool complete(std::string_view text, bool may_have_prefix, const Limits& limits, Element& element, Fault& fault);

private:
    struct Binding {
        std::string_view prefix;
        std::size_t depth;
    };
    struct Needed {
        bool default_namespace = false;
        std::vector<std::string_view> prefixes;
    };

    const Namespace* find(std::string_view prefix) const;
    bool look_through(std::string_view text, const Limits& limits, Fault& fault);
    bool is_bound(std::string_view prefix) const;
    bool use(std::string_view prefix, Fault& fault);

    const StreamHeader* header_ = nullptr;
    // What most elements need, made once for each header.
    std::string default_declaration_;
    std::string language_;
    std::string both_;
    // For the elements with prefixes
    Needed needed_;
    std::vector<Binding> bindings_;
    std::string declarations_;
    std::string root_namespace_;
};

}   // namespace wsxmpp::core
