// A c-ares channel on an io_context: asks DNS servers, and waits for nothing while no question is open.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "upstream/foreign_sockets.hpp"

struct ares_channeldata;

namespace wsxmpp::upstream {

class DnsChannel : public std::enable_shared_from_this<DnsChannel> {
public:
    // Reads the system's settings; `servers` take the place of its servers. `timeout`: of the first try of a server,
    // doubled for the next.
    DnsChannel(asio::io_context& io, const std::vector<asio::ip::udp::endpoint>& servers,
               std::chrono::milliseconds timeout, int tries);
    ~DnsChannel();   // calls the handlers of open questions
    DnsChannel(const DnsChannel&) = delete;
    DnsChannel& operator=(const DnsChannel&) = delete;

    // `status`: c-ares'; ARES_SUCCESS: `message` is the answer, whatever it says. Called once, from inside ask() too;
    // must not call this channel.
    using Handler = std::function<void(int status, std::string_view message)>;
    void ask(const std::string& name, int type, Handler handler);

    void cancel();                             // calls the handlers of open questions
    bool is_local() const { return local_; }   // all its servers are on this machine

private:
    void set_servers(const std::vector<asio::ip::udp::endpoint>& servers);
    bool only_loopback() const;
    int max_udp_size() const;
    void on_socket(int fd, bool write);
    void process(int readable, int writable);
    void schedule();

    asio::steady_timer timer_;
    ForeignSockets sockets_;
    ares_channeldata* channel_ = nullptr;
    bool local_ = false;
};

}   // namespace wsxmpp::upstream
