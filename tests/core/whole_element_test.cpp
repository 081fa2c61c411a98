// The fast way over an element, and that the slow one makes the same of it wherever the two part.
#include "core/whole_element.hpp"

#include <catch2/catch.hpp>

#include "core/stream_events.hpp"
#include "wsxmpp/error.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;
using core::WholeElement;

namespace {

const std::string header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='urn:x' "
    "xml:lang='en'>";

// Blocks of 16, 32 and 64 bytes begin and end at each place of an element that is moved by so many.
constexpr std::size_t farthest = 70;

// An element with `n` more characters at one place, and what must be found behind them.
std::vector<std::string> elements(std::size_t n) {
    const std::string x(n, 'x');
    return {
        "<m" + x + "/>",
        "<m" + x + " a='1'/>",
        "<m " + x + "a='1'/>",
        "<m a='" + x + "'/>",
        "<m a=\"" + x + "'\" b='\"'></m>",
        "<m>" + x + "</m>",
        "<m>" + x + "<b/></m>",
        "<m>" + x + "<b c='>'>" + x + "</b></m>",
        "<m><b>x</b" + x + "></m>",
        "<m a='" + x + "'><x:b/></m>",
        "<m " + x + "x:a='1'/>",
        "<m><b " + x + "x:a='1'/></m>",
        "<m a='" + x + "' xml:lang='de'/>",
        "<message a='" + x + "' xmlns='jabber:client'/>",
        "<m a='" + x + "\xC3\xA4'/>",
        "<m>" + x + "\xE2\x82\xAC</m>",
        "<m>" + x + "\xFF</m>",
        "<m><b c='" + x + "\xFF'/></m>",
        "<m" + x + "\xC3\xA4/>",
        "<m" + x + "-1.2 b-" + x + "='3'/>",
        "<m a='" + x + "'><![CDATA[</m>]]></m>",
        "<m a='" + x + "'><!-- no --></m>",
        "<m a='" + x + "'<b='1'/>",
        "<m" + x + " a='1'  b='2' />",
        "<m" + x + " a = '1'/>",
    };
}

std::string padded(std::string element) { return element.append(64, ' '); }

bool is_plain(std::string_view element) {
    const std::vector<char> copy(element.begin(), element.end());
    return WholeElement{}.read(copy.data(), copy.data() + copy.size(), {});
}

}   // namespace

TEST_CASE("an element is the same whole, in two pieces and byte by byte, whatever its tags are long") {
    for (std::size_t n = 0; n <= farthest; ++n) {
        for (const std::string& element : elements(n)) {
            // Once as the last bytes of the input, once with more behind it.
            for (const char* const next : {"", "<iq xmlns='urn:next' type='result' id='1234'/>"}) {
                const std::string bytes = header + element + next;
                const StreamResult whole = decode(bytes);
                INFO(bytes << " -> " << whole.detail);
                CHECK(decode_byte_by_byte(bytes) == whole);
                for (std::size_t at = header.size(); at < bytes.size(); at += n % 10 == 0 ? 1 : 7)
                    CHECK(decode_split_at(bytes, at) == whole);
            }
        }
    }
}

TEST_CASE("a character that is not ASCII is seen wherever it stands in an element") {
    const std::string element = "<message to='somebody@example.org'>" + std::string(10 * farthest, 'x') + "</message>";
    for (std::size_t at = element.find('\'') + 1; at < element.size(); ++at) {
        if (std::string_view{"'<>/"}.find(element[at]) != std::string_view::npos) continue;
        std::string invalid = element;
        invalid[at] = '\xFF';
        CHECK(decode(header + invalid).error == errc::invalid_utf8);
    }
}

