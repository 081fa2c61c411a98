// What a client's bytes go through: a socket, and TLS on it when asked for. No certificate is looked at: what is
// measured is at the other end.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "load/net.hpp"

struct ssl_st;

namespace bench {

class Wire {
public:
    Wire() = default;
    explicit Wire(Fd socket) : socket_{std::move(socket)} {}

    // From now on by TLS, whose handshake begins with the first byte that is sent.
    void start_tls(const char* server_name);

    // As recv() and send() of a non-blocking socket.
    ssize_t receive(char* buffer, std::size_t size);
    ssize_t send(std::string_view bytes);
    // The handshake waits for the server: that the socket can be written says nothing.
    bool send_waits_for_read() const { return send_waits_for_read_; }

    int fd() const { return socket_.get(); }
    explicit operator bool() const { return static_cast<bool>(socket_); }

private:
    struct Free {
        void operator()(ssl_st* ssl) const noexcept;
    };
    Fd socket_;
    std::unique_ptr<ssl_st, Free> ssl_;
    bool send_waits_for_read_ = false;
};

}   // namespace bench
