// The same random XML, valid and broken, to our checks and to expat, which is what many XMPP servers read with.
//
// The differences that are meant:
// - what XMPP restricts (RFC 6120 §11.1) expat accepts: comments, processing instructions, DTDs and their entities;
// - an XML declaration, a byte order mark and white space before the element are no part of an element;
// - names: we read those of XML 1.0's fifth edition, expat those of the fourth, which knows fewer letters;
// - limits.
#include <catch2/catch.hpp>

#include "core/ascii_names.hpp"
#include "core/check.hpp"
#include "core/expat_tree.hpp"
#include "core/random_xml.hpp"
#include "core/xml_text.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/stream_codec.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

const std::string header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

std::string printable(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F)
            out += c;
        else
            out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return out;
}

Limits wide() {
    Limits limits;
    limits.max_depth = limits.max_attributes = 100'000;
    return limits;
}

// Each case of a seed: a valid element, or what became of one.
template <class Function>
void for_random_texts(std::uint64_t seed, std::size_t count, Function function) {
    RandomXml random{seed};
    for (std::size_t i = 0; i < count; ++i) {
        const std::string valid = random.element();
        function(valid, true);
        for (int n = 0; n < 4; ++n) function(random.mutated(valid), false);
    }
}

std::string expanded(std::string_view ns, std::string_view local) {
    return "{" + std::string{ns} + "}" + std::string{local};
}

bool is_header(std::string_view element) {
    const std::string_view name = element.substr(1, element.find_first_of(" \t\r\n/>") - 1);
    return core::local_of(name) == "stream";
}

}   // namespace

TEST_CASE("the random elements are valid") {
    ExpatParser expat;
    for_random_texts(1, 2000, [&](const std::string& text, bool valid) {
        if (valid && !expat.parse(text, true, 0).accepted) FAIL(printable(text));
    });
}

TEST_CASE("what the check accepts expat accepts, alone and inside a stream, with the same root") {
    ExpatParser expat;
    std::size_t accepted = 0;
    std::size_t fifth_edition = 0;
    for_random_texts(2, 10'000, [&](const std::string& text, bool) {
        const Checked checked = check(text, wide());
        if (!checked.accepted) return;
        ++accepted;
        std::string element = text.substr(0, checked.root.size);
        std::string name{core::local_of(checked.name)};
        std::string ns = checked.ns;
        if (expat.parse(element, true, 0).error == XML_ERROR_INVALID_TOKEN) {
            ++fifth_edition;
            element = with_ascii_names(element);
            name = with_ascii_names(name);
            ns = with_ascii_names(ns);
        }
        const ExpatResult alone = expat.parse(element, true, 0);
        if (!alone.accepted || alone.names.size() != 1 || alone.restricted) FAIL("alone: " << printable(text));
        const bool same =
            alone.names[0] == expanded(ns, name) || (ns == core::ns_client && alone.names[0] == expanded({}, name));
        if (!same) FAIL(alone.names[0] << ", not " << ns << " in " << printable(text));

        const ExpatResult inside = expat.parse(header + element, false, 1);
        if (!inside.accepted || inside.depth != 1 || inside.names.size() != 1) FAIL("inside: " << printable(text));
        if (inside.names[0] != expanded(ns, name)) FAIL(inside.names[0] << ", not " << ns << " in " << printable(text));
    });
    CHECK(accepted > 12'000);
    CHECK(fifth_edition < 100);
}

