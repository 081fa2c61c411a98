// Reads the start tag at the front of some text that the ElementScanner has bounded, attribute by attribute, and walks
// over the markup of an element. For what servers send: forgiving where nothing depends on it.
#pragma once

#include <cstddef>
#include <string_view>

namespace wsxmpp::core {

class TagReader {
public:
    struct Attribute {
        std::string_view qname;
        std::string_view value;   // raw
    };

    // `text` begins with the '<' of a start tag, and holds its end.
    explicit TagReader(std::string_view text);

    std::string_view name() const { return name_; }   // with its prefix

    // The next attribute; false: there are no more, or the tag is malformed.
    bool next(Attribute& attribute);

    // Once next() has returned false:
    bool malformed() const { return malformed_; }
    bool empty_element() const { return empty_element_; }
    std::size_t size() const { return static_cast<std::size_t>(p_ - begin_); }   // bytes of the tag

private:
    std::string_view read_name();
    bool skip_space();
    bool fail();

    const char* begin_;
    const char* p_;
    const char* end_;
    std::string_view name_;
    bool malformed_ = false;
    bool empty_element_ = false;
};

// The start and end tags of an element one after the other; text, CDATA sections and comments are passed over.
class TagWalker {
public:
    explicit TagWalker(std::string_view element) : text_{element} {}

    // Moves to the next tag: at() is where it begins. False: there are no more.
    bool next();

    std::size_t at() const { return at_; }
    bool is_end_tag() const { return text_[at_ + 1] == '/'; }
    std::string_view rest() const { return text_.substr(at_); }
    void skip(std::size_t tag_size) { pos_ = at_ + tag_size; }   // past the tag that was read
    std::size_t skip_end_tag();                                  // the same for an end tag; where it ends

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t pos_ = 0;
};

}   // namespace wsxmpp::core
