// The documents of POSH (RFC 7711 §3), byte by byte.
#include "upstream/posh_document.hpp"

#include <catch2/catch.hpp>

#include "upstream/base64.hpp"

using namespace std::string_literals;
using namespace std::chrono_literals;
using namespace wsxmpp::upstream;

namespace {

const std::string sha_256 = "4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ=";
const std::string sha_512 = "25N+1hB2Vo42l9lSGqw+n3BKFhDHsyork8ou+D9B43TXeJ1J81mdQEDqm39oR/EHkPBDDG1y5+AG94Kec0xVqA==";

std::string fingerprints(const std::string& list, const std::string& expires = "604800") {
    return R"({"fingerprints":)" + list + R"(,"expires":)" + expires + "}";
}
std::string reference(const std::string& url) { return R"({"url":")" + url + R"(","expires":86400})"; }

}   // namespace

TEST_CASE("a fingerprints document, as the RFC has it") {
    const auto document = parse_posh(fingerprints(R"([{"sha-256":")" + sha_256 + R"(","sha-512":")" + sha_512 +
                                                  R"("},{"sha-256":"otyLADSKjRDjVpj8X7/hmCAD5C7Qe+PedcmYV7cUncE="}])"));
    CHECK(document.fault.empty());
    REQUIRE(document.fingerprints.size() == 3);
    CHECK(document.fingerprints[0] == decode_base64(sha_256));
    CHECK(document.fingerprints[1] == decode_base64(sha_512));
    CHECK(document.fingerprints[2].size() == 32);
    CHECK(document.expires == 604800s);
    CHECK_FALSE(document.url);
}

TEST_CASE("base64 without its padding is read, as the RFC's own second example has none") {
    const auto document = parse_posh(fingerprints(R"([{"sha-256":")" + sha_256.substr(0, 43) + R"("}])"));
    REQUIRE(document.fingerprints.size() == 1);
    CHECK(document.fingerprints[0] == decode_base64(sha_256));
}

TEST_CASE("hash functions and members that are not known are passed over") {
    const auto document =
        parse_posh(R"({"more":[1],"fingerprints":[{"sha-1":7},{"sha-256":")" + sha_256 + R"("}],"expires":1})");
    CHECK(document.fault.empty());
    CHECK(document.fingerprints.size() == 1);
    CHECK(parse_posh(fingerprints(R"([{"sha-1":"x"}])")).fault == "it has no fingerprint by sha-256 or sha-512");
}

TEST_CASE("a reference document") {
    const auto document = parse_posh(reference("https://hosting.example/.well-known/posh/spice.json?a=b#c"));
    CHECK(document.fault.empty());
    REQUIRE(document.url);
    CHECK(document.url->host == "hosting.example");
    CHECK(document.url->target == "/.well-known/posh/spice.json?a=b");
    CHECK(document.expires == 86400s);
    CHECK(document.fingerprints.empty());
}

TEST_CASE("what is no POSH document says what is wrong with it") {
    const auto good = R"([{"sha-256":")" + sha_256 + R"("}])";
    const auto [json, fault] = GENERATE_COPY(table<std::string, std::string>(
        {{"", "it is no JSON object"},
         {"<html>", "it is no JSON object"},
         {"[]", "it is no JSON object"},
         {std::string(60'000, '['), "it is no JSON object"},
         {"{}", "it needs one of \"fingerprints\" and \"url\", and not both"},
         {R"({"fingerprints":[],"url":"https://a.example/","expires":1})",
          "it needs one of \"fingerprints\" and \"url\", and not both"},
         {R"({"fingerprints":)" + good + "}", "its \"expires\" is no non-negative integer"},
         {fingerprints(good, "-1"), "its \"expires\" is no non-negative integer"},
         {fingerprints(good, "1.5"), "its \"expires\" is no non-negative integer"},
         {fingerprints(good, "\"1\""), "its \"expires\" is no non-negative integer"},
         {fingerprints(good, "0"), "it says of itself that it is not valid (\"expires\" is 0)"},
         {fingerprints("{}"), "its \"fingerprints\" are no array"},
         {fingerprints("[]"), "it has no fingerprint by sha-256 or sha-512"},
         {fingerprints("[\"x\"]"), "one of its \"fingerprints\" is no object"},
         {fingerprints(R"([{"sha-256":7}])"), "one of its \"sha-256\" is not the base64 of 32 bytes"},
         {fingerprints(R"([{"sha-256":"AAAA"}])"), "one of its \"sha-256\" is not the base64 of 32 bytes"},
         {fingerprints(R"([{"sha-512":")" + sha_256 + R"("}])"),
          "one of its \"sha-512\" is not the base64 of 64 bytes"},
         {R"({"url":7,"expires":1})", "its \"url\" is not https://NAME/PATH, with port 443"}}));
    INFO(json.substr(0, 200));
    const auto document = parse_posh(json);
    CHECK(document.fault == fault);
    CHECK(document.fingerprints.empty());
    CHECK_FALSE(document.url);
}

TEST_CASE("an expiry that no clock has room for is cut") {
    const auto good = R"([{"sha-256":")" + sha_256 + R"("}])";
    CHECK(parse_posh(fingerprints(good, "18446744073709551615")).expires == std::chrono::hours{24 * 365 * 10});
}

TEST_CASE("a reference leads to a name by https and port 443, and nowhere else") {
    for (const std::string url :
         {"https://a.example", "https://a.example/", "https://A.Example:443/", "https://a.example#x"}) {
        INFO(url);
        const auto parsed = parse_https_url(url);
        REQUIRE(parsed);
        CHECK(to_text(*parsed) == "https://a.example/");
    }
    CHECK(to_text(parse_https_url("https://a.example?x").value()) == "https://a.example/?x");
    for (const std::string& url : {""s,
                                   "a.example"s,
                                   "http://a.example/"s,
                                   "HTTPS//a.example/"s,
                                   "file:///etc/passwd"s,
                                   "https://"s,
                                   "https:///x"s,
                                   "https://a.example:8443/"s,
                                   "https://a.example:/"s,
                                   "https://:443/"s,
                                   "https://user@a.example/"s,
                                   "https://user:x@a.example/"s,
                                   "https://127.0.0.1/"s,
                                   "https://[::1]/"s,
                                   "https://[::1]:443/"s,
                                   "https://2130706433/"s,
                                   "https://0x7f000001/"s,
                                   "https://127.1/"s,
                                   "https://a b.example/"s,
                                   "https://a.example/\r\nHost: x"s,
                                   "https://a.example/ü"s,
                                   "https://a.example\\@b.example/"s,
                                   "https://a%2eexample/"s,
                                   "https://a.example/"s + std::string(2048, 'x')}) {
        INFO(url);
        CHECK_FALSE(parse_https_url(url));
    }
}

TEST_CASE("base64") {
    CHECK(decode_base64("") == "");
    CHECK(decode_base64("Zg==") == "f");
    CHECK(decode_base64("Zg") == "f");
    CHECK(decode_base64("Zm8=") == "fo");
    CHECK(decode_base64("Zm9v") == "foo");
    CHECK(decode_base64("+/+/") == "\xfb\xff\xbf");
    for (const char* wrong :
         {"Z", "Zm9vY", "Zh==", "Zm9=", "Zg=", "Z===", "====", "Zm 9", "Zm9v\n", "Zm-_", "Zg==Zg=="}) {
        INFO(wrong);
        CHECK_FALSE(decode_base64(wrong));
    }
}
