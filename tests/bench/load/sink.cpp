// A stand-in for an XMPP server, faster than any: answers stream headers, lets everybody log in, then sends back what
// it gets, or floods when asked (see flood_request()). Prints the port it listens on; ends on SIGTERM.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "load/net.hpp"
#include "load/traffic.hpp"

namespace {

using namespace bench;

constexpr std::string_view header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='localhost' id='sink' xml:lang='en' version='1.0'>";
constexpr std::string_view sasl_features =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
    "</stream:features>";
constexpr std::string_view bind_features =
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
constexpr std::string_view success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

constexpr std::size_t most_negotiation = 65'536;

const std::string& flood_block() {
    static const std::string block = [] {
        std::string text;
        for (std::uint32_t i = 0; i < flood_period; ++i) text += flood_stanza(i);
        return text;
    }();
    return block;
}

std::string_view attribute(std::string_view text, std::string_view name) {
    const auto at = text.find(" " + std::string{name} + "='");
    if (at == std::string_view::npos) return {};
    const auto begin = at + name.size() + 3;
    return text.substr(begin, text.find('\'', begin) - begin);
}

class Session {
public:
    Session(Fd socket, Poller& poller, std::size_t number)
        : socket_{std::move(socket)}, poller_{&poller}, number_{number} {
        no_delay(socket_.get());
        poller_->add(socket_.get(), watched_, this);
    }

    // False: the connection is over.
    bool on_events(std::uint32_t events) try {
        if ((events & EPOLLOUT) != 0 && outbox_.flush([this](std::string_view bytes) { return raw_send(bytes); }))
            flood();
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !read()) return false;
        if (ends_ && outbox_.empty()) ::shutdown(socket_.get(), SHUT_WR);
        // A client that does not read is not read from: what waits here is bounded.
        const std::uint32_t wanted = outbox_.empty() ? EPOLLIN : EPOLLOUT;
        if (wanted != watched_) poller_->modify(socket_.get(), watched_ = wanted, this);
        return true;
    } catch (const Failure&) {
        return false;   // a client that is gone
    }

private:
    bool read() {
        static char buffer[262'144];
        const auto size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
        if (size < 0) return errno == EAGAIN;
        if (size == 0) return false;
        const std::string_view bytes{buffer, static_cast<std::size_t>(size)};
        if (echoes_) {
            echo(bytes);
        } else {
            text_.append(bytes);
            while (answer_one()) continue;
            if (text_.size() > most_negotiation) return false;
        }
        return true;
    }

    ssize_t raw_send(std::string_view bytes) { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    void send(std::string_view text) {
        outbox_.send(text, [this](std::string_view bytes) { return raw_send(bytes); });
    }

    // True: there may be another.
    bool answer_one() {
        text_.erase(0, text_.find_first_not_of(" \n"));
        if (starts_with("<?xml")) return take("?>") && !text_.empty();
        if (starts_with("<stream:stream")) {
            if (!take(">")) return false;
            send(std::string{header}.append(authenticated_ ? bind_features : sasl_features));
            return true;
        }
        if (starts_with("<auth")) {
            if (!take("</auth>")) return false;
            authenticated_ = true;
            send(success);
            return true;
        }
        if (starts_with("<iq")) {
            if (!take("</iq>")) return false;
            answer_iq(taken_);
            return true;
        }
        if (starts_with("<message") || starts_with(stream_end)) {
            echoes_ = true;
            echo(std::exchange(text_, {}));
        }
        return false;
    }

    void answer_iq(std::string_view iq) {
        if (iq.find("<flood") != std::string_view::npos) {
            flood_left_ = flood_stanza_size * std::strtoull(std::string{attribute(iq, "count")}.c_str(), nullptr, 10);
            flood_at_ = 0;
            return flood();
        }
        send("<iq type='result' id='" + std::string{attribute(iq, "id")} +
             "'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>bench@localhost/" + std::to_string(number_) +
             "</jid></bind></iq>");
    }

    void flood() {
        while (flood_left_ > 0 && outbox_.empty()) {
            const auto size = std::min({flood_left_, flood_block().size() - flood_at_, std::size_t{65'536}});
            const auto taken = ::send(socket_.get(), flood_block().data() + flood_at_, size, MSG_NOSIGNAL);
            if (taken < 0 && errno != EAGAIN) throw_errno("send");
            const auto sent = taken < 0 ? 0 : static_cast<std::size_t>(taken);
            flood_left_ -= sent;
            flood_at_ = (flood_at_ + sent) % flood_block().size();
            if (sent < size) {
                // One byte waits, so that the socket is watched until it is writable.
                if (flood_left_ == 0) return;
                outbox_.append(std::string_view{flood_block()}.substr(flood_at_, 1));
                flood_at_ = (flood_at_ + 1) % flood_block().size();
                --flood_left_;
            }
        }
    }

    // As a server does it, a stanza goes out without the namespace that the stream header has declared.
    void echo(std::string_view bytes) {
        std::string joined;
        if (!held_.empty()) {
            joined = std::exchange(held_, {}).append(bytes);
            bytes = joined;
        }
        static std::string out;
        out.clear();
        for (;;) {
            const auto at = bytes.find(client_namespace);
            if (at == std::string_view::npos) break;
            out.append(bytes.substr(0, at));
            bytes.remove_prefix(at + client_namespace.size());
        }
        // The end may be a beginning of it.
        const auto space = bytes.rfind(' ');
        if (space != std::string_view::npos && bytes.size() - space < client_namespace.size() &&
            client_namespace.substr(0, bytes.size() - space) == bytes.substr(space)) {
            held_ = bytes.substr(space);
            bytes.remove_suffix(bytes.size() - space);
        }
        out.append(bytes);
        send(out);
        const std::string_view sent{out};
        ends_ = sent.size() >= stream_end.size() && sent.substr(sent.size() - stream_end.size()) == stream_end;
    }

    bool starts_with(std::string_view start) const { return text_.compare(0, start.size(), start) == 0; }
    bool take(std::string_view end) {
        const auto at = text_.find(end);
        if (at == std::string::npos) return false;
        taken_ = text_.substr(0, at + end.size());
        text_.erase(0, at + end.size());
        return true;
    }

    Fd socket_;
    Poller* poller_;
    std::size_t number_;
    std::uint32_t watched_ = EPOLLIN;
    Outbox outbox_;
    std::string text_;
    std::string taken_;
    std::string held_;
    bool authenticated_ = false;
    bool echoes_ = false;
    bool ends_ = false;
    std::size_t flood_left_ = 0;
    std::size_t flood_at_ = 0;
};

void run(std::uint16_t port) {
    prepare_process();
    Poller poller;
    const Fd listener = listen_on_loopback(port);
    poller.add(listener.get(), EPOLLIN, nullptr);
    flood_block();
    std::printf("listening on 127.0.0.1:%u\n", local_port(listener));
    std::fflush(stdout);
    std::unordered_map<void*, std::unique_ptr<Session>> sessions;
    std::size_t number = 0;
    for (;;) {
        poller.wait(1'000'000'000, [&](void* who, std::uint32_t events) {
            if (who == nullptr) {
                for (;;) {
                    Fd fd{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
                    if (!fd) return;
                    auto session = std::make_unique<Session>(std::move(fd), poller, ++number);
                    sessions.emplace(session.get(), std::move(session));
                }
            }
            if (!static_cast<Session*>(who)->on_events(events)) sessions.erase(who);
        });
    }
}

}   // namespace

int main(int argc, char* argv[]) try {
    run(static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 0));
} catch (const std::exception& e) {
    std::fprintf(stderr, "sink: %s\n", e.what());
    return 1;
}
