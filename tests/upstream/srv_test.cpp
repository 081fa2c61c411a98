#include "upstream/srv.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace wsxmpp::upstream;

namespace {

SrvRecord record(std::uint16_t priority, std::uint16_t weight, std::string target, bool tls = false) {
    return {priority, weight, 5222, std::move(target), tls};
}

std::string targets(const std::vector<SrvRecord>& records) {
    std::string joined;
    for (const SrvRecord& one : records) joined += (joined.empty() ? "" : " ") + one.target + (one.tls ? "(tls)" : "");
    return joined;
}

std::uint32_t lowest(std::uint32_t) { return 0; }
std::uint32_t highest(std::uint32_t most) { return most; }

}   // namespace

TEST_CASE("targets of a lower priority number come first") {
    const std::vector<SrvRecord> records{record(20, 0, "c"), record(5, 0, "a"), record(10, 900, "b")};
    CHECK(targets(in_order(records, lowest)) == "a b c");
    CHECK(targets(in_order(records, highest)) == "a b c");
}

TEST_CASE("within a priority the number drawn chooses by running sums of weights, those of weight 0 first") {
    const std::vector<SrvRecord> records{record(1, 10, "ten"), record(1, 0, "zero"), record(1, 30, "thirty")};
    const auto [drawn, order] = GENERATE(table<std::uint32_t, std::string>({
        {0, "zero ten thirty"},
        {1, "ten zero thirty"},
        {10, "ten zero thirty"},
        {11, "thirty zero ten"},
        {40, "thirty zero ten"},
    }));
    CAPTURE(drawn);
    bool first = true;
    const auto random = [&, drawn = drawn](std::uint32_t most) {
        if (first) CHECK(most == 40);
        return std::exchange(first, false) ? drawn : 0;
    };
    CHECK(targets(in_order(records, random)) == order);
}

TEST_CASE("targets are first about as often as their weights say") {
    const std::vector<SrvRecord> records{record(0, 1, "one"), record(0, 3, "three")};
    std::map<std::string, int> first;
    for (std::uint32_t drawn = 1; drawn <= 4; ++drawn)
        ++first[in_order(records, [&](std::uint32_t) { return drawn; })[0].target];
    CHECK(first["one"] == 1);
    CHECK(first["three"] == 3);
}

TEST_CASE("targets that all have weight 0 stay in the order given, and nothing is drawn") {
    const auto never = [](std::uint32_t) -> std::uint32_t {
        FAIL("drawn");
        return 0;
    };
    CHECK(targets(in_order({record(1, 0, "b"), record(1, 0, "a")}, never)) == "b a");
    CHECK(targets(in_order({record(1, 50, "alone")}, never)) == "alone");
    CHECK(in_order({}, never).empty());
}

TEST_CASE("the records of both services are one list") {
    const std::vector<SrvRecord> records{record(10, 0, "d", true), record(5, 0, "b", true), record(5, 0, "c"),
                                         record(1, 0, "a")};
    CHECK(targets(in_order(records, lowest)) == "a b(tls) c d(tls)");
}

TEST_CASE("a target of \".\" is no place to connect to") {
    CHECK(targets(in_order({record(0, 0, "", true), record(5, 0, "a")}, lowest)) == "a");
    CHECK(in_order({record(0, 0, "")}, lowest).empty());
}

TEST_CASE("the greatest weights and numbers drawn lose no target") {
    std::vector<SrvRecord> records;
    for (int i = 0; i < 300; ++i) records.push_back(record(0, 65'535, "t" + std::to_string(i)));
    CHECK(in_order(records, highest).size() == 300);
}
