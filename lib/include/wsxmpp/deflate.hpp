// permessage-deflate (RFC 7692): the messages of a WebSocket compressed, by zlib, where the client offers it.
//
// Compression tells secrets by length (CRIME, BREACH): when a message holds a secret and also text that an attacker
// chose, whoever sees the length on the wire can guess the secret bit by bit, TLS or not. With context takeover that
// holds for all messages of a connection and not only for one. Off unless switched on.
#pragma once

#include <cstddef>

namespace wsxmpp {

struct DeflateOptions {
    bool enabled = false;

    // Whether a message may refer to those before it (§7.1.1). Stanzas resemble one another, so that they shrink much
    // further; but then each connection keeps its own window, idle or not. Without it all connections of an io_context
    // share one.
    bool client_context_takeover =
        false;   // 2^client_window_bits + 7000 bytes a connection, from its first such message
    bool server_context_takeover = false;   // 2^(server_window_bits + 3) + 6000 bytes, likewise

    // log2 of the largest window, in bytes: 9 to 15; anything else counts as the nearest. A client that cannot be told
    // of it (§7.1.2.2) uses 15, and then gets no context takeover from less.
    int client_window_bits = 15;
    int server_window_bits = 15;

    int level = 6;               // 1: fast, to 9: small; of what is sent
    std::size_t min_size = 64;   // bytes: shorter messages are sent as they are, and so is what would not get smaller
};

}   // namespace wsxmpp
