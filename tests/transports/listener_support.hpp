// A listener whose connections are kept, and a log that is kept.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support.hpp"

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
    bool has(std::string_view part) const {
        for (const std::string& line : lines)
            if (line.find(part) != std::string::npos) return true;
        return false;
    }
};

struct ListenerFixture {
    explicit ListenerFixture(wsxmpp::WebSocketListenerOptions options = local_options())
        : listener{io, std::move(options)} {
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
    wsxmpp::WebSocketListener listener;
    std::vector<std::shared_ptr<wsxmpp::Connection>> accepts;
};

}   // namespace test
