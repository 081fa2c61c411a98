#include "transports/listen_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <asio/ip/v6_only.hpp>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include "transports/descriptor.hpp"

namespace wsxmpp::transports {

namespace {

using asio::ip::tcp;

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error{error, std::system_category(), what};
}

// Lets sockets that have the option too, of the same user, listen at the same endpoint.
void share_port(Acceptor& acceptor) {
    const int on = 1;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        fail(errno, "SO_REUSEPORT");
}

enum class Claim { exclusive, shared };

Acceptor listen_at(asio::io_context& io, const tcp::endpoint& endpoint, Claim claim) {
    Acceptor acceptor{io.get_executor()};
    acceptor.open(endpoint.protocol());
    // A restart must not wait for the old connections' TIME_WAIT to pass.
    acceptor.set_option(Acceptor::reuse_address{true});
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only{!endpoint.address().is_unspecified()});
    if (claim == Claim::shared) share_port(acceptor);
    acceptor.bind(endpoint);
    FreshSocket::prepare(acceptor);
    acceptor.listen(Acceptor::max_listen_connections);
    return acceptor;
}

// Takes ownership of `fd`, which listens.
Acceptor adopt(asio::io_context& io, int fd) {
    Descriptor owned{fd};
    Acceptor acceptor{io.get_executor()};
    acceptor.assign(tcp::v4(), fd);
    owned.release();
    FreshSocket::prepare(acceptor);
    return acceptor;
}

// --- Unix-domain sockets

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos)
        fail(ENAMETOOLONG, "a path of 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes is needed");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

int unix_socket() {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) fail(errno, "socket");
    return fd;
}

// Unlinks a socket that nobody listens on any more. That one is in use is told by bind().
void remove_stale(const sockaddr_un& address) {
    struct stat file {};
    if (::lstat(address.sun_path, &file) != 0) return;
    if (!S_ISSOCK(file.st_mode)) fail(EADDRINUSE, "there is a file that is no socket");
    const Descriptor probe{unix_socket()};
    if (::connect(probe.get(), generic(address), sizeof address) != 0 && errno == ECONNREFUSED)
        ::unlink(address.sun_path);
}

int bind_unix(const UnixSocketPath& place) {
    const sockaddr_un address = address_of(place.path);
    Descriptor socket{unix_socket()};
    // Linux gives the file the mode of the socket, less the umask: at no time has it more than it should.
    const unsigned mode = place.mode & 0777U;
    ::fchmod(socket.get(), mode);
    remove_stale(address);
    if (::bind(socket.get(), generic(address), sizeof address) != 0) fail(errno, "bind");
    if (::chmod(place.path.c_str(), mode) != 0) fail(errno, "chmod");
    if (::listen(socket.get(), SOMAXCONN) != 0) fail(errno, "listen");
    return socket.release();
}

// --- Inherited sockets

int int_option(int fd, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0) fail(errno, "it is no socket");
    return value;
}

int duplicate(int fd) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) fail(errno, "it cannot be duplicated");
    return copy;
}

int take_inherited(int fd) {
    if (int_option(fd, SO_TYPE) != SOCK_STREAM) fail(EPROTOTYPE, "it is no stream socket");
    if (int_option(fd, SO_ACCEPTCONN) == 0) fail(EINVAL, "it does not listen");
    return duplicate(fd);
}

// Where an inherited socket listens.
ListenPlace find_place(int fd, std::shared_ptr<TlsServer> tls) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail(errno, "getsockname");
    if (address.ss_family == AF_INET || address.ss_family == AF_INET6) {
        tcp::endpoint endpoint;
        endpoint.resize(size);
        std::memcpy(endpoint.data(), &address, size);
        return {endpoint, std::move(tls)};
    }
    if (address.ss_family != AF_UNIX) fail(EAFNOSUPPORT, "it is neither of TCP nor a Unix-domain socket");
    sockaddr_un path{};
    std::memcpy(&path, &address, sizeof path);
    const std::size_t length = size - offsetof(sockaddr_un, sun_path);
    std::string text{path.sun_path, std::min(length, sizeof path.sun_path)};
    if (!text.empty() && text.front() == '\0') text.front() = '@';   // an abstract one (unix(7)), as ss(8) shows it
    text.resize(std::min(text.find('\0'), text.size()));
    return {UnixSocketPath{text}, std::move(tls)};
}

