// What permessage-deflate saves and costs, on sessions that capture_session.js recorded: bytes on the wire, CPU time of
// the server's thread a message as a ratio to no compression in the same run, and memory of a connection that is idle
// after such a session.
//
//     deflate_bench FILE.session…
//
// The server is the library's listener, which sends what the recorded server sent; the client is here, with zlib.
#include <malloc.h>
#include <pthread.h>
#include <zlib.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>
#include <vector>
#include <wsxmpp/wsxmpp.hpp>

#include "load/net.hpp"
#include "load/websocket.hpp"

namespace {

using asio::ip::tcp;

struct Message {
    bool from_client;
    std::string text;
};
using Session = std::vector<Message>;

Session read_session(const char* name) {
    std::ifstream file{name};
    Session session;
    char who = 0;
    std::size_t size = 0;
    while (file >> who >> size && file.get() == '\n') {
        session.push_back({who == 'C', std::string(size, '\0')});
        file.read(session.back().text.data(), static_cast<std::streamsize>(size));
    }
    if (session.empty() || !file.eof()) throw bench::Failure{std::string{name} + " is no recorded session"};
    return session;
}

// Answers each message of the client with what followed it.
struct Replay final : wsxmpp::Receiver {
    Replay(std::shared_ptr<wsxmpp::Connection> c, const Session& s) : connection{std::move(c)}, session{s} {}
    void on_data(std::string_view data) override {
        if (at == session.size() || data != session[at].text) throw bench::Failure{"the server got something else"};
        for (++at; at < session.size() && !session[at].from_client; ++at) connection->write({session[at].text});
    }
    void on_read_end() override { connection->flush(); }
    void on_end(std::error_code, std::string_view) override { connection->close(1000, ""); }
    void on_writable() override {}
    void on_closed() override {}
    std::shared_ptr<wsxmpp::Connection> connection;
    const Session& session;
    std::size_t at = 0;
};

class Server {
public:
    Server(const wsxmpp::DeflateOptions& deflate, const std::vector<Session>& sessions)
        : listener_{io_, options(deflate)} {
        listener_.start([&sessions, this](std::shared_ptr<wsxmpp::Connection> connection) {
            connection->start(std::make_shared<Replay>(connection, sessions[accepted_++ % sessions.size()]), 262'144);
        });
        thread_ = std::thread{[this] { io_.run(); }};
    }
    ~Server() {
        io_.stop();
        thread_.join();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    tcp::endpoint endpoint() const { return listener_.endpoints().front(); }
    double cpu_seconds() {
        clockid_t clock{};
        timespec time{};
        if (pthread_getcpuclockid(thread_.native_handle(), &clock) != 0 || clock_gettime(clock, &time) != 0)
            throw bench::Failure{"the thread's clock cannot be read"};
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }

private:
    static wsxmpp::WebSocketListenerOptions options(const wsxmpp::DeflateOptions& deflate) {
        wsxmpp::WebSocketListenerOptions options;
        options.endpoints = {{asio::ip::address_v4::loopback(), 0}};
        options.deflate = deflate;
        return options;
    }

    asio::io_context io_{1};
    wsxmpp::WebSocketListener listener_;
    std::size_t accepted_ = 0;
    std::thread thread_;
};

class Client {
public:
    Client(asio::io_context& io, const tcp::endpoint& there, const wsxmpp::DeflateOptions& deflate) : socket{io} {
        socket.connect(there);
        socket.set_option(tcp::no_delay{true});
        std::string request = bench::upgrade_request("localhost", "/", "xmpp");
        request.insert(request.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
        asio::write(socket, asio::buffer(request));
        std::string response;
        for (char c = 0; response.size() < 4 || response.compare(response.size() - 4, 4, "\r\n\r\n") != 0;
             response += c)
            asio::read(socket, asio::buffer(&c, 1));
        deflates_ = response.find("permessage-deflate") != std::string::npos;
        if (deflates_ != deflate.enabled) throw bench::Failure{"what was agreed on is not what was meant"};
        takes_over_ = deflate.client_context_takeover;
        min_size_ = deflate.min_size;
        if (deflates_ && deflateInit2(&stream_, deflate.level, Z_DEFLATED, -deflate.client_window_bits, 8,
                                      Z_DEFAULT_STRATEGY) != Z_OK)
            throw bench::Failure{"deflateInit2"};
    }
    ~Client() {
        if (deflates_) deflateEnd(&stream_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void play(const Session& session) {
        std::string frame;
        for (std::size_t at = 0; at < session.size();) {
            frame.clear();
            append(frame, session[at++].text);
            asio::write(socket, asio::buffer(frame));
            sent += frame.size();
            for (; at < session.size() && !session[at].from_client; ++at) read_frame();
        }
    }

    tcp::socket socket;
    std::size_t sent = 0;
    std::size_t received = 0;

private:
    void append(std::string& frame, const std::string& text) {
        if (!deflates_ || text.size() < min_size_) return bench::append_frame(frame, bench::Opcode::text, text);
        if (!takes_over_) deflateReset(&stream_);
        std::string payload(2 * text.size() + 100, '\0');
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        stream_.next_out = reinterpret_cast<Bytef*>(payload.data());
        stream_.avail_out = static_cast<uInt>(payload.size());
        deflate(&stream_, Z_SYNC_FLUSH);
        payload.resize(payload.size() - stream_.avail_out - 4);
        bench::append_frame(frame, bench::Opcode::text, payload);
        frame[0] = static_cast<char>(0xC1);
    }

    void read_frame() {
        std::array<unsigned char, 4> head{};
        asio::read(socket, asio::buffer(head.data(), 2));
        std::size_t size = head[1];
        if (size == 126) {
            asio::read(socket, asio::buffer(head.data() + 2, 2));
            size = std::size_t{head[2]} << 8U | head[3];
            received += 2;
        } else if (size == 127) {
            throw bench::Failure{"a message that is larger than those recorded"};
        }
        payload_.resize(std::max(payload_.size(), size));
        asio::read(socket, asio::buffer(payload_.data(), size));
        received += 2 + size;
    }

    z_stream stream_{};
    std::string payload_;
    bool deflates_ = false;
    bool takes_over_ = false;
    std::size_t min_size_ = 0;
};

struct Mode {
    const char* name;
    wsxmpp::DeflateOptions options;
    std::vector<double> cpu = {};   // seconds, by round
    std::size_t sent = 0;           // bytes of one play of each session
    std::size_t received = 0;
    double memory = 0;   // bytes a connection
};

wsxmpp::DeflateOptions level(int level, int takeover_bits = 0) {
    wsxmpp::DeflateOptions options;
    options.enabled = true;
    options.level = level;
    if (takeover_bits == 0) return options;
    options.client_context_takeover = options.server_context_takeover = true;
    options.client_window_bits = options.server_window_bits = takeover_bits;
    return options;
}

void measure_cpu(Mode& mode, const std::vector<Session>& sessions, int plays) {
    asio::io_context io;
    Server server{mode.options, sessions};
    mode.sent = mode.received = 0;
    for (int i = 0; i < plays; ++i) {
        for (const Session& session : sessions) {
            Client client{io, server.endpoint(), mode.options};
            client.play(session);
            if (i > 0) continue;
            mode.sent += client.sent;
            mode.received += client.received;
        }
    }
    mode.cpu.push_back(server.cpu_seconds());
}

double heap() {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

void measure_memory(Mode& mode, const std::vector<Session>& sessions, int count) {
    asio::io_context io;
    std::vector<tcp::socket> idle;
    Server server{mode.options, sessions};
    double before = 0;
    for (int i = -static_cast<int>(sessions.size()); i < count; ++i) {   // what all share is there after the first
        if (i == 0) before = heap();
        Client client{io, server.endpoint(), mode.options};
        client.play(sessions[static_cast<std::size_t>(i + static_cast<int>(sessions.size())) % sessions.size()]);
        idle.push_back(std::move(client.socket));
    }
    mode.memory = (heap() - before) / count;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double percent_saved(std::size_t part, std::size_t whole) {
    return 100 - 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}   // namespace

int main(int argc, char* argv[]) try {
    if (argc < 2) throw bench::Failure{"which sessions? deflate_bench FILE.session…"};
    std::vector<Session> sessions;
    for (int i = 1; i < argc; ++i) sessions.push_back(read_session(argv[i]));
    std::size_t messages = 0;
    for (const Session& session : sessions) messages += session.size();

    std::vector<Mode> modes{{"off", {}},
                            {"level 1", level(1)},
                            {"level 6", level(6)},
                            {"level 9", level(9)},
                            {"context takeover, 9 bits, level 6", level(6, 9)},
                            {"context takeover, 11 bits, level 6", level(6, 11)},
                            {"context takeover, 15 bits, level 1", level(1, 15)},
                            {"context takeover, 15 bits, level 6", level(6, 15)}};
    constexpr int rounds = 5;
    constexpr int plays = 40;
    constexpr int connections = 200;
    for (int round = 0; round < rounds; ++round)
        for (Mode& mode : modes) measure_cpu(mode, sessions, plays);
    for (Mode& mode : modes) measure_memory(mode, sessions, connections);

    const Mode& off = modes.front();
    std::printf("%zu messages; %zu bytes from the client, %zu from the server\n\n", messages, off.sent, off.received);
    std::printf("%-36s %12s %12s %14s %12s %16s\n", "", "saved, all", "from server", "CPU a message", "ratio",
                "KiB when idle");
    for (const Mode& mode : modes) {
        std::printf("%-36s %10.0f %% %10.0f %% %11.1f us %12.2f %16.2f\n", mode.name,
                    percent_saved(mode.sent + mode.received, off.sent + off.received),
                    percent_saved(mode.received, off.received),
                    median(mode.cpu) * 1e6 / static_cast<double>(messages * plays), median(mode.cpu) / median(off.cpu),
                    (mode.memory - off.memory) / 1024);
    }
    std::printf("\nKiB: beside those of a connection without compression, %.2f in this program\n", off.memory / 1024);
} catch (const std::exception& e) {
    std::fprintf(stderr, "deflate_bench: %s\n", e.what());
    return 1;
}
