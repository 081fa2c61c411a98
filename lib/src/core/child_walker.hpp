// Walks over an element that stands alone, such as <stream:features/>, and knows the namespaces of what is near its
// root. For what servers send, as TagReader is.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/tag_reader.hpp"

namespace wsxmpp::core {

class ChildWalker {
public:
    explicit ChildWalker(std::string_view element) : walker_{element} {}

    enum class Step {
        enter,   // a start tag, or that of an empty element: leave follows
        leave,   // the element's end
        end,     // there is nothing more, or nothing that could be read
    };
    Step next();

    // How far below the root the element is that was entered or left: the root is 0, its children are 1.
    std::size_t depth() const { return depth_; }

    // Where the tag begins and ends; for the leave of an empty element both are its end.
    std::size_t begin() const { return begin_; }
    std::size_t end() const { return end_; }

    // Of the element entered, down to `deepest`; below, nothing has a namespace.
    static constexpr std::size_t deepest = 4;
    bool is(std::string_view local, std::string_view ns) const;
    std::string_view raw_attribute(std::string_view name) const;

private:
    struct Declaration {
        std::size_t depth;
        std::string_view prefix;
        std::string_view value;   // raw
    };

    Step leave(std::size_t begin, std::size_t end);
    void forget_declarations();

    TagWalker walker_;
    std::vector<Declaration> declarations_;   // those in force, the innermost last
    std::string_view tag_;                    // from the last tag on
    std::string_view name_;
    std::size_t open_ = 0;
    std::size_t depth_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool empty_element_ = false;
};

}   // namespace wsxmpp::core
