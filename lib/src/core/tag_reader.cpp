#include "core/tag_reader.hpp"

#include <algorithm>

#include "core/skip.hpp"
#include "core/xml_text.hpp"

namespace wsxmpp::core {

TagReader::TagReader(std::string_view text)
    : begin_{text.data()}, p_{text.data() + 1}, end_{text.data() + text.size()}, name_{read_name()} {}

std::string_view TagReader::read_name() {
    const char* const from = p_;
    while (p_ != end_ && !is_class(*p_, char_ends_name)) ++p_;
    return {from, static_cast<std::size_t>(p_ - from)};
}

// Whether there is anything left.
bool TagReader::skip_space() {
    while (p_ != end_ && is_space(*p_)) ++p_;
    return p_ != end_;
}

bool TagReader::fail() {
    malformed_ = true;
    return false;
}

bool TagReader::next(Attribute& attribute) {
    if (!skip_space()) return fail();
    if (*p_ == '>') {
        ++p_;
        return false;
    }
    if (*p_ == '/') {
        if (end_ - p_ < 2 || p_[1] != '>') return fail();
        empty_element_ = true;
        p_ += 2;
        return false;
    }
    attribute.qname = read_name();
    if (attribute.qname.empty() || !skip_space() || *p_ != '=') return fail();
    ++p_;
    if (!skip_space() || (*p_ != '\'' && *p_ != '"')) return fail();
    const char quote = *p_++;
    const char* const close = skip_to(p_, end_, quote);
    if (close == end_) return fail();
    attribute.value = {p_, static_cast<std::size_t>(close - p_)};
    p_ = close + 1;
    return true;
}

bool TagWalker::next() {
    for (;;) {
        at_ = text_.find('<', pos_);
        if (at_ == std::string_view::npos || at_ + 1 >= text_.size()) return false;
        if (text_[at_ + 1] != '!') return true;
        const bool cdata = text_.substr(at_, 9) == "<![CDATA[";
        const std::size_t end = text_.find(cdata ? "]]>" : "-->", at_);
        if (end == std::string_view::npos) return false;
        pos_ = end + 3;
    }
}

std::size_t TagWalker::skip_end_tag() {
    pos_ = std::min(text_.find('>', at_), text_.size() - 1) + 1;
    return pos_;
}

}   // namespace wsxmpp::core
