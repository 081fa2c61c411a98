#include "wsxmpp/origin_list.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using wsxmpp::OriginList;

TEST_CASE("without an origin on the list every page may connect") {
    const auto origin = GENERATE("https://example.org", "null", "", "garbage");
    CHECK(OriginList{}.allows(origin));
    CHECK(OriginList{}.any());
    CHECK_FALSE(OriginList{{"null"}}.any());
}

TEST_CASE("an origin is the same when scheme, host and port are") {
    const auto [entry, origin, allowed] = GENERATE(table<std::string, std::string, bool>({
        {"https://example.org", "https://example.org", true},
        {"https://example.org", "https://EXAMPLE.org", true},
        {"HTTPS://Example.Org", "https://example.org", true},
        {"https://example.org", "https://example.org:443", true},
        {"https://example.org:443", "https://example.org", true},
        {"http://example.org:80", "http://example.org", true},
        {"http://localhost:8080", "http://localhost:8080", true},
        {"http://[::1]:8080", "http://[::1]:8080", true},
        {"http://[0:0:0:0:0:0:0:1]", "http://[::1]", true},
        {"http://127.0.0.1", "http://127.0.0.1", true},
        {"moz-extension://0a-1b", "moz-extension://0a-1b", true},
        {"file://", "file://", true},
        {"null", "null", true},

        {"https://example.org", "http://example.org", false},
        {"https://example.org", "https://example.org:8443", false},
        {"https://example.org:8443", "https://example.org", false},
        {"https://example.org", "https://www.example.org", false},
        {"https://example.org", "https://evilexample.org", false},
        {"https://example.org", "https://example.org.evil.example", false},
        {"https://example.org", "https://example.org.", false},
        {"http://example.org:443", "https://example.org", false},
        {"https://example.org", "null", false},
        {"https://null", "null", false},
        {"null", "https://null", false},
        {"null", "file://", false},
        {"file://", "null", false},
        {"http://[::1]", "http://[::2]", false},
    }));
    INFO(entry << " and " << origin);
    CHECK(OriginList{{entry}}.allows(origin) == allowed);
}

TEST_CASE("a wildcard is every subdomain, and neither the domain itself nor what only ends as it does") {
    const OriginList list{{"https://*.example.org"}};
    CHECK(list.allows("https://a.example.org"));
    CHECK(list.allows("https://A.B.example.org:443"));
    const auto other = GENERATE("https://example.org", "https://evilexample.org", "https://.example.org",
                                "https://a.example.org:8443", "http://a.example.org", "https://a.example.org.evil.test",
                                "https://*.example.org", "https://a.example.com", "null");
    INFO(other);
    CHECK_FALSE(list.allows(other));
    CHECK(OriginList{{"http://*.localhost:8080"}}.allows("http://app.localhost:8080"));
}

TEST_CASE("one origin of the list is enough") {
    const OriginList list{{"https://a.example", "null", "https://b.example"}};
    CHECK(list.allows("https://b.example"));
    CHECK(list.allows("null"));
    CHECK_FALSE(list.allows("https://c.example"));
}

TEST_CASE("what is no origin is not allowed") {
    const OriginList list{{"https://example.org", "file://"}};
    const auto text = GENERATE("", "example.org", "https://", "https:///", "https://example.org/",
                               "https://example.org, https://a.test", "https://u@example.org",
                               "https://example.org:", "https://example.org:0", "https://example.org:65979",
                               "https://example.org:443x", "https://exa mple.org", "NULL", "://example.org",
                               "https:example.org", "https://[::1", "https://[x]", "https://example..org", "file:///");
    INFO(text);
    CHECK_FALSE(list.allows(text));
}

TEST_CASE("an entry that is no origin says what would be right") {
    const auto [entry, why] = GENERATE(table<std::string, std::string>({
        {"", "is no origin: give SCHEME://HOST"},
        {"example.org", "is no origin: give SCHEME://HOST or SCHEME://HOST:PORT, like https://example.org"},
        {"https://", "is no origin"},
        {"https://example.org/", "has a path, and an origin has none: give 'https://example.org'"},
        {"https://example.org/chat?x", "give 'https://example.org'"},
        {"https://example.org:0", "is no origin"},
        {"https://example.org:99999", "is no origin"},
        {"https://u@example.org", "is no origin"},
        {"https://b\xC3\xBC"
         "cher.example",
         "has letters that are not ASCII"},
        {"*", "would be every page: that is so when no origin is given at all"},
        {"https://*", "has a '*' where none can be"},
        {"https://*example.org", "has a '*' where none can be"},
        {"https://a.*.example.org", "has a '*' where none can be"},
        {"https://*.*.example.org", "has a '*' where none can be"},
        {"https://*.[::1]", "an address has no subdomains"},
        {"https://*.", "is no origin"},
    }));
    INFO(entry);
    CHECK_THROWS_WITH((OriginList{{entry}}), Catch::StartsWith("'" + entry + "' ") && Catch::Contains(why));
    CHECK_THROWS_AS((OriginList{{entry}}), std::invalid_argument);
}
