#include "options/deflate_options.hpp"

#include <stdexcept>
#include <string>

#include "options/values.hpp"

namespace wsxmpp::app {

void declare_deflate_options(OptionSet& set, DeflateOptions& options) {
    set.group("Compression");
    set.add_flag("--deflate", options.enabled,
                 "Compress messages where the client offers permessage-deflate. Beware of CRIME and BREACH: where text "
                 "of an attacker's choice stands in one message with a secret, the message's length tells of the "
                 "secret, TLS or not");
    set.add("--deflate-level", "NUMBER", "From 1, the fastest, to 9, the smallest", std::to_string(options.level),
            [&options](const std::string& text) {
                if (text.size() != 1 || text[0] < '1' || text[0] > '9')
                    throw std::invalid_argument{"'" + text + "' is not a level from 1 to 9"};
                options.level = text[0] - '0';
            });
    set.add(
        "--deflate-context-takeover", "BITS",
        "Let messages refer to those before them, which saves most, by a window of 2^BITS bytes (9 to 15): for "
        "each session up to 9 * 2^BITS bytes of memory and 13 kB, idle or not; and CRIME then works across messages",
        "off", [&options](const std::string& text) {
            options.client_window_bits = options.server_window_bits =
                static_cast<int>(parse_count(text, 9, 15, "bits"));
            options.client_context_takeover = options.server_context_takeover = true;
        });
}

}   // namespace wsxmpp::app
