// What a session says in the log.
#include <map>

#include "bridge/harness.hpp"
#include "bridge/told_upstream.hpp"

using namespace wsxmpp;
using namespace wsxmpp::test;

namespace {

struct Line {
    LogLevel level;
    std::string message;
    std::map<std::string, std::string> fields;
};

struct Journal {
    std::vector<Line> lines;

    BridgeOptions options(LogLevel level) {
        BridgeOptions options;
        options.log = {level, [this](LogLevel l, std::string_view message, LogFields fields) {
                           Line line{l, std::string{message}, {}};
                           for (const LogField& f : fields) line.fields.emplace(f.key, f.value);
                           lines.push_back(std::move(line));
                       }};
        return options;
    }
};

}   // namespace

TEST_CASE("a session is one line at info level, as it ends") {
    Journal journal;
    Harness h{journal.options(LogLevel::info)};
    const auto client = h.connect_and_open();
    client->send("<message xmlns='jabber:client'/>");
    h.run();
    client->connection->abort();
    h.run();
    REQUIRE(journal.lines.size() == 1);
    auto& line = journal.lines[0];
    CHECK(line.level == LogLevel::info);
    CHECK(line.message == "session ended");
    CHECK(line.fields["domain"] == "example.org");
    CHECK(line.fields["framing"] == "rfc7395");
    CHECK(line.fields["upstream"] == "memory");
    CHECK(line.fields["peer"] == "memory");
    CHECK(line.fields["cause"] == "connection lost");
    CHECK(std::stoul(line.fields["bytes_from_client"]) == std::string{Harness::open}.size() + 32);
    CHECK(std::stoul(line.fields["bytes_from_server"]) == std::string{Harness::server_header}.size());
}

TEST_CASE("a session that the server failed is a warning with the reason") {
    Journal journal;
    Harness h{journal.options(LogLevel::info)};
    h.upstream->fail_with(make_error_code(std::errc::connection_refused), "localhost:5222: Connection refused");
    h.connect()->send(Harness::open);
    h.run();
    REQUIRE(journal.lines.size() == 1);
    CHECK(journal.lines[0].level == LogLevel::warning);
    CHECK(journal.lines[0].fields["reason"] == "localhost:5222: Connection refused");
}

TEST_CASE("of several servers the log names the session's: the one that was connected, or that could not be") {
    Journal journal;
    Harness h;
    const auto upstream = std::make_shared<ToldUpstream>(h.upstream);
    h.lead_to(upstream, journal.options(LogLevel::info));
    h.connect_and_log_in()->connection->abort();
    h.run();
    h.upstream->fail_with(errc::connection_refused, "refused");
    upstream->target = "one.test:5222";
    h.connect()->send(Harness::open);
    h.run();
    upstream->target.clear();   // it is not known
    h.connect()->send(Harness::open);
    h.run();
    REQUIRE(journal.lines.size() == 3);
    CHECK(journal.lines[0].fields["upstream"] == "two.test:5222");
    CHECK(journal.lines[1].fields["upstream"] == "one.test:5222");
    CHECK(journal.lines[2].fields["upstream"] == "one.test:5222, two.test:5222");
}

TEST_CASE("trace shows what passes, without credentials") {
    Journal journal;
    Harness h{journal.options(LogLevel::trace)};
    const auto client = h.connect_and_open();
    client->send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>");
    h.server->send("<message><body>hi</body></message>");
    h.run();
    std::string all;
    for (const Line& line : journal.lines)
        for (const auto& [key, value] : line.fields) all += value + "\n";
    CHECK(all.find("AGFsaWNl") == std::string::npos);
    CHECK(all.find("mechanism='PLAIN'>[redacted]</auth>") != std::string::npos);
    CHECK(all.find("<body>hi</body>") != std::string::npos);
}
