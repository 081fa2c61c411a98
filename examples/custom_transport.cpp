// A transport of your own: a connection whose other end is a script. Here it is both the client and the server, and
// what a bridge between them does can be read from standard output.
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <iostream>
#include <wsxmpp/wsxmpp.hpp>

struct Line {
    std::string_view heard;   // when something that contains this is written to the connection (empty: at the start)
    std::string_view said;    // this comes from it
};

// The rules of Connection: its receiver is never called from inside a member function (so everything is posted), hears
// nothing while paused, and last of all on_closed(), once. Operations under way keep the connection alive.
class ScriptedConnection final : public wsxmpp::Connection, public std::enable_shared_from_this<ScriptedConnection> {
public:
    ScriptedConnection(asio::io_context& io, std::string name, std::vector<Line> script)
        : io_{io}, name_{std::move(name)}, script_{std::move(script)} {}

    void start(std::shared_ptr<wsxmpp::Receiver> receiver, std::size_t /*max_message*/) override {
        receiver_ = std::move(receiver);
        answer("");
    }
    void write(std::initializer_list<std::string_view> pieces) override {
        for (const auto piece : pieces) written_ += piece;
    }
    bool flush() override {
        if (!written_.empty() && !closed_) answer(std::exchange(written_, {}));
        return true;   // all of it was taken: on_writable() is never owed
    }
    void pause() override { paused_ = true; }
    void resume() override {
        paused_ = false;
        deliver();
    }
    void close(std::uint16_t, std::string_view) override { abort(); }
    void abort() override {
        if (std::exchange(closed_, true)) return;
        asio::post(io_, [self = shared_from_this()] { std::exchange(self->receiver_, nullptr)->on_closed(); });
    }

private:
    void answer(std::string_view heard) {
        if (!heard.empty()) std::cout << "to the " << name_ << ": " << heard << '\n';
        for (const auto& line : script_) {
            if (line.heard.empty() ? heard.empty() : heard.find(line.heard) != std::string_view::npos)
                said_ += line.said;
        }
        deliver();
    }
    void deliver() {
        asio::post(io_, [self = shared_from_this()] {
            if (self->said_.empty() || self->paused_ || self->closed_) return;
            const auto receiver = self->receiver_;
            const auto said = std::exchange(self->said_, {});
            receiver->on_data(said);
            receiver->on_read_end();
        });
    }

    asio::io_context& io_;
    std::string name_;
    std::vector<Line> script_;
    std::shared_ptr<wsxmpp::Receiver> receiver_;
    std::string written_, said_;
    bool paused_ = false, closed_ = false;
};

// One client, as soon as the bridge starts.
struct ScriptedListener final : wsxmpp::Listener {
    explicit ScriptedListener(asio::io_context& io) : io_{io} {}
    void start(AcceptHandler on_accept) override {
        asio::post(io_, [this, on_accept = std::move(on_accept)] {
            on_accept(std::make_shared<ScriptedConnection>(
                io_, "client",
                std::vector<Line>{{"",
                                   "<stream:stream to='example.org' xmlns='jabber:client' "
                                   "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"},
                                  {"features", "</stream:stream>"}}));
        });
    }
    void stop() override {}
    asio::io_context& io_;
};

struct ScriptedUpstream final : wsxmpp::Upstream {
    explicit ScriptedUpstream(asio::io_context& io) : io_{io} {}
    std::shared_ptr<void> connect(const wsxmpp::UpstreamRequest&, ConnectHandler handler) override {
        auto attempt = std::make_shared<ConnectHandler>(std::move(handler));   // dropped: the handler is not called
        asio::post(io_, [this, weak = std::weak_ptr<ConnectHandler>{attempt}] {
            const auto on_connect = weak.lock();
            if (!on_connect) return;
            (*on_connect)(
                {std::make_shared<ScriptedConnection>(
                     io_, "server",
                     std::vector<Line>{{"<stream:stream",
                                        "<stream:stream xmlns='jabber:client' from='example.org' id='1' version='1.0' "
                                        "xmlns:stream='http://etherx.jabber.org/streams'><stream:features/>"},
                                       {"</stream:stream>", "</stream:stream>"}}),
                 {},
                 {},
                 {}});
        });
        return attempt;
    }
    std::string name() const override { return "script"; }
    asio::io_context& io_;
};

int main() {
    asio::io_context io;
    wsxmpp::Bridge bridge{io, std::make_unique<ScriptedListener>(io), std::make_shared<ScriptedUpstream>(io)};
    bridge.start();
    io.run();   // until the conversation is over and nothing is left to do
    std::cout << "failed sessions: " << bridge.stats().sessions_failed << '\n';
    return bridge.stats().sessions_failed == 0 ? 0 : 1;
}
