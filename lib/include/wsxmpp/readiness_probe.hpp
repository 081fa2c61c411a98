// Whether an XMPP server can be reached: what a load balancer asks for before it sends clients here (/readyz of
// web_pages.hpp).
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsxmpp/upstream.hpp"

namespace wsxmpp {

struct ReadinessOptions {
    // Whose servers are connected to; one that can be reached is enough, since the clients of its domain can be served.
    // "" is a client that names none. Empty: nothing is connected to, and the answer is yes.
    std::vector<std::string> domains;
    // An answer is given again for so long, so that a flood of questions makes no flood of connections.
    std::chrono::milliseconds keep{5'000};
    std::chrono::milliseconds timeout{3'000};   // for all domains together; then the answer is no
};

// Connects by an Upstream, which finds, secures and verifies the server as for a client, and drops the connection at
// once. Of several domains, one that could be reached the last time is tried first, and the others if that fails or
// takes long: mostly there is one connection in `keep`, and none while nobody asks.
//
// Runs on the io_context it was made with, which one thread runs; every call and every callback is made there.
class ReadinessProbe {
public:
    // Hears why it is not ready, in words without addresses; empty: it is ready.
    using Handler = std::function<void(const std::string& why_not)>;

    ReadinessProbe(asio::io_context& io, std::shared_ptr<Upstream> upstream, ReadinessOptions options);
    ~ReadinessProbe();   // those who still wait hear nothing

    // The handler is called once, from inside check() if the answer is known.
    void check(Handler handler);

    // From now on the answer is no, with this reason, for those who wait already, too: the end of the process is near,
    // and load balancers are to send clients elsewhere.
    void retire(std::string why_not);

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}   // namespace wsxmpp
