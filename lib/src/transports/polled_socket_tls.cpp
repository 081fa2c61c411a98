// What both implementations of PolledSocket have in common: the way through TLS.
#include <algorithm>
#include <array>
#include <utility>

#include "transports/polled_socket.hpp"
#include "transports/tls_layer.hpp"

namespace wsxmpp::transports {

void PolledSocket::start_tls(std::unique_ptr<TlsLayer> layer) { tls_ = std::move(layer); }

void PolledSocket::end_tls() {
    tls_.reset();
    wait_for(directions());
}

// TLS may have to write before it can read on, or read before it can write (RFC 8446 §4.6.3): then the socket is
// waited for the other way round.
std::uint8_t PolledSocket::directions() const {
    if (!tls_) return watched_;
    std::uint8_t directions = 0;
    if (watches_reading()) directions |= tls_->read_wants_write() ? writing : reading;
    if (watches_writing()) directions |= tls_->write_wants_read() ? reading : writing;
    return directions;
}

void PolledSocket::tell_tls(bool readable, bool writable) {
    const bool reads = tls_->read_wants_write() ? writable : readable;
    const bool writes = tls_->write_wants_read() ? readable : writable;
    if (reads && watches_reading()) on_readable();
    if (writes && watches_writing()) on_writable();
}

Transfer PolledSocket::tls_read(asio::mutable_buffer into) {
    const std::uint8_t before = directions();
    const Transfer read = tls_->read(*this, into);
    if (directions() != before) wait_for(directions());
    return read;
}

Transfer PolledSocket::tls_write(asio::const_buffer from) {
    const std::uint8_t before = directions();
    const Transfer sent = tls_->write(*this, from);
    if (directions() != before) wait_for(directions());
    return sent;
}

// Small parts share a record: each has 22 bytes of its own, and takes a system call.
Transfer PolledSocket::tls_write(const std::vector<asio::const_buffer>& from) {
    std::array<char, TlsLayer::max_record> record;   // NOLINT(*-member-init): filled as far as it is used
    std::size_t used = 0;
    Transfer sent;
    const auto send = [&](asio::const_buffer bytes) {
        const Transfer more = tls_write(bytes);
        sent.size += more.size;
        if (sent.size == 0) sent.error = more.error;
        return more.size == bytes.size();
    };
    for (asio::const_buffer part : from) {
        while (part.size() > 0) {
            if (used == 0 && part.size() >= TlsLayer::max_record) {
                if (!send(part)) return sent;
                break;
            }
            const std::size_t taken = std::min(part.size(), TlsLayer::max_record - used);
            std::copy_n(static_cast<const char*>(part.data()), taken, record.data() + used);
            part += taken;
            used += taken;
            if (used < TlsLayer::max_record) continue;
            if (!send(asio::buffer(record))) return sent;
            used = 0;
        }
    }
    if (used > 0) send(asio::buffer(record.data(), used));
    return sent;
}

}   // namespace wsxmpp::transports
