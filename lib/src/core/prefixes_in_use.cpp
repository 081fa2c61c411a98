#include "core/prefixes_in_use.hpp"

#include <algorithm>
#include <vector>

#include "core/tag_reader.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

struct DeclaredAt {
    std::string_view prefix;
    std::size_t depth;
};

class PrefixesInUse {
public:
    // `bound` and `needed` are room to work in.
    PrefixesInUse(const StreamContext& context, const Limits& limits, Fault& fault, std::vector<DeclaredAt>& bound,
                  std::vector<const Namespace*>& needed)
        : context_{context}, limits_{limits}, fault_{fault}, bound_{bound}, needed_{needed} {
        bound_.clear();
        needed_.clear();
    }

    // Finds the prefixes that are used where no tag around declares them.
    bool look_through(std::string_view text) {
        for (TagWalker walker{text}; walker.next();) {
            if (walker.is_end_tag()) {
                walker.skip_end_tag();
                leave();
                continue;
            }
            ++depth_;
            TagReader declarations{walker.rest()};
            if (!declare(declarations)) return false;
            if (!use(prefix_of(declarations.name()))) return false;
            TagReader uses{walker.rest()};
            for (TagReader::Attribute a; uses.next(a);) {
                const std::string_view prefix = prefix_of(a.qname);
                if (!prefix.empty() && !use(prefix)) return false;
            }
            walker.skip(declarations.size());
            if (declarations.empty_element()) leave();
        }
        return true;
    }

    bool needs_default() const { return needs_default_; }

private:
    bool declare(TagReader& tag) {
        TagReader::Attribute a;
        while (tag.next(a)) {
            const bool is_default = a.qname == "xmlns";
            if (!is_default && prefix_of(a.qname) != "xmlns") continue;
            if (bound_.size() >= limits_.max_attributes)
                return fault_.set(errc::too_many_attributes, "more namespace declarations than the limit of " +
                                                                 std::to_string(limits_.max_attributes));
            bound_.push_back({is_default ? std::string_view{} : local_of(a.qname), depth_});
        }
        return !tag.malformed() || fault_.set(errc::not_well_formed, "a malformed tag " + quoted(tag.name()));
    }

    bool use(std::string_view prefix) {
        const auto declares_it = [&](const DeclaredAt& b) { return b.prefix == prefix; };
        if (prefix == "xml" || prefix == "xmlns" || std::any_of(bound_.rbegin(), bound_.rend(), declares_it))
            return true;
        if (prefix.empty()) {
            needs_default_ = true;
            return true;
        }
        const Namespace* const n = context_.find(prefix);
        if (n == nullptr) return fault_.set(errc::not_well_formed, "the prefix " + quoted(prefix) + " is not declared");
        if (std::find(needed_.begin(), needed_.end(), n) == needed_.end()) needed_.push_back(n);
        return true;
    }

    void leave() {
        while (!bound_.empty() && bound_.back().depth >= depth_) bound_.pop_back();
        if (depth_ > 0) --depth_;
    }

    const StreamContext& context_;
    const Limits& limits_;
    Fault& fault_;
    std::vector<DeclaredAt>& bound_;
    std::vector<const Namespace*>& needed_;
    std::size_t depth_ = 0;
    bool needs_default_ = false;
};

}   // namespace

bool declare_prefixes_in_use(std::string_view element, const StreamContext& context, const Limits& limits,
                             std::string& declarations, Fault& fault) {
    // Room for all streams of this thread, so that nothing is allocated for an element: bounded by Limits, and the
    // header.
    thread_local std::vector<DeclaredAt> bound;
    thread_local std::vector<const Namespace*> needed;
    PrefixesInUse prefixes{context, limits, fault, bound, needed};
    if (!prefixes.look_through(element)) return false;
    if (prefixes.needs_default()) declarations += context.default_declaration();
    for (const Namespace* const n : needed) append_namespace(declarations, n->prefix, n->uri);
    return true;
}

}   // namespace wsxmpp::core
