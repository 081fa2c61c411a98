// What a stream header declares for the elements after it.
//
// Immutable, and shared by the streams of one thread whose servers declare the same: they mostly do, and there are
// many.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wsxmpp/event.hpp"

namespace wsxmpp::core {

class StreamContext {
public:
    static std::shared_ptr<const StreamContext> of(const StreamHeader& header);

    explicit StreamContext(const StreamHeader& header);
    StreamContext(const StreamContext&) = delete;
    StreamContext& operator=(const StreamContext&) = delete;

    // What `prefix` is bound to, or nullptr.
    const Namespace* find(std::string_view prefix) const;

    std::string_view default_namespace() const { return default_namespace_; }

    // What an element may need, made once: ` xmlns='…'`, ` xml:lang='…'`, and both.
    std::string_view default_declaration() const { return default_declaration_; }
    std::string_view language() const { return language_; }
    std::string_view both() const { return both_; }

private:
    bool is_of(const StreamHeader& header) const;

    std::vector<Namespace> namespaces_;
    std::string raw_language_;
    std::string both_;
    std::string_view default_declaration_;   // of both_
    std::string_view language_;
    std::string_view default_namespace_;   // of namespaces_
};

}   // namespace wsxmpp::core
