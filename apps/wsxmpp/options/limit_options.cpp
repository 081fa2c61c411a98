#include "options/limit_options.hpp"

#include <cstddef>

namespace wsxmpp::app {
namespace {

// A server must take stanzas of 10000 bytes (RFC 6120 §13.12); what stands before it must let them pass.
constexpr std::size_t least_max_element = 10'000;
// What comes before login are no stanzas, but a stream header and SASL.
constexpr std::size_t least_before_login = 1'024;
constexpr std::size_t most_bytes = 1'073'741'824;
constexpr std::size_t most_count = 65'536;
constexpr std::size_t most_messages = 1'000'000;

}   // namespace

void declare_limit_options(OptionSet& set, Options& options) {
    set.group("Limits");
    auto& client = options.bridge.client_limits;
    auto& server = options.bridge.server_limits;
    auto& rate = options.bridge.client_rate;
    set.add_count("--max-element", "BYTES", "Largest stanza a client may send", {&client.max_element},
                  least_max_element, most_bytes, "bytes");
    set.add_count("--max-element-before-login", "BYTES", "Largest message a client may send before it has logged in",
                  {&options.bridge.max_element_before_login}, least_before_login, most_bytes, "bytes");
    set.add_count("--max-server-element", "BYTES", "Largest stanza the server may send", {&server.max_element},
                  least_max_element, most_bytes, "bytes");
    set.add_count("--max-depth", "COUNT", "Elements open at once inside one stanza, either way",
                  {&client.max_depth, &server.max_depth}, 4, most_count, "elements");
    set.add_count("--max-attributes", "COUNT", "Attributes of one tag, either way",
                  {&client.max_attributes, &server.max_attributes}, 4, most_count, "attributes");
    set.add_count("--max-fragments", "COUNT", "WebSocket frames of one message", {&options.websocket.max_fragments}, 1,
                  most_count, "frames");
    set.add_count("--rate-messages", "COUNT",
                  "Messages a second that are read from a client in the long run; 0: any number", {&rate.messages}, 0,
                  most_messages, "messages a second");
    set.add_count("--rate-bytes", "BYTES", "Bytes a second likewise; 0: any number", {&rate.bytes}, 0, most_bytes,
                  "bytes a second");
    set.add_time("--rate-burst", "So much of that, in seconds of it, may come at once", {&rate.burst});
}

}   // namespace wsxmpp::app
