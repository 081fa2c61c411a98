#include "upstream/dns_answer.hpp"

#include <catch2/catch.hpp>

#include "upstream/dns_messages.hpp"
#include "wsxmpp/error.hpp"

using namespace test;
using namespace wsxmpp;
using namespace wsxmpp::upstream;
using namespace std::string_literals;

namespace {

std::string message(int type, const std::vector<std::string>& answers, unsigned flags = dns_response) {
    return dns_message(7, flags, dns_question("a.example", type), answers);
}

std::string joined(const DnsAnswer<asio::ip::address>& answer) {
    if (answer.error) return answer.error.message();
    std::string text;
    for (const auto& address : answer.records) text += address.to_string() + " ";
    return text;
}

std::string v4(const std::vector<std::string>& answers) {
    return joined(parse_addresses(message(dns_type_a, answers), Family::v4));
}

const std::string failed = make_error_code(errc::dns_failed).message();
const std::string ip1 = "\xC0\x00\x02\x01"s;
const std::string ip2 = "\xC0\x00\x02\x02"s;

}   // namespace

TEST_CASE("SRV records are read, their targets in lower case") {
    const auto answer = parse_srv(message(dns_type_srv, {dns_record("A.example", 33, srv_data(5, 6, 5223, "X.Example")),
                                                         dns_record("a.EXAMPLE", 33, srv_data(0, 0, 0, ""))}));
    REQUIRE_FALSE(answer.error);
    REQUIRE(answer.records.size() == 2);
    CHECK(answer.records[0].priority == 5);
    CHECK(answer.records[0].weight == 6);
    CHECK(answer.records[0].port == 5223);
    CHECK(answer.records[0].target == "x.example");
    CHECK(answer.records[1].target.empty());
}

TEST_CASE("names may be compressed") {
    const std::string pointer = "\xC0\x0C"s;   // to the question's
    const std::string data = u16(1) + u16(2) + u16(3) + "\x01t"s + pointer;
    const auto answer = parse_srv(message(dns_type_srv, {pointer + u16(33) + u16(1) + u16(0) + u16(60) +
                                                         u16(static_cast<unsigned>(data.size())) + data}));
    REQUIRE(answer.records.size() == 1);
    CHECK(answer.records[0].target == "t.a.example");
}

TEST_CASE("TLSA records are read") {
    const auto answer = parse_tlsa(message(dns_type_tlsa, {dns_record("a.example", 52, "\x03\x01\x01\x00\xFF"s)}));
    REQUIRE(answer.records.size() == 1);
    CHECK(answer.records[0].usage == 3);
    CHECK(answer.records[0].selector == 1);
    CHECK(answer.records[0].matching == 1);
    CHECK(answer.records[0].data == "\x00\xFF"s);
    CHECK(parse_tlsa(message(dns_type_tlsa, {dns_record("a.example", 52, "\x03\x01\x01"s)})).error == errc::dns_failed);
}

TEST_CASE("addresses are read, by family") {
    CHECK(v4({dns_record("a.example", 1, ip1), dns_record("a.example", 1, ip2)}) == "192.0.2.1 192.0.2.2 ");
    const std::string v6 = "\x20\x01\x0D\xB8"s + std::string(11, '\0') + "\x01"s;
    CHECK(joined(parse_addresses(message(dns_type_aaaa, {dns_record("a.example", 28, v6)}), Family::v6)) ==
          "2001:db8::1 ");
    CHECK(v4({dns_record("a.example", 28, v6)}).empty());
    CHECK(v4({dns_record("a.example", 1, v6)}) == failed);
    CHECK(v4({dns_record("a.example", 1, "\xC0")}) == failed);
}

TEST_CASE("aliases are followed, in whatever order they stand") {
    const std::string ab = dns_record("a.example", 5, dns_name("b.example"));
    const std::string bc = dns_record("B.example", 5, dns_name("c.example"));
    const std::string c = dns_record("c.example", 1, ip1);
    CHECK(v4({ab, bc, c}) == "192.0.2.1 ");
    CHECK(v4({c, bc, ab}) == "192.0.2.1 ");
    CHECK(v4({ab, bc}).empty());
}

TEST_CASE("records of another name or class are no answer") {
    CHECK(v4({dns_record("evil.example", 1, ip1)}).empty());
    CHECK(v4({dns_record("a.example", 1, ip1, 3)}).empty());
    CHECK(v4({dns_record("a.example", 5, dns_name("b.example")), dns_record("a.example", 1, ip1)}).empty());
}

TEST_CASE("aliases in a circle are a failure") {
    CHECK(v4({dns_record("a.example", 5, dns_name("b.example")), dns_record("b.example", 5, dns_name("a.example"))}) ==
          failed);
    CHECK(v4({dns_record("a.example", 5, dns_name("a.example"))}) == failed);
}

TEST_CASE("the response code says whether there is such a name") {
    CHECK(parse_srv(message(33, {}, dns_response | 3)).error == errc::name_not_found);
    for (const unsigned rcode : {1U, 2U, 4U, 5U, 9U, 15U})
        CHECK(parse_srv(message(33, {}, dns_response | rcode)).error == errc::dns_failed);
    const auto none = parse_srv(message(33, {}));
    CHECK_FALSE(none.error);
    CHECK(none.records.empty());
}

TEST_CASE("the AD bit is told, also of a name that does not exist") {
    CHECK(parse_srv(message(33, {}, dns_response | dns_authenticated)).authenticated);
    CHECK(parse_srv(message(33, {}, dns_response | dns_authenticated | 3)).authenticated);
    CHECK_FALSE(parse_srv(message(33, {})).authenticated);
}

TEST_CASE("a message cut anywhere is a failure") {
    const std::string whole = message(33, {dns_record("a.example", 5, dns_name("b.example")),
                                           dns_record("b.example", 33, srv_data(1, 2, 3, "t.example"))});
    REQUIRE(parse_srv(whole).records.size() == 1);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto answer = parse_srv({cut.data(), cut.size()});
        CHECK(answer.error == errc::dns_failed);
        CHECK(answer.records.empty());
    }
}

TEST_CASE("what is no response, or to more than one question, is a failure") {
    CHECK(parse_srv(message(33, {}, 0x0100)).error == errc::dns_failed);
    CHECK(parse_srv(message(33, {}, 0xA180)).error == errc::dns_failed);   // an opcode
    std::string two = message(33, {});
    two[5] = 2;
    CHECK(parse_srv(two).error == errc::dns_failed);
}

TEST_CASE("data that are longer or shorter than what they say are a failure") {
    CHECK(parse_srv(message(33, {dns_record("a.example", 33, srv_data(1, 2, 3, "t") + "x")})).error ==
          errc::dns_failed);
    CHECK(parse_srv(message(33, {dns_record("a.example", 33, u16(1) + u16(2))})).error == errc::dns_failed);
    CHECK(v4({dns_record("a.example", 5, dns_name("b.example") + "x")}) == failed);
}
