#include "upstream/dns_channel.hpp"

#include <ares.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

namespace wsxmpp::upstream {
namespace {

// What passes every path unfragmented (DNS flag day 2020); longer answers come by TCP.
constexpr int edns_size = 1232;

void initialise_library() {
    static const int status = ares_library_init(ARES_LIB_INIT_ALL);
    static_cast<void>(status);   // of memory alone, and only Windows needs it
}

void on_answer(void* arg, int status, int /*timeouts*/, unsigned char* message, int size) {
    const std::unique_ptr<DnsChannel::Handler> handler{static_cast<DnsChannel::Handler*>(arg)};
    const bool answered = status == ARES_SUCCESS && message != nullptr && size > 0;
    (*handler)(status, answered
                           ? std::string_view{reinterpret_cast<const char*>(message), static_cast<std::size_t>(size)}
                           : std::string_view{});
}

}   // namespace

DnsChannel::DnsChannel(asio::io_context& io, const std::vector<asio::ip::udp::endpoint>& servers,
                       std::chrono::milliseconds timeout, int tries)
    : timer_{io}, sockets_{io, [this](int fd, bool write) { on_socket(fd, write); }} {
    initialise_library();
    ares_options options{};
    options.flags = ARES_FLAG_EDNS;
    options.ednspsz = edns_size;
    options.timeout = static_cast<int>(timeout.count());
    options.tries = tries;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
        static_cast<DnsChannel*>(self)->sockets_.watch(fd, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) {
        channel_ = nullptr;   // each question fails
        return;
    }
    if (!servers.empty()) set_servers(servers);
    local_ = only_loopback();
}

DnsChannel::~DnsChannel() {
    if (channel_ != nullptr) ares_destroy(channel_);
}

void DnsChannel::set_servers(const std::vector<asio::ip::udp::endpoint>& servers) {
    std::vector<ares_addr_port_node> nodes(servers.size());
    for (std::size_t i = 0; i < servers.size(); ++i) {
        ares_addr_port_node& node = nodes[i];
        node.next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
        node.udp_port = node.tcp_port = servers[i].port();
        const asio::ip::address& address = servers[i].address();
        if (address.is_v4()) {
            node.family = AF_INET;
            const auto bytes = address.to_v4().to_bytes();
            std::memcpy(&node.addr.addr4, bytes.data(), bytes.size());
        } else {
            node.family = AF_INET6;
            const auto bytes = address.to_v6().to_bytes();
            std::memcpy(&node.addr.addr6, bytes.data(), bytes.size());
        }
    }
    if (ares_set_servers_ports(channel_, nodes.data()) == ARES_SUCCESS) return;
    ares_destroy(channel_);
    channel_ = nullptr;   // rather than the system's servers, which were not meant
}

bool DnsChannel::only_loopback() const {
    ares_addr_port_node* first = nullptr;
    if (channel_ == nullptr || ares_get_servers_ports(channel_, &first) != ARES_SUCCESS) return false;
    bool local = first != nullptr;
    for (const auto* node = first; node != nullptr; node = node->next) {
        if (node->family == AF_INET) {
            local = local && (ntohl(node->addr.addr4.s_addr) >> 24) == 127;
        } else {
            asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &node->addr.addr6, bytes.size());
            local = local && asio::ip::address_v6{bytes}.is_loopback();
        }
    }
    if (first != nullptr) ares_free_data(first);
    return local;
}

// 0: no EDNS, which c-ares gives up once a server has answered FORMERR to it (RFC 6891 §7).
int DnsChannel::max_udp_size() const {
    ares_options options{};
    int mask = 0;
    const bool edns =
        ares_save_options(channel_, &options, &mask) != ARES_SUCCESS || (options.flags & ARES_FLAG_EDNS) != 0;
    ares_destroy_options(&options);
    return edns ? edns_size : 0;
}

void DnsChannel::ask(const std::string& name, int type, Handler handler) {
    if (channel_ == nullptr) return handler(ARES_ENOTINITIALIZED, {});
    // Of the kernel: who can guess an id and a port can answer in the server's place (RFC 5452).
    const auto id = static_cast<std::uint16_t>(std::random_device{}());
    unsigned char* question = nullptr;
    int size = 0;
    const int status = ares_create_query(name.c_str(), 1, type, id, 1, &question, &size, max_udp_size());
    if (status != ARES_SUCCESS) return handler(status, {});
    question[3] |= 0x20U;   // AD in a question: tell me in the answer whether it is authenticated (RFC 6840 §5.7)
    ares_send(channel_, question, size, on_answer, new Handler{std::move(handler)});
    ares_free_string(question);
    schedule();
}

void DnsChannel::cancel() {
    if (channel_ == nullptr) return;
    ares_cancel(channel_);
    schedule();
}

void DnsChannel::on_socket(int fd, bool write) {
    const auto self = shared_from_this();
    process(write ? ARES_SOCKET_BAD : fd, write ? fd : ARES_SOCKET_BAD);
}

void DnsChannel::process(int readable, int writable) {
    ares_process_fd(channel_, readable, writable);
    schedule();
}

// Waits for the next timeout of c-ares, or for nothing at all.
void DnsChannel::schedule() {
    timer_.cancel();
    timeval left{};
    if (ares_timeout(channel_, nullptr, &left) == nullptr) return;
    timer_.expires_after(std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec});
    timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
        const auto self = weak.lock();
        if (self && !ec) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

}   // namespace wsxmpp::upstream