TEST_CASE("what expat accepts alone, and XMPP does not restrict, the check accepts") {
    ExpatParser expat;
    std::size_t accepted = 0;
    std::size_t rejected = 0;
    for_random_texts(3, 10'000, [&](const std::string& text, bool valid) {
        const ExpatResult alone = expat.parse(text, true, 0);
        if (!alone.accepted) ++rejected;
        const bool something_before = text.empty() || text[0] != '<';
        if (!alone.accepted || alone.restricted || something_before) return;
        ++accepted;
        const Checked checked = check(text, wide());
        if (!checked.accepted) FAIL((valid ? "valid: " : "") << checked.fault.detail() << ": " << printable(text));
    });
    CHECK(accepted > 12'000);
    CHECK(rejected > 15'000);
}

TEST_CASE("each element of a stream stands alone with the tree that expat saw inside the stream") {
    const std::string head = GENERATE_COPY(
        as<std::string>{}, header,
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "xmlns:p='urn:header:p' xmlns:x-y='urn:x&amp;y&#9;z'>",
        "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:q=\"urn:'q'\">",
        "<stream xmlns='http://etherx.jabber.org/streams' xmlns:p='urn:header:p'>");
    const bool has_p = head.find("xmlns:p") != std::string::npos;
    const bool has_q = head.find("xmlns:q") != std::string::npos;
    std::vector<std::string> prefixes;
    if (has_p) prefixes.emplace_back("p");
    if (has_q) prefixes.emplace_back("q");
    if (head.find("xmlns:x-y") != std::string::npos) prefixes.emplace_back("x-y");
    if (head.find("xmlns:stream") != std::string::npos) prefixes.emplace_back("stream");

    ExpatParser expat;
    RandomXml random{4};
    for (int round = 0; round < 500; ++round) {
        std::string stream = head;
        std::vector<std::string> sent;
        for (std::size_t n = 1 + random.below(6); n > 0; --n) {
            std::string element = random.element(prefixes);
            while (is_header(element)) element = random.element(prefixes);   // that would be a restart
            sent.push_back(std::move(element));
            stream += sent.back() + (random.one_in(3) ? " \n" : "");
        }
        const ExpatResult seen = expat.parse(stream, false, 1);
        REQUIRE(seen.accepted);
        REQUIRE(seen.trees.size() == sent.size());

        StreamDecoder decoder{wide()};
        std::size_t count = 0;
        for (std::size_t at = 0; at < stream.size();) {
            const std::size_t size = std::min(stream.size() - at, 1 + random.below(random.one_in(2) ? 4 : 200));
            const std::vector<char> piece(stream.begin() + static_cast<std::ptrdiff_t>(at),
                                          stream.begin() + static_cast<std::ptrdiff_t>(at + size));
            at += size;
            decoder.feed({piece.data(), piece.size()});
            while (const Event* event = decoder.next()) {
                if (event->type == Event::Type::open) continue;
                const std::string alone = event->element.str();
                INFO(printable(stream) << " -> " << printable(alone));
                REQUIRE(count < sent.size());
                const ExpatResult tree = expat.parse(alone, true, 0);
                if (!tree.accepted || tree.trees[0] != seen.trees[count] ||
                    tree.names[0] != expanded(event->element.ns, event->element.name) ||
                    std::string{event->element.head}.append(event->element.tail) != sent[count])
                    FAIL(count);
                ++count;
            }
        }
        INFO(printable(stream) << decoder.detail());
        REQUIRE(!decoder.error());
        REQUIRE(count == sent.size());
    }
}

TEST_CASE("what a frame decoder lets through is one stream of whole elements to expat") {
    const bool legacy = GENERATE(false, true);
    const std::string open = legacy ? header : "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='x'/>";
    ExpatParser expat;
    RandomXml random{5};
    std::size_t passed = 0;
    for (int round = 0; round < 1000; ++round) {
        FrameDecoder decoder{Framing::automatic, wide()};
        REQUIRE(decoder.decode(open) != nullptr);
        std::string stream = header;
        std::size_t elements = 0;
        for (int n = 0; n < 20; ++n) {
            std::string message =
                random.element(legacy ? std::vector<std::string>{"stream"} : std::vector<std::string>{});
            if (!random.one_in(4)) message = random.mutated(message);
            if (random.one_in(10)) message.insert(0, "<?xml version='1.0'?>");
            const Event* event = decoder.decode(message);
            if (event == nullptr) {
                if (!decoder.error() || decoder.detail().empty()) FAIL("no reason: " << printable(message));
                continue;
            }
            if (event->type == Event::Type::open || event->type == Event::Type::close) break;
            if (event->type == Event::Type::space) continue;
            const std::string text = with_ascii_names(event->element.str());
            ++elements;
            stream += text;
            const ExpatResult inside = expat.parse(stream, false, 1);
            if (!inside.accepted || inside.depth != 1 || inside.names.size() != elements)
                FAIL(printable(message) << " in " << printable(stream));
            const std::string root = expanded(event->element.ns, event->element.name);
            if (with_ascii_names(inside.names.back()) != with_ascii_names(root))
                FAIL(root << " is not " << inside.names.back());
            if (!legacy && !expat.parse(text, true, 0).accepted) FAIL("alone: " << printable(message));
        }
        passed += elements;
    }
    CHECK(passed > 3'000);
}

TEST_CASE("a header that a frame decoder lets through is one start tag to expat") {
    ExpatParser expat;
    RandomXml random{6};
    std::size_t passed = 0;
    for (int i = 0; i < 20'000; ++i) {
        const bool legacy = random.one_in(2);
        const std::string message = random.mutated(
            legacy ? header : "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' xmlns:p='urn:p' p:a='1'/>");
        FrameDecoder decoder;
        const Event* event = decoder.decode(message);
        if (event == nullptr || event->type != Event::Type::open) continue;
        ++passed;
        for (const std::string& sent :
             {decoder.framing() == Framing::legacy ? std::string{event->raw} : encode_stream_open(*event->header),
              encode_stream_open(*event->header)}) {
            const ExpatResult seen = expat.parse(with_ascii_names(sent), false, 0);
            if (!seen.accepted || seen.depth != 1 ||
                seen.names != std::vector<std::string>{"{http://etherx.jabber.org/streams}stream"})
                FAIL(printable(message) << " -> " << printable(sent));
        }
        const std::string open = with_ascii_names(encode_frame_open(*event->header));
        if (!expat.parse(open, true, 0).accepted) FAIL(printable(message) << " -> " << printable(open));
    }
    CHECK(passed > 500);
}
