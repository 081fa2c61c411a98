// Where the program's log lines go, and what they look like.
//
//     2026-11-22T08:58:23.123Z info session ended session=1 peer=127.0.0.1:1234 reason="peer closed"
//     {"time":"2026-11-22T08:58:23.123Z","level":"info","message":"session ended","session":"1", …}
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "wsxmpp/log.hpp"

namespace wsxmpp::app {

enum class LogFormat { text, json };

using LogTime = std::chrono::system_clock::time_point;

std::string_view to_string(LogLevel level) noexcept;

// One line each, with its line feed. Whatever a peer put into a value, it stays one line and one value: characters
// that could break out of it, or steer a terminal, are escaped. Bytes that are no UTF-8 become \xNN in text, U+FFFD
// in JSON. `thread`, when it is not empty, is the last field.
std::string format_text(LogTime time, LogLevel level, std::string_view message, LogFields fields,
                        std::string_view thread = {});
std::string format_json(LogTime time, LogLevel level, std::string_view message, LogFields fields,
                        std::string_view thread = {});

// A text of a peer's as one line that steers no terminal, escaped as in format_text().
std::string printable(std::string_view text);

// Writes lines of `level` and above to `file`, which must outlive the log. Threads may share it: one write for each
// line, and each line says which thread wrote it, once that has been named.
Log make_log(LogLevel level, LogFormat format, std::FILE* file);

// Names the thread that calls it in the lines it will write; empty, as before: it is not mentioned.
void name_log_thread(std::string name);

}   // namespace wsxmpp::app