std::system_error about(const ListenPlace& place, const std::system_error& error) {
    const std::string what = error.what();
    const std::string message = ": " + error.code().message();
    const bool says_more = !std::holds_alternative<tcp::endpoint>(place.at) && what.size() > message.size();
    const std::string detail = says_more ? ": " + what.substr(0, what.size() - message.size()) : std::string{};
    return {error.code(), "cannot listen on " + to_text(place) + detail};
}

Acceptor make_acceptor(asio::io_context& io, const ListenPlace& place) try {
    if (const auto* endpoint = std::get_if<tcp::endpoint>(&place.at)) return listen_at(io, *endpoint, Claim::exclusive);
    if (const auto* path = std::get_if<UnixSocketPath>(&place.at)) return adopt(io, bind_unix(*path));
    return adopt(io, take_inherited(std::get<ListeningDescriptor>(place.at).descriptor));
} catch (const std::system_error& error) {
    throw about(place, error);
}

Acceptor share_acceptor(asio::io_context& io, ListenSocket& first, bool duplicated) try {
    if (duplicated) return adopt(io, duplicate(first.acceptor().native_handle()));
    // Only a socket that listens already is shared. With the option from the start, two processes that are started at
    // once would both bind; with it between bind() and listen(), both would listen.
    share_port(first.acceptor());
    return listen_at(io, std::get<tcp::endpoint>(first.place().at), Claim::shared);
} catch (const std::system_error& error) {
    throw about(first.place(), error);
}

}   // namespace

// --- SocketFile

SocketFile::SocketFile(std::string path) : path_{std::move(path)} {
    struct stat file {};
    if (::lstat(path_.c_str(), &file) != 0) return;
    device_ = file.st_dev;
    inode_ = file.st_ino;
    there_ = true;
}

void SocketFile::remove() noexcept {
    struct stat file {};
    if (!there_.exchange(false) || ::lstat(path_.c_str(), &file) != 0) return;
    if (file.st_dev == device_ && file.st_ino == inode_) ::unlink(path_.c_str());
}

// --- ListenSocket

ListenSocket::ListenSocket(asio::io_context& io, const ListenPlace& place)
    : acceptor_{make_acceptor(io, place)}, place_{place} {
    if (std::holds_alternative<tcp::endpoint>(place.at)) {
        place_.at = acceptor_.local_endpoint();
    } else if (const auto* path = std::get_if<UnixSocketPath>(&place.at)) {
        file_ = std::make_shared<SocketFile>(path->path);
    } else {
        inherited_ = true;
        place_ = find_place(acceptor_.native_handle(), place.tls);
    }
}

ListenSocket::ListenSocket(asio::io_context& io, ListenSocket& first)
    : acceptor_{share_acceptor(io, first, first.inherited_ || first.is_unix())},
      place_{first.place_},
      file_{first.file_},
      shares_queue_{first.inherited_ || first.is_unix()},
      inherited_{first.inherited_} {
    first.shares_queue_ = shares_queue_;
}

void ListenSocket::stop() {
    std::error_code ignored;
    acceptor_.close(ignored);
    if (file_) file_->remove();
}

std::string to_text(const ListenPlace& place) {
    if (const auto* endpoint = std::get_if<tcp::endpoint>(&place.at)) return to_text(*endpoint);
    if (const auto* path = std::get_if<UnixSocketPath>(&place.at)) return "unix:" + path->path;
    return "descriptor " + std::to_string(std::get<ListeningDescriptor>(place.at).descriptor);
}

}   // namespace wsxmpp::transports

namespace wsxmpp {

int listen_at(const UnixSocketPath& place) { return transports::bind_unix(place); }

}   // namespace wsxmpp
