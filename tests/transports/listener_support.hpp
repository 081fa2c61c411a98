// A listener whose connections are kept, and its log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support.hpp"
#include "wsxmpp/admission.hpp"

namespace test {

struct Logged {
    std::vector<std::string> lines;

    wsxmpp::Log log() {
        using wsxmpp::LogLevel;
        return {LogLevel::debug, [this](LogLevel level, std::string_view message, wsxmpp::LogFields fields) {
                    std::string line = std::to_string(static_cast<int>(level)) + ' ' + std::string{message};
                    for (const auto& field : fields)
                        line += ' ' + std::string{field.key} + '=' + std::string{field.value};
                    lines.push_back(line);
                }};
    }
    std::vector<std::string> with(std::string_view part) const {
        std::vector<std::string> found;
        for (const std::string& line : lines)
            if (line.find(part) != std::string::npos) found.push_back(line);
        return found;
    }
    bool has(std::string_view part) const { return !with(part).empty(); }
};

// One connection a second of an address, of loopback's, too: a second one at once is over the limit.
inline wsxmpp::AdmissionLimits one_a_second() {
    wsxmpp::AdmissionLimits limits;
    limits.connection_rate = 1;
    limits.connection_burst = 0;
    limits.limit_loopback = true;
    return limits;
}

struct ListenerFixture {
    explicit ListenerFixture(wsxmpp::WebSocketListenerOptions options = local_options())
        : listener{io, logging(std::move(options))} {
        listener.start(
            [this](std::shared_ptr<wsxmpp::Connection> accepted) { accepts.push_back(std::move(accepted)); });
    }

    // What a client that sends this is told, up to the end of the head; it is accepted, or the answer ends.
    std::string answer_to(std::string_view bytes) {
        Peer client{io, listener.endpoints()[0]};
        client.send(bytes);
        const auto before = accepts.size();
        client.receive_until([&] {
            return client.eof || (accepts.size() > before && client.received.find("\r\n\r\n") != client.received.npos);
        });
        return client.received;
    }

    // Until what there is to do is done.
    void settle() {
        for (int turns = 0; turns < 20; ++turns) {
            io.restart();
            io.poll();
        }
    }

    const wsxmpp::ListenerCounters& counters() const { return *listener.counters(); }

    asio::io_context io{1};
    Logged logged;   // from debug on, unless the options have a log of their own
    wsxmpp::WebSocketListener listener;
    std::vector<std::shared_ptr<wsxmpp::Connection>> accepts;

private:
    wsxmpp::WebSocketListenerOptions logging(wsxmpp::WebSocketListenerOptions options) {
        if (!options.log.wants(wsxmpp::LogLevel::error)) options.log = logged.log();
        return options;
    }
};

}   // namespace test
