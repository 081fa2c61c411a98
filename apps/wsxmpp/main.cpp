// The wsxmpp program: options, signals, run. Everything else is the library's.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "listen.hpp"
#include "log_format.hpp"
#include "options.hpp"
#include "wsxmpp/version.hpp"

namespace {

using wsxmpp::LogLevel;

// Each session takes two descriptors, and the usual soft limit of 1024 is there for the sake of select() alone.
void raise_descriptor_limit(const wsxmpp::Log& log) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log(LogLevel::debug, "cannot raise the limit of open files to its hard limit");
}

std::unique_ptr<wsxmpp::WebSocketListener> listen(asio::io_context& io, wsxmpp::app::Options& options,
                                                  const wsxmpp::Log& log) {
    const wsxmpp::app::ListenPlan plan{io, options.listen, log};
    options.websocket.endpoints = plan.endpoints();
    return std::make_unique<wsxmpp::WebSocketListener>(io, options.websocket);
}

// The first SIGTERM or SIGINT drains, the second stops, and a third has its default effect: the process is killed.
// SIGHUP is kept for reloading: a daemon says that there is nothing to reload, while on a terminal that was closed it
// ends the program as it would any other.
class Signals {
public:
    Signals(asio::io_context& io, wsxmpp::Bridge& bridge, std::chrono::milliseconds drain_timeout, wsxmpp::Log log)
        : signals_{io, SIGTERM, SIGINT}, drain_timeout_{drain_timeout}, log_{std::move(log)}, bridge_{bridge}, io_{io} {
        // nohup ignores it already, and means it
        struct sigaction current {};
        if (sigaction(SIGHUP, nullptr, &current) == 0 && current.sa_handler != SIG_IGN) signals_.add(SIGHUP);
        wait();
    }

private:
    void wait() {
        signals_.async_wait([this](std::error_code ec, int signal) {
            if (!ec) on_signal(signal);
        });
    }

    void on_signal(int signal) {
        if (signal == SIGHUP && isatty(STDIN_FILENO) == 0) {
            log_(LogLevel::info, "SIGHUP ignored: options are read at start alone; restart to change them");
            return wait();
        }
        const auto sessions = std::to_string(bridge_.sessions());
        const auto done = [this] {
            log_(LogLevel::info, "ended");
            io_.stop();
        };
        if (!draining_) {
            draining_ = true;
            log_(LogLevel::info, "draining: no new sessions; a second signal ends those that are left",
                 {{"sessions", sessions}, {"at_most_ms", std::to_string(drain_timeout_.count())}});
            wait();
            bridge_.drain(drain_timeout_, done);
        } else {
            log_(LogLevel::info, "stopping", {{"sessions", sessions}});
            signals_.clear();   // back to the default effect
            bridge_.stop(done);
        }
    }

    asio::signal_set signals_;
    std::chrono::milliseconds drain_timeout_;
    wsxmpp::Log log_;
    wsxmpp::Bridge& bridge_;
    asio::io_context& io_;
    bool draining_ = false;
};

void run(wsxmpp::app::Options options) {
    const auto log = wsxmpp::app::make_log(options.log_level, options.log_format, stderr);
    options.websocket.log = log;
    options.bridge.log = log;
    raise_descriptor_limit(log);

    asio::io_context io{1};
    auto listener = listen(io, options, log);
    const auto endpoints = listener->endpoints();
    const auto upstream = std::make_shared<wsxmpp::TcpUpstream>(io, options.upstream);
    wsxmpp::Bridge bridge{io, std::move(listener), upstream, std::move(options.bridge)};
    const Signals signals{io, bridge, options.drain_timeout, log};
    bridge.start();

    for (const auto& endpoint : endpoints) {
        const auto uri = wsxmpp::app::websocket_uri(endpoint);
        log(LogLevel::info, "listening", {{"address", uri}, {"upstream", upstream->name()}});
        std::cout << "listening on " << uri << std::endl;   // flushed: a script reads the port from it
    }
    io.run();
}

// What to do about an address that can't be listened on. By value: Asio's own category maps few of its codes to
// std::errc.
std::string_view hint(std::error_code ec) {
    switch (ec.value()) {
        case EADDRINUSE:
            return "Is wsxmpp running already? Choose another port with --listen, or end what has this one.\n";
        case EACCES: return "Ports below 1024 take CAP_NET_BIND_SERVICE; or choose another with --listen.\n";
        case EADDRNOTAVAIL: return "Give an address of this machine with --listen, or '*' for all of them.\n";
        default: return "";
    }
}

}   // namespace

int main(int argc, char* argv[]) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        auto parsed = wsxmpp::app::parse_options({argv + std::min(argc, 1), argv + argc});
        std::cout << parsed.out << std::flush;
        std::cerr << parsed.err;
        if (!parsed.options) return parsed.exit_code;
        run(std::move(*parsed.options));
        return 0;
    } catch (const std::system_error& e) {
        std::cerr << "wsxmpp: " << e.what() << '\n';
        std::cerr << hint(e.code());
    } catch (const std::exception& e) {
        std::cerr << "wsxmpp: " << e.what() << '\n';
    }
    return 1;
}