TEST_CASE("the fast way reads what servers send") {
    const std::string element = GENERATE(
        as<std::string>{}, "<message to='a@b' from=\"c@d\"><body>it's</body><x xmlns='urn:x'/></message>",
        "<presence type='available'/>", "<iq type='result' id='1' xml:lang='en' />", "<r xmlns='urn:xmpp:sm:3'/>",
        "<message><stanza-id h1.2='' /><a></a></message>", "<message><x:y x:z='1'/></message>");
    WholeElement whole;
    const std::string input = element + "<m/>";
    REQUIRE(whole.read(input.data(), input.data() + input.size(), {}));
    CHECK(whole.at == input.data() + element.size());
    CHECK(whole.only_ascii);
    CHECK(is_plain(padded(element)));
}

TEST_CASE("the fast way tells what the root declares, and whether there may be prefixes") {
    const auto notes = [](std::string element) {
        element = padded(element);
        WholeElement whole;
        REQUIRE(whole.read(element.data(), element.data() + element.size(), {}));
        return std::string{whole.notes.local} + "|" + std::string{whole.notes.ns} +
               (whole.notes.declares_own ? "|own" : "") + (whole.notes.declares_default ? "|default" : "") +
               (whole.notes.has_language ? "|language" : "") + (whole.notes.may_have_prefix ? "|prefix" : "");
    };
    CHECK(notes("<m a='xmlns'>xml:lang='de'</m>") == "m|");
    CHECK(notes("<m xmlns='urn:m'/>") == "m|urn:m|own|default");
    CHECK(notes("<m xml:lang='de' xmlns='urn:m' />") == "m|urn:m|own|default|language");
    CHECK(notes("<m><b xml:lang='de' xmlns='urn:m'/></m>") == "m|");
    CHECK(notes("<m xml:langs=''/>") == "m||prefix");
    CHECK(notes("<m xmlns:a=''/>") == "m||prefix");
    CHECK(notes("<m><a:b/></m>") == "m||prefix");
    CHECK(notes("<m><b a:b=''/></m>") == "m||prefix");
}

TEST_CASE("the fast way leaves to the slow one what is not plain") {
    const std::string element =
        GENERATE(as<std::string>{}, "<a:b/>", "<stream>", "<m a = '1'/>", "<m a='1'b='2'/>", "<m\na='1'/>", "<m a/>",
                 "<m ='1'/>", "<m a=1/>", "<m a='1'/ >", "<m a='1'<b/>", "<\xC3\xA4/>", "<m \xC3\xA4='1'/>",
                 "<m><![CDATA[x]]></m>", "<m><!-- --></m>", "<m><?pi?></m>", "<m>< /m>", "</m>", "<!-- -->", "text",
                 "<m a:b:c='1'/>");
    CHECK(!is_plain(padded(element)));
}

TEST_CASE("the fast way leaves to the slow one what is over a limit") {
    const std::string element = padded("<a b='' c=''><d/></a>");
    const auto reads = [&](Limits limits) {
        return WholeElement{}.read(element.data(), element.data() + element.size(), limits);
    };
    CHECK(reads({100, 2, 2}));
    CHECK(!reads({100, 1, 2}));
    CHECK(!reads({100, 0, 2}));
    CHECK(!reads({100, 2, 1}));
}

TEST_CASE("the fast way ends before the tag that it cannot read, or at the end of the input") {
    const std::string element = "<message to='somebody'><body>some text</body></message>";
    const auto tags_open = [&](std::size_t at) {
        return (at >= element.find("<body") ? 1U : 0U) + (at >= element.find("some text") ? 1U : 0U) -
               (at >= element.find("</message") ? 1U : 0U);
    };
    for (std::size_t size = 0; size < element.size(); ++size) {
        const std::vector<char> input(element.begin(), element.begin() + static_cast<std::ptrdiff_t>(size));
        WholeElement whole;
        INFO(size);
        REQUIRE(!whole.read(input.data(), input.data() + input.size(), {}));
        if (whole.depth == 0) {
            CHECK(size <= element.find("<body"));
            continue;
        }
        const auto at = static_cast<std::size_t>(whole.at - input.data());
        CHECK((at == size || element[at] == '<'));
        CHECK(element.find('>', at) + 1 >= size);   // no tag is left, but one that ends with the input
        CHECK(whole.depth == tags_open(at));
    }
}
