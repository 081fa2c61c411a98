#include "core/child_walker.hpp"

#include <algorithm>

#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

// A longer value, all references, names none of the namespaces that are looked for; each look-up is bounded by it.
constexpr std::size_t longest_namespace = 1024;

}   // namespace

ChildWalker::Step ChildWalker::next() {
    if (empty_element_) {
        empty_element_ = false;
        return leave(end_, end_);
    }
    if (!walker_.next()) return Step::end;
    if (walker_.is_end_tag()) {
        const std::size_t end = walker_.skip_end_tag();
        return leave(walker_.at(), end);
    }
    tag_ = walker_.rest();
    TagReader tag{tag_};
    name_ = tag.name();
    depth_ = open_++;
    forget_declarations();
    for (TagReader::Attribute a; tag.next(a);) {
        if (depth_ > deepest) continue;
        if (a.qname == "xmlns")
            declarations_.push_back({depth_, {}, a.value});
        else if (prefix_of(a.qname) == "xmlns")
            declarations_.push_back({depth_, local_of(a.qname), a.value});
    }
    if (tag.malformed()) return Step::end;
    walker_.skip(tag.size());
    begin_ = walker_.at();
    end_ = begin_ + tag.size();
    empty_element_ = tag.empty_element();
    return Step::enter;
}

ChildWalker::Step ChildWalker::leave(std::size_t begin, std::size_t end) {
    begin_ = begin;
    end_ = end;
    if (open_ > 0) --open_;
    depth_ = open_;
    return Step::leave;
}

// Of the elements that have been left.
void ChildWalker::forget_declarations() {
    while (!declarations_.empty() && declarations_.back().depth >= depth_) declarations_.pop_back();
}

bool ChildWalker::is(std::string_view local, std::string_view ns) const {
    if (depth_ > deepest || local_of(name_) != local) return false;
    const std::string_view prefix = prefix_of(name_);
    const auto found = std::find_if(declarations_.rbegin(), declarations_.rend(),
                                    [&](const Declaration& d) { return d.prefix == prefix; });
    if (found == declarations_.rend() || found->value.size() > longest_namespace) return false;
    return found->value == ns || (needs_normalizing(found->value) && normalize_value(found->value) == ns);
}

std::string_view ChildWalker::raw_attribute(std::string_view name) const {
    TagReader tag{tag_};
    for (TagReader::Attribute a; tag.next(a);)
        if (a.qname == name) return a.value;
    return {};
}

}   // namespace wsxmpp::core
