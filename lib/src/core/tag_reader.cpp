#include "core/tag_reader.hpp"

#include <algorithm>

#include "core/xml_text.hpp"

namespace wsxmpp::core {

namespace {

bool ends_name(char c) { return is_space(c) || c == '>' || c == '/' || c == '='; }

}   // namespace

TagReader::TagReader(std::string_view text) : text_{text}, pos_{1} {
    while (pos_ < text_.size() && !ends_name(text_[pos_])) ++pos_;
    name_ = text_.substr(1, pos_ - 1);
}

void TagReader::skip_space() {
    while (pos_ < text_.size() && is_space(text_[pos_])) ++pos_;
}

bool TagReader::next(Attribute& attribute) {
    const auto fail = [&] {
        malformed_ = true;
        return false;
    };
    skip_space();
    if (pos_ >= text_.size()) return fail();
    if (text_[pos_] == '>') {
        ++pos_;
        return false;
    }
    if (text_[pos_] == '/') {
        if (text_.substr(pos_, 2) != "/>") return fail();
        empty_element_ = true;
        pos_ += 2;
        return false;
    }
    const std::size_t name_begin = pos_;
    while (pos_ < text_.size() && !ends_name(text_[pos_])) ++pos_;
    attribute.qname = text_.substr(name_begin, pos_ - name_begin);
    skip_space();
    if (attribute.qname.empty() || pos_ >= text_.size() || text_[pos_] != '=') return fail();
    ++pos_;
    skip_space();
    if (pos_ >= text_.size() || (text_[pos_] != '\'' && text_[pos_] != '"')) return fail();
    const std::size_t close = text_.find(text_[pos_], pos_ + 1);
    if (close == std::string_view::npos) return fail();
    attribute.value = text_.substr(pos_ + 1, close - pos_ - 1);
    pos_ = close + 1;
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
