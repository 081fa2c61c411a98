// Sockets that listen, made for the places of a listener (listen_place.hpp).
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "transports/polled_socket.hpp"
#include "wsxmpp/listen_place.hpp"

namespace wsxmpp::transports {

// The file of a Unix-domain socket that was bound here. All who listen on it share this one.
class SocketFile {
public:
    explicit SocketFile(std::string path);   // which was just bound
    // Unlinks it, once, unless another one lies there by now. On any thread.
    void remove() noexcept;
    ~SocketFile() { remove(); }
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;

private:
    std::string path_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    std::atomic<bool> there_{false};
};

class ListenSocket {
public:
    // Binds and listens, so that it is known at once when that cannot be. Throws std::system_error; its what() names
    // the place.
    ListenSocket(asio::io_context& io, const ListenPlace& place);
    // Listens where `first` does. TCP: beside it, by SO_REUSEPORT; otherwise on the same socket.
    ListenSocket(asio::io_context& io, ListenSocket& first);

    Acceptor& acceptor() { return acceptor_; }
    // Where it is: never a ListeningDescriptor, whose place is found out; with the port that was chosen.
    const ListenPlace& place() const { return place_; }
    bool is_unix() const { return std::holds_alternative<UnixSocketPath>(place_.at); }
    // Whether several threads accept from one queue: all of them are woken for a connection, and one gets it.
    bool shares_queue() const { return shares_queue_; }
    void stop();

private:
    Acceptor acceptor_;
    ListenPlace place_;
    std::shared_ptr<SocketFile> file_;
    bool shares_queue_ = false;
    bool inherited_ = false;
};

// "127.0.0.1:6222", "unix:/run/wsxmpp.sock", "descriptor 3"
std::string to_text(const ListenPlace& place);

}   // namespace wsxmpp::transports
