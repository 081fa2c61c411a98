// Where log lines go. The library formats nothing: it hands a message and its fields to a sink.
#pragma once

#include <functional>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace wsxmpp {

enum class LogLevel { trace, debug, info, warning, error, off };

// One "key: value" of a log line; both borrowed for the call of the sink.
struct LogField {
    std::string_view key;
    std::string_view value;
};
using LogFields = std::initializer_list<LogField>;

// A level and a sink; a copy shares the sink. The default one swallows everything.
class Log {
public:
    // Called on the thread of whoever logs. Must not throw.
    using Sink = std::function<void(LogLevel, std::string_view message, LogFields)>;

    Log() = default;
    Log(LogLevel level, Sink sink) : level_{level}, sink_{std::move(sink)} {}

    // Whether lines of this level are wanted; ask before formatting anything that costs.
    bool wants(LogLevel level) const { return level >= level_ && sink_; }

    void operator()(LogLevel level, std::string_view message, LogFields fields = {}) const {
        if (wants(level)) sink_(level, message, fields);
    }

private:
    LogLevel level_ = LogLevel::off;
    Sink sink_;
};

}   // namespace wsxmpp
