// A look at what passes, and a say in it.
#pragma once

#include <cstdint>
#include <string_view>

#include "wsxmpp/event.hpp"

namespace wsxmpp {

enum class Direction { client_to_server, server_to_client };

// What a filter may know of a session. Borrowed for the call.
struct SessionInfo {
    std::uint64_t id;          // unique in the process; the `session` of log lines
    std::string_view client;   // Connection::peer() of the client
    std::string_view domain;   // the `to` of the client's first stream header, unescaped; may be empty
};

enum class Verdict {
    pass,        // relay it as it is
    drop,        // swallow it; nobody is told
    disconnect   // end the session with a policy-violation stream error
};

// Called by a Bridge for each element in both directions (not for headers, not with Framing::raw, and not for the
// negotiation of TLS and compression, which a client is refused), on the thread of
// the bridge's io_context. One filter serves all sessions of the bridge; given to bridges on several threads, it is
// called on all of these. Must not throw.
class Filter {
public:
    virtual ~Filter() = default;
    virtual Verdict on_element(const SessionInfo& session, Direction direction, const Element& element) = 0;
};

}   // namespace wsxmpp
