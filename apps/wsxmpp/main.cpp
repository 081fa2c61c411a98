// The wsxmpp program: options, signals, run. Everything else is the library's.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "admin/admin.hpp"
#include "check/check.hpp"
#include "cores.hpp"
#include "handed_over.hpp"
#include "listen.hpp"
#include "log_format.hpp"
#include "options/options.hpp"
#include "options/upstream_arguments.hpp"
#include "server.hpp"
#include "tls_reload.hpp"
#include "wsxmpp/tls_server.hpp"
#include "wsxmpp/version.hpp"

namespace {

using wsxmpp::LogLevel;
using wsxmpp::app::Server;

// Each session takes two descriptors, and the usual soft limit of 1024 is there for the sake of select() alone.
void raise_descriptor_limit(std::size_t max_sessions, const wsxmpp::Log& log) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlimit before = limit;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        log(LogLevel::debug, "cannot raise the limit of open files to its hard limit");
        limit = before;
    }
    if (max_sessions > limit.rlim_cur / 2)
        log(LogLevel::warning,
            "--max-sessions is more than there may be open files for, two for each: raise the limit (LimitNOFILE= of "
            "a unit, ulimit -Hn)",
            {{"max_sessions", std::to_string(max_sessions)}, {"open_files", std::to_string(limit.rlim_cur)}});
}

