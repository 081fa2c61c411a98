// What expat makes of a document: whether it accepts it, and the tree of each element at some depth.
#pragma once

#include <expat.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::test {

struct ExpatResult {
    bool accepted = false;   // not final: so far
    XML_Error error = XML_ERROR_NONE;
    std::size_t depth = 0;            // elements open at the end
    std::vector<std::string> names;   // of the elements at the depth asked for: "{uri}local"
    std::vector<std::string> trees;   // of the same: names, attributes in order of their names, text
    bool restricted = false;          // a comment, processing instruction, DTD or XML declaration was seen
};

class ExpatParser {
public:
    ExpatParser() : parser_{XML_ParserCreateNS("UTF-8", separator)} {}
    ~ExpatParser() { XML_ParserFree(parser_); }
    ExpatParser(const ExpatParser&) = delete;
    ExpatParser& operator=(const ExpatParser&) = delete;

    ExpatResult parse(std::string_view text, bool is_final, std::size_t depth) {
        XML_ParserReset(parser_, "UTF-8");
        result_ = {};
        wanted_ = depth;
        XML_SetUserData(parser_, this);
        XML_SetElementHandler(parser_, on_start, on_end);
        XML_SetCharacterDataHandler(parser_, on_text);
        XML_SetCommentHandler(parser_, [](void* self, const XML_Char*) { of(self).result_.restricted = true; });
        XML_SetProcessingInstructionHandler(
            parser_, [](void* self, const XML_Char*, const XML_Char*) { of(self).result_.restricted = true; });
        XML_SetXmlDeclHandler(
            parser_, [](void* self, const XML_Char*, const XML_Char*, int) { of(self).result_.restricted = true; });
        XML_SetStartDoctypeDeclHandler(parser_, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
            of(self).result_.restricted = true;
        });
        const auto status = XML_Parse(parser_, text.data(), static_cast<int>(text.size()), is_final ? 1 : 0);
        result_.accepted = status == XML_STATUS_OK;
        result_.error = XML_GetErrorCode(parser_);
        return result_;
    }

private:
    static constexpr XML_Char separator = '\f';   // no XML document can hold it

    static ExpatParser& of(void* self) { return *static_cast<ExpatParser*>(self); }

    static std::string expanded(std::string_view name) {
        const std::size_t end = name.find(separator);
        if (end == std::string_view::npos) return "{}" + std::string{name};
        return "{" + std::string{name.substr(0, end)} + "}" + std::string{name.substr(end + 1)};
    }

    static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
        ExpatResult& r = of(self).result_;
        const std::size_t wanted = of(self).wanted_;
        if (r.depth == wanted) {
            r.names.push_back(expanded(name));
            r.trees.emplace_back();
        }
        if (r.depth++ < wanted) return;
        std::vector<std::string> sorted;
        for (; *attributes != nullptr; attributes += 2)
            sorted.push_back(" " + expanded(attributes[0]) + "=" + std::string{attributes[1]} + "\f");
        std::sort(sorted.begin(), sorted.end());
        std::string& tree = r.trees.back();
        tree += "(" + expanded(name);
        for (const std::string& a : sorted) tree += a;
        tree += ":";
    }

    static void on_end(void* self, const XML_Char*) {
        ExpatResult& r = of(self).result_;
        if (--r.depth >= of(self).wanted_) r.trees.back() += ")";
    }

    static void on_text(void* self, const XML_Char* text, int size) {
        ExpatResult& r = of(self).result_;
        if (r.depth > of(self).wanted_) r.trees.back().append(text, static_cast<std::size_t>(size));
    }

    XML_Parser parser_;
    ExpatResult result_;
    std::size_t wanted_ = 0;
};

}   // namespace wsxmpp::test
