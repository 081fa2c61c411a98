#include "log_format.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

using wsxmpp::LogLevel;
using wsxmpp::app::format_json;
using wsxmpp::app::format_text;
using wsxmpp::app::LogFormat;
using wsxmpp::app::LogTime;
using wsxmpp::app::make_log;
using wsxmpp::app::name_log_thread;

namespace {

const LogTime time_ = LogTime{std::chrono::milliseconds{1'795'337'903'045}};

std::string text_value(std::string_view value) {
    const auto line = format_text(time_, LogLevel::info, "m", {{"k", value}});
    const std::string start = "2026-11-22T08:58:23.045Z info m k=";
    REQUIRE(line.substr(0, start.size()) == start);
    REQUIRE(line.back() == '\n');
    return line.substr(start.size(), line.size() - start.size() - 1);
}

}   // namespace

TEST_CASE("a text line is time, level, message, fields") {
    CHECK(format_text(time_, LogLevel::info, "session ended",
                      {{"session", "1"}, {"peer", "127.0.0.1:1234"}, {"reason", "peer closed"}}) ==
          "2026-11-22T08:58:23.045Z info session ended session=1 peer=127.0.0.1:1234 reason=\"peer closed\"\n");
}

TEST_CASE("a time before 1970 is a time") {
    CHECK(format_text(LogTime{std::chrono::milliseconds{-1}}, LogLevel::error, "m", {}) ==
          "1969-12-31T23:59:59.999Z error m\n");
}

TEST_CASE("a value is quoted where it would be taken for something else") {
    CHECK(text_value("plain") == "plain");
    CHECK(text_value("") == "\"\"");
    CHECK(text_value("two words") == "\"two words\"");
    CHECK(text_value("a=b") == "\"a=b\"");
    CHECK(text_value("say \"hi\"") == R"("say \"hi\"")");
    CHECK(text_value("back\\slash") == R"("back\\slash")");
    CHECK(text_value("Grüße 👋") == "\"Grüße 👋\"");
}

TEST_CASE("a peer cannot forge a line, nor steer a terminal") {
    CHECK(text_value("a\n2026 info forged") == R"("a\n2026 info forged")");
    CHECK(text_value("\r\t") == R"("\r\t")");
    CHECK(text_value("\x1b[2J") == R"("\x1b[2J")");
    CHECK(text_value(std::string(1, '\0')) == R"("\x00")");
    CHECK(text_value("\x7f") == R"("\x7f")");
    CHECK(text_value("\xC2\x9B") == R"("\xc2\x9b")");           // C1: CSI in one character
    CHECK(text_value("\xE2\x80\xA8") == R"("\xe2\x80\xa8")");   // line separator
    CHECK(text_value("\xE2\x80\xAE") == R"("\xe2\x80\xae")");   // right-to-left override
    CHECK(format_text(time_, LogLevel::info, "a\nb", {}) == "2026-11-22T08:58:23.045Z info a\\nb\n");
}

TEST_CASE("bytes that are no UTF-8 are shown as bytes") {
    CHECK(text_value("\xFF") == R"("\xff")");
    CHECK(text_value("a\xC3") == R"("a\xc3")");                         // cut short
    CHECK(text_value("\xC0\xAF") == R"("\xc0\xaf")");                   // overlong
    CHECK(text_value("\xE0\x80\xAF") == R"("\xe0\x80\xaf")");           // overlong
    CHECK(text_value("\xED\xA0\x80") == R"("\xed\xa0\x80")");           // surrogate
    CHECK(text_value("\xF4\x90\x80\x80") == R"("\xf4\x90\x80\x80")");   // past U+10FFFF
}

TEST_CASE("a JSON line is one object, in order") {
    const auto line = format_json(time_, LogLevel::warning, "m", {{"peer", "a\nb\""}});
    CHECK(line ==
          "{\"time\":\"2026-11-22T08:58:23.045Z\",\"level\":\"warning\",\"message\":\"m\",\"peer\":\"a\\nb\\\"\"}\n");
}

TEST_CASE("a JSON line is valid whatever the bytes") {
    const auto object = nlohmann::json::parse(format_json(time_, LogLevel::info, "m", {{"k", "\xFF\xC3"}}));
    CHECK(object["k"] == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("the thread is the last field of a line, once it has a name") {
    CHECK(format_text(time_, LogLevel::info, "m", {{"k", "v"}}, "1") ==
          "2026-11-22T08:58:23.045Z info m k=v thread=1\n");
    CHECK(format_json(time_, LogLevel::info, "m", {}, "1") ==
          "{\"time\":\"2026-11-22T08:58:23.045Z\",\"level\":\"info\",\"message\":\"m\",\"thread\":\"1\"}\n");
}

TEST_CASE("lines of several threads stay whole, each with the name of its own") {
    constexpr int each = 500;
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    const auto log = make_log(LogLevel::info, LogFormat::text, file);
    std::vector<std::thread> threads;
    for (const auto* name : {"1", "2", "3"}) {
        threads.emplace_back([&log, name] {
            name_log_thread(name);
            for (int i = 0; i < each; ++i) log(LogLevel::info, "m", {{"by", name}});
        });
    }
    for (auto& thread : threads) thread.join();
    std::rewind(file);
    int lines = 0;
    std::array<char, 200> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), file) != nullptr) {
        const std::string line = std::string{buffer.data()}.substr(24);   // without the time
        CHECK((line == " info m by=1 thread=1\n" || line == " info m by=2 thread=2\n" ||
               line == " info m by=3 thread=3\n"));
        ++lines;
    }
    std::fclose(file);
    CHECK(lines == 3 * each);
}

TEST_CASE("a log writes what its level lets through") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    const auto log = make_log(LogLevel::warning, LogFormat::text, file);
    log(LogLevel::info, "not wanted");
    log(LogLevel::error, "wanted", {{"k", "v"}});
    CHECK_FALSE(log.wants(LogLevel::info));
    std::rewind(file);
    std::string written(200, '\0');
    written.resize(std::fread(written.data(), 1, written.size(), file));
    std::fclose(file);
    CHECK(written.find("not wanted") == std::string::npos);
    CHECK(written.find(" error wanted k=v\n") != std::string::npos);
}