// The first SIGTERM or SIGINT drains, the second stops, and a third has its default effect: the process is killed.
// SIGHUP has the certificates loaded anew. Without any, a daemon says that there is nothing to reload, while on a
// terminal it ends the program as it would any other; and so it does, whatever there is, on a terminal that was closed.
class Signals {
public:
    // `tls`: null, or outlives this.
    Signals(Server& server, wsxmpp::TlsServer* tls, std::chrono::milliseconds drain_delay,
            std::chrono::milliseconds drain_timeout, wsxmpp::Log log)
        : signals_{server.io(), SIGTERM, SIGINT},
          delay_{server.io()},
          drain_delay_{drain_delay},
          drain_timeout_{drain_timeout},
          log_{std::move(log)},
          server_{server},
          tls_{tls} {
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

    bool stays_at_hangup() {
        const bool terminal = isatty(STDIN_FILENO) != 0;
        const bool terminal_is_gone = !terminal && errno == EIO;
        if (terminal_is_gone || (terminal && tls_ == nullptr)) return false;
        if (tls_ != nullptr)
            tls_->reload();   // which says what came of it
        else
            log_(LogLevel::info, "SIGHUP ignored: options are read at start alone; restart to change them");
        return true;
    }

    void on_signal(int signal) {
        if (signal == SIGHUP && stays_at_hangup()) return wait();
        if (!ending_) {
            ending_ = true;
            wait();
            server_.retire();
            if (drain_delay_.count() == 0) return drain();
            log_(LogLevel::info, "not ready any more; the drain begins later, a second signal ends all sessions",
                 {{"after_ms", std::to_string(drain_delay_.count())}});
            delay_.expires_after(drain_delay_);
            delay_.async_wait([this](std::error_code ec) {
                if (!ec && !stopping_) drain();
            });
        } else {
            stopping_ = true;
            delay_.cancel();
            signals_.clear();   // back to the default effect
            const auto begun = [this](std::size_t sessions) {
                log_(LogLevel::info, "stopping", {{"sessions", std::to_string(sessions)}});
            };
            server_.stop(begun, [this] { server_.quit(); });
        }
    }

    void drain() {
        const auto begun = [this](std::size_t sessions) {
            log_(LogLevel::info, "draining: no new sessions; a second signal ends those that are left",
                 {{"sessions", std::to_string(sessions)}, {"at_most_ms", std::to_string(drain_timeout_.count())}});
        };
        server_.drain(drain_timeout_, begun, [this] { server_.quit(); });
    }

    asio::signal_set signals_;
    asio::steady_timer delay_;
    std::chrono::milliseconds drain_delay_;
    std::chrono::milliseconds drain_timeout_;
    wsxmpp::Log log_;
    Server& server_;
    wsxmpp::TlsServer* tls_;
    bool ending_ = false;
    bool stopping_ = false;
};

void run(wsxmpp::app::Options options) {
    const auto log = wsxmpp::app::make_log(options.log_level, options.log_format, stderr);
    options.websocket.log = log;
    options.bridge.log = log;
    options.upstream.log = log;
    options.tls.log = log;
    for (const auto& line : wsxmpp::app::warnings(options.upstream)) log(LogLevel::warning, line);
    raise_descriptor_limit(options.admission.max_sessions, log);

    wsxmpp::app::ListenMeans means;
    means.handed = wsxmpp::app::take_handed_sockets();
    if (!options.tls.certificates.empty()) means.tls = std::make_shared<wsxmpp::TlsServer>(options.tls);

    const auto threads = options.threads.value_or(wsxmpp::app::usable_cores());
    Server server{options, threads, means};
    wsxmpp::app::Admin admin{options.admin, server, log};
    std::optional<wsxmpp::app::TlsReload> tls_reload;
    if (means.tls) tls_reload.emplace(server.io(), *means.tls, options.tls_reload_interval);
    const Signals signals{server, means.tls.get(), options.drain_delay, options.drain_timeout, log};

    // Behind a proxy, whoever reaches that reaches us.
    const bool reachable =
        wsxmpp::app::reach_beyond_this_machine(server.places()) || !options.websocket.trusted_proxies.empty();
    if (options.websocket.origins.empty() && reachable)
        log(LogLevel::warning,
            "every web page may connect, in the browser of whoever opens it: name those that may with --origin");
    for (const auto& place : server.places()) {
        const auto uri = wsxmpp::app::listen_uri(place, options.websocket.path);
        log(LogLevel::info, "listening",
            {{"address", uri}, {"upstream", server.upstream()}, {"threads", std::to_string(threads)}});
        std::cout << "listening on " << uri << std::endl;   // flushed: a script reads the port from it
    }
    for (const auto& uri : admin.uris()) {
        log(LogLevel::info, "admin", {{"address", uri}});
        std::cout << "admin on " << uri << std::endl;
    }
    admin.start();
    server.run();

    const auto stats = server.stats();
    log(LogLevel::info, "ended",
        {{"sessions", std::to_string(stats.sessions_accepted)},
         {"failed", std::to_string(stats.sessions_failed)},
         {"bytes_from_clients", std::to_string(stats.bytes_from_clients)},
         {"bytes_from_servers", std::to_string(stats.bytes_from_servers)}});
}

int run_check(const wsxmpp::app::CheckRequest& request, wsxmpp::app::Options options) {
    using wsxmpp::app::Colour;
    const auto report = wsxmpp::app::check(request.domain, std::move(options.upstream), options.bridge.answer_timeout,
                                           options.bridge.keep_tls_server_end_point);
    const char* const no_color = std::getenv("NO_COLOR");
    const bool wanted = request.colour && (no_color == nullptr || *no_color == '\0');   // no-color.org: if not empty
    const bool colour = wanted && isatty(STDOUT_FILENO) != 0;
    std::cout << (request.json ? as_json(report) : as_text(report, colour ? Colour::ansi : Colour::none)) << std::flush;
    return report.error ? 1 : 0;
}

// What to do about an address that can't be listened on. By value: Asio's own category maps few of its codes to
// std::errc.
std::string hint(const std::system_error& e) {
    const std::string option = std::string_view{e.what()}.substr(0, 8) == "--admin:" ? "--admin" : "--listen";
    if (std::string_view{e.what()}.find(" unix:") != std::string_view::npos)
        return e.code().value() == EADDRINUSE ? "Is wsxmpp running already, or is there another file of this name?\n"
                                              : "";
    switch (e.code().value()) {
        case EADDRINUSE:
            return "Is wsxmpp running already? Choose another port with " + option + ", or end what has this one.\n";
        case EACCES: return "Ports below 1024 take CAP_NET_BIND_SERVICE; or choose another with " + option + ".\n";
        case EADDRNOTAVAIL: return "Give an address of this machine with " + option + ", or '*' for all of them.\n";
        default: return "";
    }
}

}   // namespace

int main(int argc, char* argv[]) {
    std::signal(SIGPIPE, SIG_IGN);
    wsxmpp::pool_tls_memory();
    try {
        auto parsed = wsxmpp::app::parse_options({argv + std::min(argc, 1), argv + argc});
        std::cout << parsed.out << std::flush;
        std::cerr << parsed.err;
        if (!parsed.options) return parsed.exit_code;
        if (parsed.check) return run_check(*parsed.check, std::move(*parsed.options));
        run(std::move(*parsed.options));
        return 0;
    } catch (const std::system_error& e) {
        std::cerr << "wsxmpp: " << e.what() << '\n';
        std::cerr << hint(e);
    } catch (const wsxmpp::TlsFileError& e) {
        std::cerr << "wsxmpp: " << wsxmpp::app::by_option(e) << "\nTry 'wsxmpp --help'.\n";
        return 2;
    } catch (const std::invalid_argument& e) {   // a domain, a pin
        std::cerr << "wsxmpp: " << e.what() << "\nTry 'wsxmpp --help'.\n";
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "wsxmpp: " << e.what() << '\n';
    }
    return 1;
}
