// Random XML from a seed: the same everywhere and for ever.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::test {

class RandomXml {
public:
    explicit RandomXml(std::uint64_t seed) : engine_{seed} {}

    // 0 … n-1. (The standard's distributions differ from one library to the next.)
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    // A valid element that declares every prefix it uses but those of `outer`.
    std::string element(const std::vector<std::string>& outer = {}) {
        prefixes_ = outer;
        std::string text;
        append_element(text, 0);
        return text;
    }

    // One to three things gone wrong; often the result is well-formed all the same.
    std::string mutated(std::string text) {
        for (std::size_t n = 1 + below(3); n > 0; --n) mutate(text);
        return text;
    }

private:
    template <std::size_t N>
    std::string_view pick(const std::string_view (&choices)[N]) {
        return choices[below(N)];
    }

    std::string_view blank() {
        static constexpr std::string_view choices[] = {" ", " ", " ", "\n", "\t", "\r\n", "  "};
        return pick(choices);
    }

    std::string_view local() {
        static constexpr std::string_view choices[] = {"a",         "b",    "message", "x-y",      "_n.1",
                                                       "stream",    "open", "xml-ish", "\xC3\xA4", "\xE4\xB8\x80",
                                                       "a\xCC\x80", "error"};
        return pick(choices);
    }

    std::string_view uri() {
        static constexpr std::string_view choices[] = {"jabber:client", "urn:a",     "urn:b",
                                                       "urn:a&amp;b",   "urn:&#98;", "http://etherx.jabber.org/streams",
                                                       "urn:\xC3\xA4",  "urn:a b"};
        return pick(choices);
    }

    void append_value(std::string& out) {
        static constexpr std::string_view pieces[] = {"x",         "/>",     ">",   "&lt;", "&#65;",
                                                      "&#x1F600;", "=",      "]]>", ":",    "\xE2\x82\xAC",
                                                      "&amp;",     "&quot;", "\t",  "&#10;"};
        const bool single = one_in(2);
        out += single ? '\'' : '"';
        for (std::size_t n = below(4); n > 0; --n) out += one_in(8) ? (single ? "\"" : "'") : pick(pieces);
        out += single ? '\'' : '"';
    }

    void append_text(std::string& out) {
        static constexpr std::string_view pieces[] = {"x",
                                                      "&lt;",
                                                      "&amp;",
                                                      "&#xE9;",
                                                      "]",
                                                      "]]",
                                                      "\n",
                                                      " ",
                                                      "'",
                                                      "\"",
                                                      "/>",
                                                      "\xF0\x9F\x98\x80",
                                                      "\xC3\xA4",
                                                      "a:b=",
                                                      "<![CDATA[]]>",
                                                      "<![CDATA[<a>]]]]>",
                                                      "<![CDATA[&x;</a>]]>"};
        // ']]' and '>' may meet: a piece in between keeps them apart.
        for (std::size_t n = 1 + below(4); n > 0; --n) out.append(pick(pieces)).append("-");
    }

    std::string prefixed(std::size_t one_of) {
        std::string name;
        if (!prefixes_.empty() && one_in(one_of)) name = prefixes_[below(prefixes_.size())] + ":";
        return name;
    }

    void append_element(std::string& out, std::size_t depth) {
        static constexpr std::string_view new_prefixes[] = {"p", "q", "stream", "x-y"};
        const std::size_t outer_prefixes = prefixes_.size();
        std::vector<std::string> attributes;
        if (one_in(3)) {
            attributes.push_back("xmlns=");
        }
        if (one_in(3)) {
            const std::string prefix{pick(new_prefixes)};
            attributes.push_back("xmlns:" + prefix + "=");
            prefixes_.push_back(prefix);
        }
        const std::string name = prefixed(3) + std::string{local()};
        std::size_t declarations = attributes.size();
        for (std::size_t n = below(4); n > 0; --n) {
            const std::string a = one_in(6) && n == 1 ? "xml:lang" : prefixed(4) + "a" + std::to_string(n);
            attributes.push_back(a + (one_in(8) ? " = " : "="));
        }
        out.append("<").append(name);
        for (std::size_t i = 0; i < attributes.size(); ++i) {
            out.append(blank()).append(attributes[i]);
            if (i < declarations)
                out.append("'").append(uri()).append("'");
            else
                append_value(out);
        }
        if (one_in(6)) out += blank();
        if (one_in(4)) {
            out += "/>";
        } else {
            out += ">";
            for (std::size_t n = below(depth < 5 ? 4 : 1); n > 0; --n) {
                if (one_in(2))
                    append_text(out);
                else
                    append_element(out, depth + 1);
            }
            out.append("</").append(name).append(one_in(6) ? blank() : "").append(">");
        }
        prefixes_.resize(outer_prefixes);
    }

    void mutate(std::string& text) {
        static constexpr std::string_view fragments[] = {"<",
                                                         ">",
                                                         "/",
                                                         "/>",
                                                         "</",
                                                         "<a>",
                                                         "</a>",
                                                         "<a/>",
                                                         "'",
                                                         "\"",
                                                         "=",
                                                         " ",
                                                         ":",
                                                         "&",
                                                         ";",
                                                         "&lt;",
                                                         "&x;",
                                                         "&#0;",
                                                         "<!--",
                                                         "-->",
                                                         "<!-- c -->",
                                                         "<?",
                                                         "?>",
                                                         "<?p q?>",
                                                         "<![CDATA[",
                                                         "]]>",
                                                         "]]",
                                                         "xmlns",
                                                         "xmlns=''",
                                                         " xmlns:p='urn:p'",
                                                         " xmlns:p=''",
                                                         "xml:",
                                                         " xmlns:xml='urn:x'",
                                                         "p:",
                                                         " a='1'",
                                                         "<!DOCTYPE a>",
                                                         "\xEF\xBB\xBF",
                                                         "\xC0\x80",
                                                         "\xED\xA0\x80",
                                                         "\xEF\xBF\xBE",
                                                         "\xF0\x9F\x98\x80",
                                                         "\xC3\xA4",
                                                         "</stream:stream>",
                                                         "<stream:stream>",
                                                         "\r",
                                                         "\n",
                                                         "\t",
                                                         "\x7F",
                                                         "\x01",
                                                         "<xmlns:a/>",
                                                         " q:a1='' p:a1=''",
                                                         " xmlns:q='urn:p'",
                                                         "\xC2\xB7",
                                                         "\xCC\x80",
                                                         "\xE2\x80\x80",
                                                         "\xC3\x97"};
        const std::size_t at = below(text.size() + 1);
        const std::size_t size = std::min(text.size() - at, one_in(2) ? 1 + below(3) : below(text.size() + 1));
        switch (below(7)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
                break;
            case 1:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
            case 2: text.erase(at, size); break;
            case 3: text.insert(at, pick(fragments)); break;
            case 4: text.insert(below(text.size() + 1), text.substr(at, size)); break;
            case 5: text.replace(at, size, pick(fragments)); break;
            case 6: text.insert(at, 1, static_cast<char>(below(128))); break;
        }
    }

    std::mt19937_64 engine_;
    std::vector<std::string> prefixes_;
};

}   // namespace wsxmpp::test
