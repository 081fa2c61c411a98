#include "log_format.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

namespace wsxmpp::app {
namespace {

std::string timestamp(LogTime time) {
    const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto clock = static_cast<std::time_t>(seconds.count());
    std::tm utc{};
    gmtime_r(&clock, &utc);
    std::array<char, 32> date{};
    std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    const auto milliseconds = std::to_string((since_epoch - seconds).count());
    return date.data() + ("." + std::string(3 - milliseconds.size(), '0')) + milliseconds + "Z";
}

// The length of the UTF-8 character that `text` begins with, and its code point; 0: there is none (RFC 3629 §4).
struct Character {
    std::size_t length = 0;
    char32_t code = 0;
};

Character first_character(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {1, lead};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
    char32_t code = lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0u) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3Fu);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {length, code};
}

// Controls, C1 ones included, line and paragraph separators, and what reorders text on a screen.
bool steers_a_terminal(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

void append_escaped(std::string& line, std::string_view text, bool quoted) {
    constexpr std::string_view hex = "0123456789abcdef";
    while (!text.empty()) {
        const auto [length, code] = first_character(text);
        const auto piece = text.substr(0, length == 0 ? 1 : length);
        if (length != 0 && !steers_a_terminal(code)) {
            if (code == '\\' || (quoted && code == '"')) line += '\\';
            line += piece;
        } else if (code == '\n' || code == '\r' || code == '\t') {
            line += code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t";
        } else {
            for (const char c : piece) {
                const auto byte = static_cast<unsigned char>(c);
                line += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
            }
        }
        text.remove_prefix(piece.size());
    }
}

bool is_plain(std::string_view value) {
    for (const char c : value) {
        if (c <= ' ' || c >= '\x7f' || c == '"' || c == '=' || c == '\\') return false;   // c < 0: not ASCII
    }
    return !value.empty();
}

void append_field(std::string& line, const LogField& field) {
    line += ' ';
    append_escaped(line, field.key, false);
    line += '=';
    if (is_plain(field.value)) {
        line += field.value;
    } else {
        line += '"';
        append_escaped(line, field.value, true);
        line += '"';
    }
}

thread_local std::string this_thread;   // its name in the log

}   // namespace

std::string_view to_string(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::trace: return "trace";
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::warning: return "warning";
        case LogLevel::error: return "error";
        case LogLevel::off: return "off";
    }
    return "off";
}

std::string format_text(LogTime time, LogLevel level, std::string_view message, LogFields fields,
                        std::string_view thread) {
    std::string line = timestamp(time);
    line += ' ';
    line += to_string(level);
    line += ' ';
    append_escaped(line, message, false);
    for (const auto& field : fields) append_field(line, field);
    if (!thread.empty()) append_field(line, {"thread", thread});
    line += '\n';
    return line;
}

std::string format_json(LogTime time, LogLevel level, std::string_view message, LogFields fields,
                        std::string_view thread) {
    nlohmann::ordered_json object;
    object["time"] = timestamp(time);
    object["level"] = to_string(level);
    object["message"] = message;
    for (const auto& [key, value] : fields) object[std::string{key}] = value;
    if (!thread.empty()) object["thread"] = thread;
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string printable(std::string_view text) {
    std::string line;
    append_escaped(line, text, false);
    return line;
}

Log make_log(LogLevel level, LogFormat format, std::FILE* file) {
    const auto formatter = format == LogFormat::json ? format_json : format_text;
    return {level, [formatter, file](LogLevel line_level, std::string_view message, LogFields fields) {
                try {
                    const auto line =
                        formatter(std::chrono::system_clock::now(), line_level, message, fields, this_thread);
                    std::fwrite(line.data(), 1, line.size(), file);
                    std::fflush(file);
                } catch (...) {   // out of memory: a sink must not throw, and a lost line is the lesser harm
                }
            }};
}

void name_log_thread(std::string name) { this_thread = std::move(name); }

}   // namespace wsxmpp::app
